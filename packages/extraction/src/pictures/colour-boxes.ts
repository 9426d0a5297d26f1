import type { Box } from '../layout/word-boxes.ts'
import type { ColourImage } from './bitmap.ts'

/** What is left of red, green and blue where a place is coloured: a marker's yellow, under which black stays black. */
const marker = [1, 0.88, 0.25] as const

/** Colours places of an image, as a marker does; where they overlap, once. */
export function colourBoxes({ width, height, data }: ColourImage, boxes: readonly Box[]): void {
  if (boxes.length === 0) return
  const coloured = new Uint8Array(width * height)
  for (const { left, top, right, bottom } of boxes) {
    const [from, to] = [Math.floor(left * width), Math.min(width, Math.ceil(right * width))]
    for (let y = Math.floor(top * height); y < Math.min(height, Math.ceil(bottom * height)); y += 1) coloured.fill(1, y * width + from, y * width + Math.max(from, to))
  }
  for (let at = coloured.indexOf(1); at !== -1; at = coloured.indexOf(1, at + 1)) {
    for (const [channel, share] of marker.entries()) data[at * 4 + channel] = Math.round((data[at * 4 + channel] ?? 0) * share)
  }
}
