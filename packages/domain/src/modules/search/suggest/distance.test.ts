import fc from 'fast-check'
import { expect, test } from 'vitest'
import { distance, tolerance } from './distance.ts'

test.each([['wing', 'wing', 0], ['wing', 'wings', 1], ['wing', 'ring', 1], ['heat', 'ehat', 1], ['oscillation', 'osilaton', 3], ['', 'ab', 2], ['abcd', '', 3]])('%s and %s are %i apart, 3 at most', (a, b, off) => {
  expect(distance(a, b, 2)).toBe(Math.min(off, 3))
  expect(distance(b, a, 2)).toBe(Math.min(off, 3))
})

test('one edit is one apart', () => {
  fc.assert(fc.property(fc.stringMatching(/^[a-z]{1,12}$/u), fc.nat(), fc.constantFrom('x', ''), (word, seed, letter) => {
    const at = seed % word.length
    expect(distance(word, `${word.slice(0, at)}${letter}${word.slice(at + 1)}`, 2)).toBeLessThanOrEqual(1)
  }))
  expect([tolerance('heat'), tolerance('flutter')]).toEqual([1, 2])
})
