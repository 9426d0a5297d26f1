import { expect, test } from 'vitest'
import { chunkPage, sectionsOf } from './chunking.ts'

const words = (n: number, word = 'word'): string => Array.from({ length: n }, (_, i) => `${word}${i}`).join(' ')
const textsOf = (page: string): string[] => chunkPage(page).map(({ start, end }) => page.slice(start, end))
const countWords = (text: string): number => text.split(/\s+/).filter(Boolean).length

test.each([
  ['an empty page', '', 0], ['white space only', ' \n\t\u00a0\n', 0], ['one word', 'word', 1], ['a page of 260 words', words(260), 1],
  ['261 words', words(261), 2], ['400 words', words(400), 2], ['600 words', words(600), 3], ['1,000 words', words(1000), 5],
])('%s gives the expected number of passages', (_, page, count) => {
  expect(chunkPage(page)).toHaveLength(count)
})

test.each([261, 300, 399, 500, 777, 1234, 5000])('%i words are shared out evenly: no crumb at the end, none over 260', (n) => {
  const sizes = textsOf(words(n)).map(countWords)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(260)
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(100)
})

test('every character that is not white space is in exactly one passage, in order', () => {
  const pages = [words(900), `${words(150)}.\n\n${words(300)}! ${words(80)}`, '日本語の文章です。'.repeat(200), 'x'.repeat(9000), `a${' '.repeat(50_000)}b`]
  for (const page of pages) {
    const chunks = chunkPage(page)
    expect(textsOf(page).join('').replace(/\s/g, '')).toBe(page.replace(/\s/g, ''))
    for (const [i, chunk] of chunks.entries()) expect(chunk.start).toBeGreaterThanOrEqual(chunks[i - 1]?.end ?? 0)
  }
})

test('a passage ends at a paragraph rather than at a sentence, and at a sentence rather than inside one', () => {
  const paragraphs = `${words(130)}. ${words(30, 'next')}\n\n${words(60, 'after')}. ${words(150, 'rest')}`
  expect(textsOf(paragraphs)[0]).toMatch(/next29$/)
  const sentences = `${words(150)}. ${words(200, 'next')}`
  expect(textsOf(sentences)[0]).toMatch(/word149\.$/)
  expect(textsOf(`${words(150)}!" ${words(200, 'next')}`)[0]).toMatch(/word149!"$/)
})

test('a row of a table is in one passage, however its cells end', () => {
  const row = (n: number) => `Item ${n}.\tTwelve planks of larch, air dried.\tGood!\t${n * 7}`
  const table = `${words(100)}\n${Array.from({ length: 90 }, (_, n) => row(n)).join('\n')}`
  const passages = textsOf(table)
  expect(passages.length).toBeGreaterThan(3)
  for (let n = 0; n < 90; n += 1) expect(passages.filter((text) => text.split('\n').includes(row(n)))).toHaveLength(1)
  expect(Math.max(...textsOf(`${words(900)}\tcell`).map(countWords))).toBeLessThanOrEqual(260)
})

test('a passage ends between entries of a list, not within one, whatever its entries are marked with', () => {
  for (const mark of ['-', '•', '12.', 'b)', '(iv)']) {
    const entry = `${mark} ${words(20, 'first')}. ${words(20, 'second')}.\n${words(20, 'third')}`
    const passages = textsOf(`${words(100)}.\n${Array.from({ length: 12 }, () => entry).join('\n')}`)
    expect(passages.length).toBeGreaterThan(2)
    for (const text of passages.slice(1)) expect(text.startsWith(`${mark} first0`)).toBe(true)
  }
})

test('a heading is with what it stands over', () => {
  const body = `${words(60)}.`
  for (const heading of ['Storm damage', '3.1 What the roof needs', '## Storm damage\n\nThe roof']) {
    const passages = textsOf(Array.from({ length: 12 }, () => `${heading}\n\n${body} ${body}\n${body}`).join('\n\n'))
    expect(passages.length).toBeGreaterThan(4)
    for (const text of passages) expect(text).toMatch(/word59\.$/)
  }
})

test('short lines that stand apart, none over text, are no headings, and a passage ends with one of them', () => {
  const verse = Array.from({ length: 300 }, (_, n) => `line ${n} here`).join('\n\n')
  for (const text of textsOf(verse)) expect(text).toMatch(/^line \d+ here[^]*here$/)
})

test('text without spaces is bounded', () => {
  for (const page of ['x'.repeat(100_000), '漢'.repeat(20_000), `${'ab'.repeat(40)} `.repeat(2000)]) {
    expect(Math.max(...textsOf(page).map((t) => t.length))).toBeLessThan(4000)
  }
})

test('a page of white space with few words is not one passage', () => {
  expect(Math.max(...textsOf(`word${' '.repeat(5000)}`.repeat(50)).map((t) => t.length))).toBeLessThan(30_000)
})

test('no surrogate pair and no accented letter is cut apart', () => {
  for (const page of ['😀'.repeat(3000), 'e\u0301'.repeat(5000)]) {
    for (const text of textsOf(page)) {
      expect(text).not.toMatch(/^[\uDC00-\uDFFF]|[\uD800-\uDBFF]$/)
      expect(text).not.toMatch(/^\p{M}/u)
    }
  }
})

test('a long page is cut into sections at the ends of lines, else of words, else of letters, and nothing is left out', () => {
  const section = (text: string) => [...sectionsOf(text)].map(({ start, end }) => text.slice(start, end))
  const row = `${'x'.repeat(99)}\n`
  for (const [page, seam] of [[row.repeat(25_000), /\n$/], ['word '.repeat(500_000), / $/], [`a${'e\u0301'.repeat(600_000)}`, /\u0301$/]] as const) {
    const sections = section(page)
    expect(sections.join('') === page).toBe(true)
    expect(sections.length).toBeGreaterThan(1)
    for (const text of sections) expect([text.length <= 1_000_000, seam.test(text.slice(-5))]).toEqual([true, true])
  }
  expect(section('short')).toEqual(['short'])
  expect(section('')).toEqual([])
})
