import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { turn } from './page-images.ts'
import { turnedBack } from './turned-back.ts'

const size = { width: 400, height: 200 }
/** A black bar at a known place of a white page. */
async function page() {
  const bar = await sharp({ create: { width: 80, height: 10, channels: 3, background: '#000' } }).png().toBuffer()
  const data = await sharp({ create: { ...size, channels: 3, background: '#fff' } }).composite([{ input: bar, left: 300, top: 40 }]).toColourspace('b-w').raw().toBuffer()
  return { ...size, data, dpi: null }
}
const place = { left: 0.75, top: 0.2, right: 0.95, bottom: 0.25 }

/** What of an image is dark. */
function darkness({ data, width, height }: { data: Buffer; width: number; height: number }) {
  const found = { left: width, top: height, right: 0, bottom: 0 }
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) {
    if ((data[y * width + x] ?? 255) > 128) continue
    Object.assign(found, { left: Math.min(found.left, x), top: Math.min(found.top, y), right: Math.max(found.right, x + 1), bottom: Math.max(found.bottom, y + 1) })
  }
  return { left: found.left / width, top: found.top / height, right: found.right / width, bottom: found.bottom / height }
}

describe('a place that is found on the turned image is told on the page', () => {
  test.each([90, 180, 270])('turned by %i degrees', async (degrees) => {
    const from = await page()
    const to = await turn(from, degrees)
    const back = turnedBack(darkness(to), { from, to, degrees })
    for (const [side, at] of Object.entries(place)) expect(back[side as keyof typeof back]).toBeCloseTo(at, 2)
  })

  test.each([-7, 5])('straightened by %i degrees, around its middle', async (degrees) => {
    const from = await page()
    const to = await turn(from, degrees)
    const back = turnedBack(darkness(to), { from, to, degrees })
    expect((back.left + back.right) / 2).toBeCloseTo(0.85, 1)
    expect((back.top + back.bottom) / 2).toBeCloseTo(0.225, 1)
  })
})
