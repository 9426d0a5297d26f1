import { expect, test } from 'vitest'
import { purgeOrder } from './purge-order.ts'

test('whatever refers to others goes before them', () => {
  const order = purgeOrder(['a', 'b', 'c'], [{ child: 'c', parent: 'b', soft: false }, { child: 'b', parent: 'a', soft: true }])
  expect(order).toEqual(['c', 'b', 'a'])
})

test('a table that refers to itself stands in nobody\'s way', () => {
  expect(purgeOrder(['tree'], [{ child: 'tree', parent: 'tree', soft: false }])).toEqual(['tree'])
})

test('in a ring, what the database follows by itself gives way', () => {
  const ring = [{ child: 'document', parent: 'version', soft: false }, { child: 'version', parent: 'document', soft: true }]
  expect(purgeOrder(['version', 'document', 'page'], [...ring, { child: 'page', parent: 'version', soft: true }])).toEqual(['page', 'document', 'version'])
})

test('a ring that nothing opens is said to be one', () => {
  expect(() => purgeOrder(['a', 'b'], [{ child: 'a', parent: 'b', soft: false }, { child: 'b', parent: 'a', soft: false }])).toThrow(/a, b/)
})
