import type { Box } from '../../layout/word-boxes.ts'
import type { PdfPage } from './document.ts'
import { withMemory } from './engine.ts'

/** A rectangle in the units of a page, which count from the bottom. */
export type Rectangle = { readonly left: number; readonly bottom: number; readonly right: number; readonly top: number }

/**
 * Where a rectangle of a page is on the page as it is shown: cut to what is shown of it, and turned clockwise by so many quarters.
 * null: nothing of it is to be seen.
 */
export function placeIn(shown: Rectangle, quarters: number, inner: Rectangle): Box | null {
  const [width, height] = [shown.right - shown.left, shown.top - shown.bottom]
  if (!(width > 0 && height > 0)) return null
  const across = (x: number) => Math.min(1, Math.max(0, (x - shown.left) / width))
  const up = (y: number) => Math.min(1, Math.max(0, (y - shown.bottom) / height))
  const [left, right] = [across(inner.left), across(inner.right)]
  const [bottom, top] = [up(inner.bottom), up(inner.top)]
  // Not a number, where the file's own are none, is no place either.
  if (!(right > left && top > bottom)) return null
  switch (quarters % 4) {
    case 1: return { left: bottom, top: left, right: top, bottom: right }
    case 2: return { left: 1 - right, top: bottom, right: 1 - left, bottom: top }
    case 3: return { left: 1 - top, top: 1 - right, right: 1 - bottom, bottom: 1 - left }
    default: return { left, top: 1 - top, right, bottom: 1 - bottom }
  }
}

/** What is shown of a page, in its own units. */
function shownOf({ engine, page }: PdfPage): Rectangle | null {
  return withMemory(engine, 16, (box) => {
    // PDFium's FS_RECTF: left, top, right, bottom.
    if (engine._FPDF_GetPageBoundingBox(page, box) === 0) return null
    const [left = 0, top = 0, right = 0, bottom = 0] = engine.HEAPF32.subarray(box >> 2, (box >> 2) + 4)
    return { left, bottom, right, top }
  })
}

/** Tells places on this page. */
export function frameOf(page: PdfPage): (inner: Rectangle) => Box | null {
  const quarters = page.engine._FPDFPage_GetRotation(page.page)
  const shown = shownOf(page)
  return (inner) => (shown === null ? null : placeIn(shown, quarters, inner))
}

/** A page as it is shown: its size, and the matrix that leads from its lower left corner to where that lies among the page's own units. */
export type ShownFrame = { readonly width: number; readonly height: number; readonly onPage: readonly [number, number, number, number, number, number] }

/** null: nothing of the page is shown. */
export function shownFrame(page: PdfPage): ShownFrame | null {
  const shown = shownOf(page)
  if (shown === null || !(shown.right > shown.left && shown.top > shown.bottom)) return null
  const { left, bottom, right, top } = shown
  const [width, height] = [right - left, top - bottom]
  switch (page.engine._FPDFPage_GetRotation(page.page) % 4) {
    case 1: return { width: height, height: width, onPage: [0, 1, -1, 0, right, bottom] }
    case 2: return { width, height, onPage: [-1, 0, 0, -1, right, top] }
    case 3: return { width: height, height: width, onPage: [0, -1, 1, 0, left, top] }
    default: return { width, height, onPage: [1, 0, 0, 1, left, bottom] }
  }
}
