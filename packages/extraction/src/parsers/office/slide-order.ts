import type { Area } from './slide-shapes.ts'

type Placed = { area: Area | null; text: string }

/** Letters that run from right to left: the left one of two columns is then the second. */
const fromTheRight = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/
/** Beyond so many shapes a slide is a drawing, whose labels have no order. */
const mostShapes = 100

const shared = (from: number, to: number, otherFrom: number, otherTo: number): number => Math.min(to, otherTo) - Math.max(from, otherFrom)

/** Whether `a` is read before `b` wherever the file has them: it stands above it, or on its left at the same height. */
function precedes(a: Area, b: Area, leftFirst: boolean): boolean {
  const across = shared(a.left, a.right, b.left, b.right)
  const down = shared(a.top, a.bottom, b.top, b.bottom)
  if (across > 0 && down <= 0) return a.top < b.top
  return leftFirst && across <= 0 && down > Math.min(a.bottom - a.top, b.bottom - b.top) / 2 && a.left < b.left
}

/**
 * Shapes as they are read: in the order of the file, which is that of drawing but most often also that of reading, unless one stands above another, or at its left, that
 * would come before it. Those without a place stay where they are in the file.
 */
export function asRead<T extends Placed>(shapes: readonly T[]): T[] {
  if (shapes.length > mostShapes) return [...shapes]
  const leftFirst = !shapes.some(({ text }) => fromTheRight.test(text))
  const left = [...shapes]
  const ordered: T[] = []
  while (left.length > 0) {
    // Shapes that lie over each other may each wait for another; then the file decides.
    const free = left.findIndex(({ area }) => area === null || !left.some((other) => other.area !== null && other.area !== area && precedes(other.area, area, leftFirst)))
    ordered.push(...left.splice(Math.max(0, free), 1))
  }
  return ordered
}
