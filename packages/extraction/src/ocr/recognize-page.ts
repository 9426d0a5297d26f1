import type { OcrEngine } from './engine.types.ts'
import { estimateSkew, isBlank, type GrayImage } from './gray-image.ts'
import { turn } from './page-images.ts'
import type { Recognized } from './tsv.ts'

/** Upright pages in a known language come out over this; only what stays below is tried in other ways. */
const goodConfidence = 70
const quarterTurns = [90, 270, 180] as const
const smallestSkew = 0.5

type Try = { image: GrayImage; found: Recognized }
const better = (a: Try, b: Try): Try => (b.found.score > a.found.score * 1.1 ? b : a)
const isGood = ({ found }: Try) => found.confidence >= goodConfidence && found.score > 0

async function attempt(engine: OcrEngine, image: GrayImage): Promise<Try> {
  return { image, found: await engine.recognize(image) }
}

/** Reads one page. Where the first look is doubtful, it is straightened, and turned by quarters, and the best reading counts. */
export async function recognizePage(engine: OcrEngine, image: GrayImage): Promise<Recognized> {
  if (isBlank(image)) return { text: '', confidence: 0, score: 0 }
  let best = await attempt(engine, image)
  if (isGood(best)) return best.found
  best = better(best, await straightened(engine, best))
  for (const degrees of quarterTurns) {
    if (isGood(best)) break
    best = better(best, await attempt(engine, await turn(image, degrees)))
  }
  if (!isGood(best) && best.image !== image) best = better(best, await straightened(engine, best))
  return best.found
}

async function straightened(engine: OcrEngine, from: Try): Promise<Try> {
  const skew = estimateSkew(from.image)
  return Math.abs(skew) < smallestSkew ? from : attempt(engine, await turn(from.image, -skew))
}
