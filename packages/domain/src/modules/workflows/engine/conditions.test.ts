import type { Condition, FieldValue } from '@intellidocs/contracts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canHold } from './can-hold.ts'
import { holdsFor } from './conditions.ts'
import { facts, folder } from './engine.testkit.ts'
import type { Facts } from './types.ts'

const nothingKnown: Facts = { name: 'x', type: null, pages: null, size: null, language: null, folderId: null, tags: [], metadata: {} }

describe('a condition on an invoice of 1200 with 3 pages', () => {
  test.each<[Condition, boolean, boolean]>([
    [{ fact: 'type', is: 'application/pdf' }, true, false],
    [{ fact: 'type', isNot: 'application/pdf' }, false, true],
    [{ fact: 'name', is: 'Invoice.pdf' }, false, false],
    [{ fact: 'pages', above: 3 }, false, false],
    [{ fact: 'pages', above: 2.5 }, true, false],
    [{ fact: 'pages', below: 4 }, true, false],
    [{ not: { fact: 'pages', above: 3 } }, true, true],
    [{ fact: 'size', is: 1000 }, true, false],
    [{ fact: 'size', is: '1000' }, false, false],
    [{ fact: 'tag', is: ' Invoice ' }, true, false],
    [{ fact: 'tag', oneOf: ['a', 'invoice'] }, true, false],
    [{ fact: 'tag', exists: false }, false, true],
    [{ fact: 'folder', is: folder(1) }, true, false],
    [{ fact: 'folder', exists: true }, true, false],
    [{ fact: 'metadata.amount', above: 1000 }, true, false],
    [{ fact: 'metadata.amount', is: 1200 }, true, false],
    [{ fact: 'metadata.kind', above: 3 }, false, false],
    [{ fact: 'metadata.nothing', exists: false }, true, true],
    [{ fact: 'metadata.constructor', exists: true }, false, false],
    [{ all: [{ fact: 'pages', above: 1 }, { any: [{ fact: 'tag', is: 'x' }, { fact: 'language', is: 'en' }] }] }, true, false],
  ])('%o holds: %s, and %s where nothing is known', (condition, holds, whereNothingIsKnown) => {
    expect(holdsFor(condition, facts)).toBe(holds)
    expect(holdsFor(condition, nothingKnown)).toBe(whereNothingIsKnown)
  })
})

describe('what can never hold', () => {
  const pages = (...all: Condition[]): Condition => ({ all })
  test.each<[Condition]>([
    [pages({ fact: 'pages', above: 10 }, { fact: 'pages', below: 5 })],
    [pages({ fact: 'pages', above: 3 }, { fact: 'pages', below: 4 })],
    [pages({ fact: 'pages', above: 3 }, { not: { fact: 'pages', exists: true } })],
    [{ fact: 'pages', below: 0 }], [{ fact: 'pages', is: 1.5 }], [{ fact: 'name', above: 3 }], [{ fact: 'type', is: 3 }], [{ fact: 'name', exists: false }],
    [pages({ fact: 'tag', is: 'a' }, { fact: 'tag', isNot: 'A' })],
    [pages({ fact: 'tag', oneOf: ['a', 'b'] }, { not: { any: [{ fact: 'tag', is: 'a' }, { fact: 'tag', is: 'b' }] } })],
    [pages({ fact: 'type', is: 'a' }, { fact: 'type', is: 'b' })],
    [pages({ fact: 'metadata.amount', above: 1 }, { fact: 'metadata.amount', is: 'much' })],
    [{ all: [{ fact: 'type', is: 'a' }, { any: [{ fact: 'type', is: 'b' }, { all: [{ fact: 'pages', above: 2 }, { fact: 'pages', below: 2 }] }] }] }],
    [{ not: { any: [{ fact: 'type', is: 'a' }, { fact: 'type', isNot: 'a' }] } }],
  ])('%o', (condition) => {
    expect(canHold([condition])).toBe(false)
  })

  test.each<[Condition]>([
    [pages({ fact: 'pages', above: 3 }, { fact: 'pages', isNot: 4 }, { fact: 'pages', isNot: 5 }, { fact: 'pages', below: 7 })],
    [pages({ fact: 'metadata.amount', above: 0.1 }, { fact: 'metadata.amount', below: 0.2 })],
    [pages({ fact: 'tag', is: 'a' }, { fact: 'tag', is: 'b' }, { fact: 'tag', isNot: 'c' })],
    [{ not: { fact: 'pages', above: 0 } }], [{ fact: 'metadata.done', is: true }],
  ])('but %o can', (condition) => {
    expect(canHold([condition])).toBe(true)
  })
})

const values: fc.Arbitrary<FieldValue> = fc.oneof(fc.integer({ min: -2, max: 4 }), fc.constantFrom(0.5, 1.5), fc.constantFrom('a', 'b', 'A', ''), fc.boolean())
const names = fc.constantFrom('name', 'type', 'pages', 'size', 'language', 'tag', 'metadata.a', 'metadata.b')
const leaf: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ fact: names, is: values }), fc.record({ fact: names, isNot: values }), fc.record({ fact: names, above: fc.integer({ min: -2, max: 4 }) }),
  fc.record({ fact: names, below: fc.integer({ min: -2, max: 4 }) }), fc.record({ fact: names, oneOf: fc.array(values, { minLength: 1, maxLength: 3 }) }),
  fc.record({ fact: names, exists: fc.boolean() }),
)
const { condition: conditions } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf, fc.record({ not: tie('condition') }),
    fc.record({ all: fc.array(tie('condition'), { minLength: 1, maxLength: 4 }) }), fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 4 }) })),
}))
const text = fc.constantFrom('a', 'b', 'A', 'c', '')
const documents: fc.Arbitrary<Facts> = fc.record({
  name: text, type: fc.option(text), pages: fc.option(fc.nat(5)), size: fc.option(fc.nat(5)), language: fc.option(text), folderId: fc.constant(null),
  tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c')), metadata: fc.dictionary(fc.constantFrom('a', 'b'), values, { noNullPrototype: true }),
})

test('what holds for any document at all is never said to hold for none', () => {
  fc.assert(fc.property(conditions, fc.array(documents, { minLength: 1, maxLength: 20 }), (condition, some) => {
    if (some.some((document) => holdsFor(condition, document))) expect(canHold([condition])).toBe(true)
  }), { numRuns: 2000 })
})

test('a condition or its contrary can hold', () => {
  fc.assert(fc.property(conditions, (condition) => {
    expect(canHold([condition]) || canHold([{ not: condition }])).toBe(true)
    expect(canHold([condition, { not: condition }])).toBe(false)
  }), { numRuns: 500 })
})

test('a condition that nobody can see through within bounds is taken to be one that may hold', () => {
  // Twenty of whom each wants one of nineteen places for itself.
  const pigeons: Condition = { all: Array.from({ length: 20 }, (_, pigeon) => ({ any: Array.from({ length: 19 }, (__, hole) => ({ fact: `metadata.a${hole}`, is: pigeon })) })) }
  expect(canHold([pigeons])).toBe(true)
  const few: Condition = { all: Array.from({ length: 4 }, (_, pigeon) => ({ any: Array.from({ length: 3 }, (__, hole) => ({ fact: `metadata.a${hole}`, is: pigeon })) })) }
  expect(canHold([few])).toBe(false)
})

test('the largest condition there may be is looked at within bounds', () => {
  const twenty = <T>(make: (at: number) => T): T[] => Array.from({ length: 20 }, (_, at) => make(at))
  const largest: Condition = { all: twenty((a) => ({ all: twenty((b) => ({ all: twenty((c) => ({ all: twenty((d) => ({ fact: 'metadata.a', isNot: ((a * 20 + b) * 20 + c) * 20 + d })) })) })) })) }
  expect(canHold([largest])).toBe(true)
})
