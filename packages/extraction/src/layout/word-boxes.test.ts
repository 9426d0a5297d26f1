import { describe, expect, test } from 'vitest'
import { mostWords, packBoxes, unpackBoxes, type WordBox } from './word-boxes.ts'

const word = (start: number, end: number, [left, top, right, bottom]: [number, number, number, number]): WordBox => ({ start, end, left, top, right, bottom })

test('places come out as they went in, on any line and in any direction', () => {
  const words = [
    word(0, 3, [0.1, 0.1, 0.2, 0.12]), word(4, 9, [0.21, 0.1, 0.9999, 0.12]), word(9, 12, [0, 0.13, 0.05, 0.5]),
    word(70_000, 70_001, [1, 1, 1, 1]), word(70_002, 90_000, [0, 0, 1, 1]),
  ]
  expect(unpackBoxes(packBoxes(words))).toEqual(words)
  expect(unpackBoxes(packBoxes([]))).toEqual([])
})

test('what lies beyond the page ends at its edge', () => {
  expect(unpackBoxes(packBoxes([word(0, 1, [-3, 0.5, 7, 1.5])]))).toEqual([word(0, 1, [0, 0.5, 1, 1])])
})

test('a page of text takes about eight bytes a word, and no page more than its part', () => {
  const lines = Array.from({ length: 50 }, (_, line) => Array.from({ length: 10 }, (__, at) => {
    const start = (line * 10 + at) * 7
    return word(start, start + 6, [0.1 + at * 0.08, 0.1 + line * 0.015, 0.17 + at * 0.08, 0.11 + line * 0.015])
  })).flat()
  expect(packBoxes(lines).length / lines.length).toBeLessThan(9)
  const many = Array.from({ length: mostWords + 10 }, (_, at) => word(at, at + 1, [0, 0, 1, 1]))
  expect(unpackBoxes(packBoxes(many))).toHaveLength(mostWords)
})

describe('bytes that are no places are refused', () => {
  test.each([
    ['cut off', [1, 3, 2]], ['a number without an end', [255, 255, 255, 255, 255, 255, 255]], ['a word without characters', [0, 0, 0, 0, 1, 2]],
    ['left of the page', [0, 1, 1, 0, 1, 2]], ['right of the page', [0, 1, 0, 0, 145, 78, 2]], ['upside down', [0, 1, 0, 2, 1, 1]],
  ])('%s', (_, bytes) => {
    expect(() => unpackBoxes(Uint8Array.from(bytes))).toThrow(RangeError)
  })
  test('more words than a page has', () => {
    const one = [0, 1, 0, 0, 0, 0]
    expect(() => unpackBoxes(Uint8Array.from(Array.from({ length: mostWords + 1 }, () => one).flat()))).toThrow(RangeError)
  })
})
