import { expect, test } from 'vitest'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from './cursor.ts'

const position = z.tuple([z.iso.datetime(), z.uuid()])
const here = ['2026-11-21T02:00:00.000Z', '0193f0c2-0000-7000-8000-000000000001']

test('a cursor gives back the position it was made of and is safe in an address', () => {
  const cursor = encodeCursor(here)
  expect(decodeCursor(position, cursor)).toEqual(here)
  expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/)
})

test.each(['', 'x', '%%%', encodeCursor('x'), encodeCursor(null), encodeCursor([...here, 1]), encodeCursor({ where: {} }), `${encodeCursor(here)}A`])(
  'a cursor of another form is refused: %j',
  (cursor) => expect(() => decodeCursor(position, cursor)).toThrow(expect.objectContaining({ code: 'input.cursor' })),
)
