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

/** Reads one page; null: there is no ink on it. Where the first look is doubtful, it is straightened, and turned by quarters, and the best reading counts. */
export async function recognizePage(engine: OcrEngine, image: GrayImage): Promise<Recognized | null> {
  if (isBlank(image)) return null
  const { found, onPage } = await bestOf(engine, { image, onPage: (box) => box })
  return { ...found, boxes: found.boxes.map((word) => ({ ...word, ...onPage(word) })) }
}

async function bestOf(engine: OcrEngine, page: View): Promise<Try> {
  let best = await attempt(engine, page)
  if (isGood(best)) return best
  best = better(best, await straightened(engine, best))
  for (const degrees of quarterTurns) {
    if (isGood(best)) break
    best = better(best, await attempt(engine, await turned(page, degrees)))
  }
  if (!isGood(best) && best.image !== page.image) best = better(best, await straightened(engine, best))
  return best
}

async function straightened(engine: OcrEngine, from: Try): Promise<Try> {
  const skew = estimateSkew(from.image)
  return Math.abs(skew) < smallestSkew ? from : attempt(engine, await turned(from, -skew))
}
