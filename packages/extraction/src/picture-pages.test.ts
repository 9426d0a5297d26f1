import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canPicture, picturePages } from './index.ts'
import { pdfFile, textContent } from './testing/sample-files.ts'

let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'picture-test-')) })
afterAll(() => rm(folder, { recursive: true, force: true }))

const workDir = async (): Promise<string> => mkdtemp(join(folder, 'work-'))
async function pictures(name: string, bytes: Buffer, more: { mime?: string; pages?: number[]; mark?: string | null } = {}) {
  const path = join(folder, name)
  await writeFile(path, bytes)
  const own = await workDir()
  const made = await picturePages({ path, mime: 'application/pdf', pages: [1], mark: null, workDir: own, signal: AbortSignal.timeout(60_000), ...more })
  expect(await readdir(own)).toEqual([])
  return made
}
/** Of pixels that are reddish, as nothing but the mark is. */
async function redness(webp: Buffer | undefined): Promise<number> {
  const { data, info } = await sharp(webp).raw().toBuffer({ resolveWithObject: true })
  let red = 0
  for (let at = 0; at < data.length; at += info.channels) if ((data[at] ?? 0) - (data[at + 1] ?? 0) > 25) red += 1
  return red / (info.width * info.height)
}
const sizeOf = async (webp: Buffer | undefined) => { const { format, width, height } = await sharp(webp).metadata(); return [format, width, height] }
const twoPages = () => pdfFile([textContent(['The first page'], 20), textContent(['The second page'], 20)])

test('pages of a PDF become pictures, and pages that it does not have become none', async () => {
  const made = await pictures('two.pdf', twoPages(), { pages: [2, 1, 3] })
  expect([...made.keys()].toSorted((a, b) => a - b)).toEqual([1, 2])
  expect((await sizeOf(made.get(1)))[0]).toBe('webp')
  expect(Math.max(...(await sizeOf(made.get(1))).slice(1) as number[])).toBe(1_600)
  expect(await redness(made.get(1))).toBe(0)
  expect(made.get(1)?.equals(made.get(2) ?? Buffer.alloc(0))).toBe(false)
})

test('the mark is drawn all over the picture, whatever letters it has', async () => {
  const made = await pictures('marked.pdf', twoPages(), { mark: 'ädä@example.org 2026-11-30' })
  const { width, height } = await sharp(made.get(1)).metadata()
  for (const [left, top] of [[0, 0], [0.5, 0], [0, 0.5], [0.5, 0.5]] as const) {
    const quarter = await sharp(made.get(1)).extract({ left: Math.floor(left * width), top: Math.floor(top * height), width: Math.floor(width / 2), height: Math.floor(height / 2) }).webp().toBuffer()
    expect(await redness(quarter)).toBeGreaterThan(0.02)
  }
})

test('a photograph is made smaller, upright, and marked as well', async () => {
  const photo = await sharp({ create: { width: 3_200, height: 1_000, channels: 3, background: '#808080' } }).jpeg().withMetadata({ orientation: 6 }).toBuffer()
  const made = await pictures('photo.jpg', photo, { mime: 'image/jpeg', mark: 'somebody' })
  expect(await sizeOf(made.get(1))).toEqual(['webp', 500, 1_600])
  expect(await redness(made.get(1))).toBeGreaterThan(0.02)
})

test('what is no such file, and what would be too many pixels, makes no picture', async () => {
  await expect(pictures('broken.pdf', Buffer.from('%PDF-1.7 nothing'))).rejects.toMatchObject({ reason: 'corrupt' })
  await expect(pictures('text.txt', Buffer.from('words'), { mime: 'text/plain' })).rejects.toMatchObject({ reason: 'unsupported_type' })
  expect(['application/pdf', 'image/tiff', 'text/plain', 'image/svg+xml'].map(canPicture)).toEqual([true, true, false, false])
})
