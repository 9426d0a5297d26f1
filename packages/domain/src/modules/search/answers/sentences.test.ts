import { expect, test } from 'vitest'
import { sentencesOf } from './sentences.ts'

const texts = (passage: string): string[] => sentencesOf(passage).map(({ start, end }) => passage.slice(start, end))

test('sentences end at their ends and at paragraphs, not at the ends of lines', () => {
  expect(texts('The roof was\nmended in May. Who paid?  The yard did.\n\nHeading\n\n Next one')).toEqual([
    'The roof was\nmended in May.', 'Who paid?', 'The yard did.', 'Heading', 'Next one',
  ])
})

test('other scripts have sentences too', () => {
  expect(texts('本契約は終了する。次の条項を見よ。')).toEqual(['本契約は終了する。', '次の条項を見よ。'])
})

test('what has no end is cut at blanks, and never inside of a sign', () => {
  const table = Array.from({ length: 300 }, (_, i) => `cell${i}`).join(' ')
  const pieces = texts(table)
  expect(pieces.every((piece) => piece.length <= 400 && /^cell\d+( cell\d+)*$/.test(piece))).toBe(true)
  expect(pieces.join(' ')).toBe(table)
  expect(texts('😀'.repeat(500)).every((piece) => piece.isWellFormed())).toBe(true)
  expect(texts(' \n ')).toEqual([])
})
