import { expect, test } from 'vitest'
import { createBoxPacker } from '../child/boxes.ts'
import { createPageCollector } from '../page-collector.ts'
import { placesOf } from './places-of.ts'
import { unpackBoxes, type WordBox } from './word-boxes.ts'

const word = (start: number, end: number): WordBox => ({ start, end, left: 0.1, top: 0.1, right: 0.2, bottom: 0.2 })
const said = (words: readonly WordBox[]) => createBoxPacker(1_000)(words)

test('places that a child tells are taken when they are places within its text', () => {
  expect(unpackBoxes(placesOf({ text: 'two words', ...said([word(0, 3), word(4, 9)]) }).boxes ?? Buffer.alloc(0))).toEqual([word(0, 3), word(4, 9)])
  expect(placesOf({ text: 'two words' })).toEqual({})
})

test('places beyond the text, and bytes that are none, end the reading', () => {
  const page = { type: 'page' as const, number: 1, text: 'short', needsOcr: false, warnings: [] }
  for (const places of [said([word(0, 6)]), { boxes: 'AAAA' }, { boxes: '////////' }]) {
    expect(() => createPageCollector(10).take({ ...page, ...places })).toThrow(expect.objectContaining({ reason: 'internal' }) as Error)
  }
})

test('a file has places for so many bytes, and its pages after that have none', () => {
  const pack = createBoxPacker(20)
  expect([1, 2, 3, 4].map(() => pack([word(0, 6)]).boxes !== undefined)).toEqual([true, true, false, false])
  expect(pack(undefined)).toEqual({})
})
