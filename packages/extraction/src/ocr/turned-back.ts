import type { Box } from '../layout/word-boxes.ts'
import type { GrayImage } from './gray-image.ts'

type Size = Pick<GrayImage, 'width' | 'height'>

/**
 * Where a place on an image is on the one that it was turned from, clockwise by `degrees` around its middle, with room made at the corners.
 * Of a place that now is aslant, the upright rectangle around it.
 */
export function turnedBack(box: Box, { from, to, degrees }: { from: Size; to: Size; degrees: number }): Box {
  const angle = (-degrees * Math.PI) / 180
  const corners = [box.left, box.right].flatMap((x) => [box.top, box.bottom].map((y) => {
    const [across, down] = [(x - 0.5) * to.width, (y - 0.5) * to.height]
    return {
      x: (across * Math.cos(angle) - down * Math.sin(angle)) / from.width + 0.5,
      y: (across * Math.sin(angle) + down * Math.cos(angle)) / from.height + 0.5,
    }
  }))
  const [xs, ys] = [corners.map(({ x }) => x), corners.map(({ y }) => y)]
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) }
}
