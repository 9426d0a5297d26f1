import { expect, test } from 'vitest'
import { boxesOfSpan } from './span-boxes.ts'
import type { WordBox } from './word-boxes.ts'

const text = 'The lease ends\nin June     Rent'
/** Words a tenth wide on lines of a hundredth, and one in a second column. */
const words: WordBox[] = [
  { start: 0, end: 3, left: 0.1, top: 0.1, right: 0.15, bottom: 0.12 }, { start: 4, end: 9, left: 0.16, top: 0.1, right: 0.26, bottom: 0.12 },
  { start: 10, end: 14, left: 0.27, top: 0.101, right: 0.35, bottom: 0.12 }, { start: 15, end: 17, left: 0.1, top: 0.13, right: 0.12, bottom: 0.15 },
  { start: 18, end: 22, left: 0.13, top: 0.13, right: 0.2, bottom: 0.15 }, { start: 27, end: 31, left: 0.6, top: 0.13, right: 0.7, bottom: 0.15 },
]
const spanOf = (part: string) => ({ start: text.indexOf(part), end: text.indexOf(part) + part.length })

test('a span takes one rectangle a line, and one for each part of a line that stands by itself', () => {
  expect(boxesOfSpan(text, words, { start: 0, end: text.length })).toEqual([
    { left: 0.1, top: 0.1, right: 0.35, bottom: 0.12 }, { left: 0.1, top: 0.13, right: 0.2, bottom: 0.15 }, { left: 0.6, top: 0.13, right: 0.7, bottom: 0.15 },
  ])
  expect(boxesOfSpan(text, words, spanOf('lease'))).toEqual([{ left: 0.16, top: 0.1, right: 0.26, bottom: 0.12 }])
  expect(boxesOfSpan(text, words, { start: 22, end: 27 })).toEqual([])
  expect(boxesOfSpan(text, [], spanOf('lease'))).toEqual([])
})

test('a part of a word is drawn where it stands in it: across, down a line of characters, and whole where letters run the other way', () => {
  const place = { left: 0.2, top: 0.2, right: 0.4, bottom: 0.25 }
  const half = (letters: string, box: typeof place) => boxesOfSpan(letters, [{ start: 0, end: letters.length, ...box }], { start: 0, end: letters.length / 2 })
  expect(half('東京都庁', place)).toEqual([{ ...place, right: expect.closeTo(0.3, 5) as number }])
  expect(half('東京都庁', { left: 0.2, top: 0.2, right: 0.22, bottom: 0.4 })).toEqual([{ left: 0.2, top: 0.2, right: 0.22, bottom: expect.closeTo(0.3, 5) as number }])
  expect(half('שלום', place)).toEqual([place])
})
