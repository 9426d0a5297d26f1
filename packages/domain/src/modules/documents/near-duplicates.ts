import { eachWord } from '@intellidocs/extraction'

/**
 * Sketches of texts by which those that are nearly alike are found without comparing any two: MinHash by one permutation (Li, Owen, Zhang 2012) over pairs of
 * words that follow each other. Each pair is hashed once, into one of 128 bins, and each bin keeps its least hash; the share of bins in which two texts agree estimates
 * how many of all their pairs they have in common (Jaccard), with a deviation of 0.04 at most. Bins that stay empty borrow from others in an order that is the same for all
 * texts (Shrivastava 2017).
 */
const BINS = 128
const EMPTY = 0x7fff_ffff
/** 42 bands of 3 bins: of texts that share 0.3 of their pairs two thirds have a band in common, of those that share 0.5 all but 0.4 %, of those that share 0.05 one in 190. */
const BAND = 3
/** A text with fewer bins that hold something (about 17 different pairs of words) is too short to be told from others. */
const LEAST_BINS = 16

/** The least hashes by bin; `EMPTY` where there is none. Those of parts of a text make those of the whole by `merged`. */
export type Sketch = readonly number[]

/** Finalizer of MurmurHash3: each bit of the input changes half of the output's. */
function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85eb_ca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35)
  return (h ^ (h >>> 16)) >>> 0
}

function hashOf(word: string): number {
  let hash = 0x811c_9dc5
  for (let at = 0; at < word.length; at += 1) hash = Math.imul(hash ^ word.charCodeAt(at), 0x0100_0193)
  return mixed(hash)
}

/** The sketch of some pages; case and forms of letters do not matter. */
export async function sketchOf(pages: readonly { readonly text: string }[]): Promise<Sketch> {
  const bins = Array.from({ length: BINS }, () => EMPTY)
  for (const { text } of pages) {
    let before: number | null = null
    await eachWord(text, (word) => {
      const hash = hashOf(word.normalize('NFKC').toLowerCase())
      if (before !== null) {
        const pair = mixed(Math.imul(before, 31) + hash)
        const bin = pair % BINS
        const rest = Math.floor(pair / BINS)
        if (rest < (bins[bin] ?? 0)) bins[bin] = rest
      }
      before = hash
    })
  }
  return bins
}

export const merged = (a: Sketch, b: Sketch): Sketch => a.map((least, bin) => Math.min(least, b[bin] ?? EMPTY))

/** All bins filled; null where a text is too short. */
function filled(sketch: Sketch): number[] | null {
  if (sketch.filter((least) => least !== EMPTY).length < LEAST_BINS) return null
  return sketch.map((least, bin) => {
    for (let tries = 1; least === EMPTY; tries += 1) {
      const from = sketch[mixed(Math.imul(bin + 1, 0x9e37_79b1) + tries) % BINS] ?? EMPTY
      // What was borrowed from one bin by two others would count twice.
      if (from !== EMPTY) return mixed(from ^ tries) | 0
    }
    return least | 0
  })
}

/** `values` are compared by `similarity`; two texts with a band in common may be alike. Numbers are of 32 bits with sign, as the database has them. */
export type Signature = { readonly values: number[]; readonly bands: number[] }

/** Null for a text that is too short. */
export function signatureOf(sketch: Sketch): Signature | null {
  const values = filled(sketch)
  if (values === null) return null
  const bands: number[] = []
  for (let at = 0; at + BAND <= values.length; at += BAND) bands.push(values.slice(at, at + BAND).reduce((hash, value) => mixed(Math.imul(hash, 31) + value), at + 1) | 0)
  return { values, bands }
}

/** The share of pairs of words that two texts have in common, 0 to 1, as estimated. */
export const similarity = (a: readonly number[], b: readonly number[]): number => a.filter((value, at) => value === b[at]).length / BINS

/** Under this two texts share phrases, and are no copies of each other. A copy with every fifth word changed shares about 0.47. */
export const NEAR = 0.3
