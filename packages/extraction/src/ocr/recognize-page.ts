import type { Box } from '../layout/word-boxes.ts'
import type { OcrEngine } from './engine.types.ts'
import { estimateSkew, isBlank, type GrayImage } from './gray-image.ts'
import { turn } from './page-images.ts'
import type { Recognized } from './tsv.ts'
import { turnedBack } from './turned-back.ts'

/** Upright pages in a known language come out over this; only what stays below is tried in other ways. */
const goodConfidence = 70
const quarterTurns = [90, 270, 180] as const
const smallestSkew = 0.5
/** From this gain on the lines of a page are skewed for sure: level pages, pictures and pages on their side stay under 1.3. */
const clearGain = 1.5

/** An image, and where its places are on the page that it was made of. */
type View = { image: GrayImage; onPage: (box: Box) => Box }
type Try = View & { found: Recognized }
const better = (a: Try, b: Try): Try => (b.found.score > a.found.score * 1.1 ? b : a)
const isGood = ({ found }: Try) => found.confidence >= goodConfidence && found.score > 0

async function attempt(engine: OcrEngine, view: View): Promise<Try> {
  return { ...view, found: await engine.recognize(view.image) }
}

/** The same turned clockwise. */
async function turned({ image: from, onPage }: View, degrees: number): Promise<View> {
  const image = await turn(from, degrees)
  return { image, onPage: (box) => onPage(turnedBack(box, { from, to: image, degrees })) }
}

/**
 * Reads one page; null: there is no ink on it. Lines that are clearly skewed are levelled first: of a page skewed by three degrees tesseract drops most words, and is
 * sure of the rest. Where the first look is doubtful, the page is turned as its letters stand, as far as that can be told, then by quarters, and the best reading counts.
 */
export async function recognizePage(engine: OcrEngine, image: GrayImage): Promise<Recognized | null> {
  if (isBlank(image)) return null
  const { found, onPage } = await bestOf(engine, { image, onPage: (box) => box })
  return { ...found, boxes: found.boxes.map((word) => ({ ...word, ...onPage(word) })) }
}

async function bestOf(engine: OcrEngine, page: View): Promise<Try> {
  let best = await attempt(engine, await levelled(page, clearGain))
  if (isGood(best)) return best
  const told = await engine.orient?.(page.image) ?? null
  for (const degrees of new Set([...told === null ? [] : [told], ...quarterTurns])) {
    if (isGood(best)) break
    if (degrees !== 0) best = better(best, await attempt(engine, await levelled(await turned(page, degrees), clearGain)))
  }
  if (isGood(best)) return best
  const level = await levelled(best, 1)
  return level === best ? best : better(best, await attempt(engine, level))
}

/** The same view where its lines are level, or nothing says so by `gain` that they are not. */
async function levelled(view: View, gain: number): Promise<View> {
  const skew = estimateSkew(view.image)
  return Math.abs(skew.angle) < smallestSkew || skew.gain < gain ? view : turned(view, -skew.angle)
}
