import { open, publicProcedure, router } from '@intellidocs/kernel'
import { expect, test } from 'vitest'
import { placeRouters } from './app-router.ts'

const one = () => router({ ask: publicProcedure.meta(open).query(() => 1) })
const paths = (placed: ReturnType<typeof placeRouters>): string[] => Object.keys(router(placed)._def.procedures).toSorted()

test('a router whose name has a dot stands below the one of another module', () => {
  expect(paths(placeRouters([{ 'a.c': one(), 'a.d': one() }, { a: one(), b: one() }]))).toEqual(['a.ask', 'a.c.ask', 'a.d.ask', 'b.ask'])
})

test('procedures whose name ends with a dot stand beside those of another module', () => {
  const other = router({ tell: publicProcedure.meta(open).query(() => 2), b: one() })
  expect(paths(placeRouters([{ 'a.': other, 'a.c': one() }, { a: one() }]))).toEqual(['a.ask', 'a.b.ask', 'a.c.ask', 'a.tell'])
})

test.each([
  ['of one name', [{ a: one() }, { a: one() }], 'two modules have a router called a'],
  ['of one dotted name', [{ a: one(), 'a.b': one() }, { 'a.b': one() }], 'two modules have a router called a.b'],
  ['whose name the other has within itself', [{ a: router({ b: one() }) }, { 'a.b': one() }], 'two modules have a router called a.b'],
  ['whose name is a procedure of the other', [{ a: one() }, { 'a.ask': one() }], 'two modules have a router called a.ask'],
  ['beside one of its name', [{ a: one() }, { 'a.': one() }], 'two modules have a router called a.ask'],
  ['beside what is not there', [{ 'a.': one() }], 'there is no place for a router called a.'],
  ['below what is not there', [{ 'a.b': one() }], 'there is no place for a router called a.b'],
  ['two below', [{ a: one(), 'a.b.c': one() }], 'there is no place for a router called a.b.c'],
])('one %s is refused', (_what, parts, message) => {
  expect(() => placeRouters(parts)).toThrow(message)
})
