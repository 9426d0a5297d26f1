import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { changeMetadata, changeTags, fits } from './tags.policy.ts'

describe('tags', () => {
  test('are there once, in one order, and only what changes is told', () => {
    expect(changeTags(['b'], { add: ['c', 'a', 'b', 'a'] })).toEqual({ tags: ['a', 'b', 'c'], added: ['a', 'c'], removed: [] })
    expect(changeTags(['a', 'b'], { remove: ['b', 'z'] })).toEqual({ tags: ['a'], added: [], removed: ['b'] })
    expect(changeTags(['a'], { add: ['a'] })).toEqual({ tags: ['a'], added: [], removed: [] })
  })

  test('come out the same in whatever order they were added', () => {
    const some = fc.array(fc.constantFrom('a', 'b', 'c', 'd'))
    fc.assert(fc.property(some, some, (one, other) => {
      const both = (first: string[], second: string[]) => changeTags(changeTags([], { add: first }).tags, { add: second }).tags
      expect(both(one, other)).toEqual(both(other, one))
    }))
  })
})

test('of the metadata only what is named changes, null removes, and what holds already is no change', () => {
  const held = { amount: 12, paid: false, note: 'x' }
  expect(changeMetadata(held, { amount: 13, note: null, gone: null, paid: false })).toEqual({
    metadata: { amount: 13, paid: false }, changed: ['amount', 'note'],
  })
  expect(changeMetadata({ amount: 1 }, { amount: '1' }).changed).toEqual(['amount'])
  expect(changeMetadata({ paid: true }, { paid: false })).toEqual({ metadata: { paid: false }, changed: ['paid'] })
  expect(held).toEqual({ amount: 12, paid: false, note: 'x' })
})

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `n${n}`)
test.each([
  ['50 tags', { tags: names(50), metadata: {} }, true],
  ['51 tags', { tags: names(51), metadata: {} }, false],
  ['50 fields', { tags: [], metadata: Object.fromEntries(names(50).map((name) => [name, 1])) }, true],
  ['51 fields', { tags: [], metadata: Object.fromEntries(names(51).map((name) => [name, 1])) }, false],
  ['16 KiB', { tags: [], metadata: { text: 'x'.repeat(16 * 1024 - '{"text":""}'.length) } }, true],
  ['a byte more', { tags: [], metadata: { text: 'x'.repeat(16 * 1024 - '{"text":""}'.length + 1) } }, false],
  ['16 KiB of two bytes a letter', { tags: [], metadata: { text: 'ż'.repeat(9 * 1024) } }, false],
])('%s fit on a document, or do not', (_, document, expected) => {
  expect(fits(document)).toBe(expected)
})
