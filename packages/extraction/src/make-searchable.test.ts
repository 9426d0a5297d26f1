import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { canMakeSearchable, ExtractionError, makeSearchable, type SearchableInput } from './index.ts'
import { pdfFile, textContent } from './testing/sample-files.ts'
import { greeting, layerOf, pdfWords, recognized } from './testing/searchable.ts'

let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'searchable-test-')) })
afterAll(() => rm(folder, { recursive: true, force: true }))

async function made(bytes: Buffer, more: Partial<SearchableInput> = {}): Promise<Buffer> {
  const workDir = await mkdtemp(join(folder, 'work-'))
  const path = join(folder, 'file')
  await writeFile(path, bytes)
  const input = { path, mime: 'application/pdf', about: { title: 'Invoice', language: null }, layers: [recognized(layerOf(1, greeting))], workDir, signal: AbortSignal.timeout(60_000), ...more }
  try {
    const result = await makeSearchable(input)
    const pdf = await readFile(result.path)
    expect([pdf.length, await readdir(workDir)]).toEqual([result.size, ['searchable.pdf']])
    return pdf
  } catch (error) {
    expect(await readdir(workDir)).toEqual([])
    throw error
  }
}
const page = () => pdfFile([textContent(['A page'], 20)])
const picture = () => sharp({ create: { width: 600, height: 800, channels: 3, background: '#ffffff' } }).png().toBuffer()

test('a child makes the PDF and leaves nothing but that', async () => {
  for (const [bytes, mime] of [[page(), 'application/pdf'], [await picture(), 'image/png']] as const) {
    expect((await pdfWords(await made(bytes, { mime }))).texts[0]).toContain('Ελλάδα')
  }
  expect(['application/pdf', 'image/tiff', 'text/plain', 'image/svg+xml'].map(canMakeSearchable)).toEqual([true, true, false, false])
})

test('what is damaged or too much is said, and leaves nothing', async () => {
  await expect(made(Buffer.from('%PDF-1.7 nothing'))).rejects.toMatchObject({ reason: 'corrupt' })
  await expect(made(await picture(), { mime: 'image/png', limits: { pixels: 100_000 } })).rejects.toMatchObject({ reason: 'pixel_limit' })
  await expect(made(await picture(), { mime: 'image/png', limits: { unpackedBytes: 1_000 } })).rejects.toMatchObject({ reason: 'output_limit' })
  await expect(made(page(), { limits: { unpackedBytes: 100 } })).rejects.toMatchObject({ reason: 'output_limit' })
  await expect(made(page(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ reason: 'cancelled' })
})

/** Bytes of the file are others, at places that differ with each `seed`. */
function damaged(bytes: Buffer, seed: number): Buffer {
  const other = Buffer.from(bytes)
  for (let n = 1; n <= 12; n += 1) other[(seed * 7_919 + n * n * 104_729) % other.length] = (seed * 31 + n * 17) & 255
  return other
}

test('a damaged file becomes a PDF, or says what is wrong with it', async () => {
  for (const [bytes, mime] of [[pdfFile([textContent(['One'], 20), textContent(['Two'], 20)]), 'application/pdf'], [await picture(), 'image/png']] as const) {
    for (const seed of [1, 2, 3]) {
      const end = await made(damaged(bytes, seed), { mime }).then((pdf) => pdf.toString('latin1', 0, 5), (error: unknown) => (error instanceof ExtractionError ? error.reason : error))
      expect(['%PDF-', 'corrupt', 'password_required', 'unsupported_type', 'pixel_limit']).toContain(end)
    }
  }
})
