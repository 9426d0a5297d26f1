import type { Box } from '../layout/word-boxes.ts'
import { nothingSeen, type OcrEngine } from './engine.types.ts'
import { estimateSkew, isBlank, type GrayImage } from './gray-image.ts'
import { turn } from './page-images.ts'
import { choiceFor } from './scripts.ts'
import type { Recognized } from './tsv.ts'
import { turnedBack } from './turned-back.ts'

/** Upright pages in a known language come out over this; only what stays below is tried in other ways. Pages in another script stay under 55. */
const goodConfidence = 70
const quarterTurns = [90, 270, 180] as const
const smallestSkew = 0.5
/** From this gain on the lines of a page are skewed for sure: level pages, pictures and pages on their side stay under 1.3. */
const clearGain = 1.5

/** An image, and where its places are on the page that it was made of. */
type View = { image: GrayImage; onPage: (box: Box) => Box }
type Try = View & { found: Recognized; languages: readonly string[] }
/** `languages`: those it was read in; `missing`: one of the page's script, of which there is no data. */
export type PageFound = Recognized & { readonly languages: readonly string[]; readonly missing: string | null }
const better = (a: Try, b: Try): Try => (b.found.score > a.found.score * 1.1 ? b : a)
const isGood = ({ found }: Try) => found.confidence >= goodConfidence && found.score > 0

/** The same turned clockwise. */
async function turned({ image: from, onPage }: View, degrees: number): Promise<View> {
  const image = await turn(from, degrees)
  return { image, onPage: (box) => onPage(turnedBack(box, { from, to: image, degrees })) }
}

/** The same view where its lines are level, or nothing says so by `gain` that they are not. */
async function levelled(view: View, gain: number): Promise<View> {
  const skew = estimateSkew(view.image)
  return Math.abs(skew.angle) < smallestSkew || skew.gain < gain ? view : turned(view, -skew.angle)
}

async function attempt(engine: OcrEngine, view: View, languages: readonly string[]): Promise<Try> {
  return { ...view, languages, found: await engine.recognize(view.image, languages) }
}

/**
 * Reads the pages of a document, one after the other; null: there is no ink on a page. Lines that are clearly skewed are levelled first: of a page skewed by three degrees
 * tesseract drops most words, and is sure of the rest. Where the first look is doubtful, the page is turned as its letters stand, as far as that can be told, then by
 * quarters, and the best reading counts. With `anyScript` it is then also read in languages of the script that is seen: the look for how letters stand tells it, so that it
 * costs nothing of its own. The next page is read in them at once, as its script is likely the same; read in a wrong one no page comes out as good.
 */
export function createPageReader(engine: OcrEngine, { anyScript }: { anyScript: boolean }): (image: GrayImage) => Promise<PageFound | null> {
  let likely: readonly string[] = engine.languages
  return async (image) => {
    if (isBlank(image)) return null
    const { best, missing } = await bestOf(engine, { image, onPage: (box) => box }, { likely, anyScript })
    if (isGood(best)) likely = best.languages
    const { found, onPage, languages } = best
    return { ...found, boxes: found.boxes.map((word) => ({ ...word, ...onPage(word) })), languages, missing }
  }
}

type Way = { readonly likely: readonly string[]; readonly anyScript: boolean }
type Best = { best: Try; missing: string | null }

async function bestOf(engine: OcrEngine, page: View, { likely, anyScript }: Way): Promise<Best> {
  let best = await attempt(engine, await levelled(page, clearGain), likely)
  if (isGood(best)) return { best, missing: null }
  const { degrees: told, script } = await engine.look?.(page.image) ?? nothingSeen
  const choice = anyScript ? choiceFor(script, { asked: engine.languages, has: (language) => engine.has(language) }) : null
  const languages = choice === null || choice.missing !== null ? engine.languages : choice.languages
  // Of letters that nobody here can read and that stand as told, no other way up is better.
  const ways = told !== null && choice?.languages.length === 0 ? [told] : new Set([told ?? 0, ...quarterTurns, 0])
  for (const degrees of ways) {
    if (isGood(best)) break
    // As it stands, it was read in these languages.
    if (degrees === 0 && languages.join() === likely.join()) continue
    best = better(best, await attempt(engine, await levelled(degrees === 0 ? page : await turned(page, degrees), clearGain), languages))
  }
  if (isGood(best)) return { best, missing: null }
  const level = await levelled(best, 1)
  if (level !== best) best = better(best, await attempt(engine, level, best.languages))
  return { best, missing: isGood(best) ? null : choice?.missing ?? null }
}
