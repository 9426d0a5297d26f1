import { expect, test } from 'vitest'
import { merged, NEAR, signatureOf, similarity, sketchOf, type Signature } from './near-duplicates.ts'

/** The same numbers in each run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
const random = numbers(20261130)
const below = (n: number): number => Math.floor(random() * n)
const letters = (n: number): string => Array.from({ length: n }, () => String.fromCharCode(97 + below(26))).join('')

/** Words as often as in a language (Zipf's law over 8,000): half of all pairs of words are of the few hundred most used. */
const vocabulary = Array.from({ length: 8_000 }, (_, rank) => letters(rank < 100 ? 2 + below(3) : 4 + below(7)))
let total = 0
const sums = vocabulary.map((_, rank) => (total += 1 / (rank + 2.7)))
function wordOf(): string {
  const at = random() * total
  let [low, high] = [0, sums.length - 1]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sums[middle] ?? 0) < at) low = middle + 1
    else high = middle
  }
  return vocabulary[low] ?? ''
}
const textOf = (words: number): string[] => Array.from({ length: words }, wordOf)

const changed = (words: readonly string[], share: number): string[] => words.map((word) => (random() < share ? wordOf() : word))
/** As a recognizer misreads: two letters of a hundred are others. */
const misread = (words: readonly string[]): string[] => words.map((word) => [...word].map((letter) => (random() < 0.02 ? letters(1) : letter)).join(''))
function reordered(words: readonly string[]): string[] {
  const paragraphs = Array.from({ length: Math.ceil(words.length / 60) }, (_, at) => words.slice(at * 60, at * 60 + 60))
  for (let at = paragraphs.length - 1; at > 0; at -= 1) {
    const other = below(at + 1)
    ;[paragraphs[at], paragraphs[other]] = [paragraphs[other] ?? [], paragraphs[at] ?? []]
  }
  return paragraphs.flat()
}

const signed = async (words: readonly string[]): Promise<Signature> => {
  const signature = signatureOf(await sketchOf([{ text: words.join(' ') }]))
  if (signature === null) throw new Error('too short')
  return signature
}
/** As the database finds them: a band in common, then alike enough. */
const found = (a: Signature, b: Signature): boolean => a.bands.some((band, at) => band === b.bands[at]) && similarity(a.values, b.values) >= NEAR

const DOCUMENTS = 200
const kinds = {
  'copied as it is': (words: string[]) => [...words], '1 % of words changed': (words: string[]) => changed(words, 0.01), '5 % of words changed': (words: string[]) => changed(words, 0.05),
  '10 % of words changed': (words: string[]) => changed(words, 0.1), '20 % of words changed': (words: string[]) => changed(words, 0.2), 'read by OCR': misread,
  'paragraphs reordered': reordered, 'a third left out': (words: string[]) => words.slice(0, Math.ceil(words.length * 2 / 3)),
}

test('copies are found whatever little was done to them, and what is no copy is not', async () => {
  const originals = Array.from({ length: DOCUMENTS }, () => textOf(150 + below(1_500)))
  const signatures = await Promise.all(originals.map(signed))
  const recall: Record<string, number> = {}
  let [right, wrong] = [0, 0]
  for (const [kind, make] of Object.entries(kinds)) {
    let hits = 0
    for (const [at, original] of originals.entries()) {
      const copy = await signed(make(original))
      for (const [other, signature] of signatures.entries()) {
        if (!found(copy, signature)) continue
        if (other === at) hits += 1
        else wrong += 1
      }
    }
    recall[kind] = hits / DOCUMENTS
    right += hits
  }
  let unrelated = 0
  for (const [at, a] of signatures.entries()) for (const b of signatures.slice(at + 1)) if (found(a, b)) unrelated += 1
  const figures = { documents: DOCUMENTS, recall, precision: right / (right + wrong), unrelatedPairs: unrelated, pairs: (DOCUMENTS * (DOCUMENTS - 1)) / 2 }
  process.stdout.write(`${JSON.stringify(figures)}\n`)
  for (const kind of ['copied as it is', '1 % of words changed', '5 % of words changed', 'paragraphs reordered']) expect([kind, recall[kind]]).toEqual([kind, 1])
  expect(recall['10 % of words changed']).toBeGreaterThanOrEqual(0.99)
  expect(recall['read by OCR']).toBeGreaterThanOrEqual(0.97)
  expect(recall['a third left out']).toBeGreaterThanOrEqual(0.99)
  expect(recall['20 % of words changed']).toBeGreaterThanOrEqual(0.95)
  expect(figures.precision).toBeGreaterThanOrEqual(0.99)
  expect(unrelated).toBe(0)
}, 120_000)

test('the estimate is near the share of pairs in common', async () => {
  const pairs = (words: readonly string[]): Set<string> => new Set(words.slice(1).map((word, at) => `${words[at]} ${word}`))
  const off: number[] = []
  for (let at = 0; at < 100; at += 1) {
    const a = textOf(400)
    const b = changed(a, random() * 0.4)
    const [of, among] = [pairs(a), pairs(b)]
    const common = [...of].filter((pair) => among.has(pair)).length
    off.push(Math.abs(similarity((await signed(a)).values, (await signed(b)).values) - common / (of.size + among.size - common)))
  }
  expect(Math.max(...off)).toBeLessThan(0.18)
  expect(off.reduce((sum, one) => sum + one, 0) / off.length).toBeLessThan(0.045)
})

test('case, forms of letters, blanks and the borders of pages in a text make no difference but for the pairs across them', async () => {
  const words = textOf(500)
  const one = await signed(words)
  expect((await signed(words.map((word) => word.toUpperCase()))).values).toEqual(one.values)
  expect(signatureOf(await sketchOf([{ text: words.join('\n\n  ') }]))).toEqual(one)
  const [first, second] = [await sketchOf([{ text: words.slice(0, 250).join(' ') }]), await sketchOf([{ text: words.slice(250).join(' ') }])]
  expect(similarity(signatureOf(merged(first, second))?.values ?? [], one.values)).toBeGreaterThan(0.97)
})

test('a text of few words has no signature', async () => {
  expect(signatureOf(await sketchOf([]))).toBeNull()
  expect(signatureOf(await sketchOf([{ text: 'Thank you for your letter of Monday.' }, { text: '' }]))).toBeNull()
  expect(signatureOf(await sketchOf([{ text: 'word '.repeat(10_000) }]))).toBeNull()
  expect(signatureOf(await sketchOf([{ text: textOf(60).join(' ') }]))).not.toBeNull()
})
