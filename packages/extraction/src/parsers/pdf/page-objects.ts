import { ExtractionError } from '../../errors.ts'
import { withMemory } from './engine.ts'
import type { PdfPage } from './document.ts'

const objectType = { path: 2, image: 3, shading: 4, form: 5 }
const maxObjects = 20_000
const maxDepth = 6

/** `count` is below 0 where the page does not really exist; `painted` are those besides text that leave ink: pictures, shadings, and lines and areas of a colour that is seen. */
export type PageObjects = { count: number; painted: number; imageCover: number; drawings: number; largestImagePixels: number }

/** The darkest part of a colour that counts as paper. */
const paper = 232

/** Whether a line or an area is of a colour that is seen. Patterns say that they are white: they are textures, and drawing one that holds itself takes for ever. */
function isSeen(engine: PdfPage['engine'], path: number, memory: number): boolean {
  const ints = () => engine.HEAP32.subarray(memory >> 2, (memory >> 2) + 4)
  if (engine._FPDFPath_GetDrawMode(path, memory, memory + 4) === 0) return false
  const [fills = 0, strokes = 0] = ints()
  const isDark = (told: number) => {
    const [red = 255, green = 255, blue = 255, alpha = 0] = ints()
    return told !== 0 && alpha > 0 && Math.min(red, green, blue) < paper
  }
  return (fills !== 0 && isDark(engine._FPDFPageObj_GetFillColor(path, memory, memory + 4, memory + 8, memory + 12)))
    || (strokes !== 0 && isDark(engine._FPDFPageObj_GetStrokeColor(path, memory, memory + 4, memory + 8, memory + 12)))
}

/** Looks at the objects of a page (forms within forms to a depth of 6, 20,000 objects): how much of it images cover, how much is drawn. */
export function objectsOf(page: PdfPage): PageObjects {
  const { engine } = page
  const found = { covered: 0, drawings: 0, painted: 0, largestImagePixels: 0 }
  const area = Math.max(1, page.width * page.height)
  let seen = 0
  const look = (object: number, depth: number, box: number): void => {
    seen += 1
    const type = engine._FPDFPageObj_GetType(object)
    if (type === objectType.image || type === objectType.shading || (type === objectType.path && isSeen(engine, object, box))) found.painted += 1
    if (type === objectType.path || type === objectType.shading) found.drawings += 1
    if (type === objectType.image) {
      if (engine._FPDFImageObj_GetImagePixelSize(object, box, box + 4) !== 0) {
        const [width = 0, height = 0] = engine.HEAP32.subarray(box >> 2, (box >> 2) + 2)
        found.largestImagePixels = Math.max(found.largestImagePixels, width * height)
      }
      if (engine._FPDFPageObj_GetBounds(object, box, box + 4, box + 8, box + 12) !== 0) {
        const [left = 0, bottom = 0, right = 0, top = 0] = new Float32Array(engine.HEAPU8.buffer, box, 4)
        found.covered += Math.min(area, Math.abs(right - left) * Math.abs(top - bottom))
      }
    }
    if (type !== objectType.form || depth >= maxDepth) return
    const inner = engine._FPDFFormObj_CountObjects(object)
    for (let index = 0; index < inner && seen < maxObjects; index += 1) look(engine._FPDFFormObj_GetObject(object, index), depth + 1, box)
  }
  const count = engine._FPDFPage_CountObjects(page.page)
  withMemory(engine, 16, (box) => {
    for (let index = 0; index < count && seen < maxObjects; index += 1) look(engine._FPDFPage_GetObject(page.page, index), 0, box)
  })
  return { count, painted: found.painted, imageCover: Math.min(1, found.covered / area), drawings: found.drawings, largestImagePixels: found.largestImagePixels }
}

/** Throws `pixel_limit` before such an image is decoded. */
export function checkPixels({ largestImagePixels }: PageObjects, maxPixels: number): void {
  if (largestImagePixels > maxPixels)
    throw new ExtractionError('pixel_limit', `an image of ${largestImagePixels} pixels`, { mime: 'application/pdf' })
}
