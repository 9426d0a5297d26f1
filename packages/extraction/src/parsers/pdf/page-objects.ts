import { ExtractionError } from '../../errors.ts'
import { withMemory } from './engine.ts'
import type { PdfPage } from './document.ts'

const objectType = { path: 2, image: 3, shading: 4, form: 5 }
const maxObjects = 20_000
const maxDepth = 6

/** `count` is below 0 where the page does not really exist. */
export type PageObjects = { count: number; imageCover: number; drawings: number; largestImagePixels: number }

/** Looks at the objects of a page (forms within forms to a depth of 6, 20,000 objects): how much of it images cover, how much is drawn. */
export function objectsOf(page: PdfPage): PageObjects {
  const { engine } = page
  const found = { covered: 0, drawings: 0, largestImagePixels: 0 }
  const area = Math.max(1, page.width * page.height)
  let seen = 0
  const look = (object: number, depth: number, box: number): void => {
    seen += 1
    const type = engine._FPDFPageObj_GetType(object)
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
  return { count, imageCover: Math.min(1, found.covered / area), drawings: found.drawings, largestImagePixels: found.largestImagePixels }
}

/** Throws `pixel_limit` before such an image is decoded. */
export function checkPixels({ largestImagePixels }: PageObjects, maxPixels: number): void {
  if (largestImagePixels > maxPixels)
    throw new ExtractionError('pixel_limit', `an image of ${largestImagePixels} pixels`, { mime: 'application/pdf' })
}
