import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../types.ts'
import { openPageImages } from './page-images.ts'

let folder = ''
beforeAll(async () => { folder = await mkdtemp(join(tmpdir(), 'page-images-')) })
afterAll(async () => { await rm(folder, { recursive: true, force: true }) })

async function readSize(width: number, height: number): Promise<string> {
  const path = join(folder, `${width}-${height}.png`)
  await sharp({ create: { width, height, channels: 3, background: '#ffffff' } }).png().toFile(path)
  const image = await (await openPageImages({ path, mime: 'image/png', password: null }, defaultLimits)).image(1)
  return `${image?.width} x ${image?.height}`
}

test('a small picture is read larger, and never longer than a recognizer takes', async () => {
  expect(await readSize(300, 200)).toBe('900 x 600')
  expect(await readSize(200, 12_000)).toBe('533 x 32000')
  expect(await readSize(12_000, 200)).toBe('12000 x 200')
  expect(await readSize(100, 40_000)).toBe('80 x 32000')
  await expect(readSize(20, 65_000)).rejects.toMatchObject({ reason: 'ocr_failed' })
})
