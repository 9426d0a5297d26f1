import type { Box } from '../layout/word-boxes.ts'
import type { GrayImage } from './gray-image.ts'

/** Pixels to a side of the squares that are looked at: at 72 dpi about a letter. */
const square = 6
/** Squares with hardly any ink (dust, the edge of a scan) do not count. */
const inkedPixels = 3
/** What is so much darker than the page's mean is ink; paper may be gray. */
const darker = 0.75

/** Share of the squares with ink whose middle lies in one of the boxes, 0 to 1; null where there is no ink. Boxes are in fractions of the page, as words have them. */
export function inkUnder({ width, height, data }: GrayImage, boxes: readonly Box[]): number | null {
  let sum = 0
  for (const value of data) sum += value
  const dark = (sum / Math.max(1, data.length)) * darker
  const columns = Math.ceil(width / square)
  const rows = Math.ceil(height / square)
  const ink = new Uint8Array(columns * rows)
  for (let y = 0; y < height; y += 1) {
    const row = Math.floor(y / square) * columns
    for (let x = 0; x < width; x += 1) {
      const at = row + Math.floor(x / square)
      if ((data[y * width + x] ?? 255) < dark) ink[at] = (ink[at] ?? 0) + 1
    }
  }
  const worded = new Uint8Array(columns * rows)
  for (const box of boxes) {
    for (let row = Math.floor(box.top * rows); row < Math.min(rows, Math.ceil(box.bottom * rows)); row += 1) {
      worded.fill(1, row * columns + Math.floor(box.left * columns), row * columns + Math.min(columns, Math.ceil(box.right * columns)))
    }
  }
  let [all, under] = [0, 0]
  for (const [at, pixels] of ink.entries()) {
    if (pixels < inkedPixels) continue
    all += 1
    under += worded[at] ?? 0
  }
  return all === 0 ? null : under / all
}
