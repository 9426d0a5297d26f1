import { describe, expect, test } from 'vitest'
import { facetLines, highlighted, whyFound } from './hits.ts'
import { columnsOf, wrapped } from './output.ts'

describe('hits', () => {
  const mark = (words: string) => `[${words}]`
  const whole = (passage: string) => ({ passage, snippet: { start: 0, end: passage.length } })

  test('found words are marked where the server says they are', () => {
    expect(highlighted({ ...whole('the storm\nof November'), highlights: [{ start: 4, end: 9 }] }, mark)).toBe('the [storm] of November')
  })

  test('the snippet alone is shown, and escapes in it do not shift the marks', () => {
    const passage = `${'x '.repeat(500)}\u001b storm ${'y '.repeat(500)}`
    const at = passage.indexOf('storm')
    expect(highlighted({ passage, highlights: [{ start: 0, end: 1 }, { start: at, end: at + 5 }], snippet: { start: at - 4, end: at + 9 } }, mark)).toBe('… x \ufffd [storm] y y …')
  })

  test('overlapping marks are not printed twice, and one that is cut ends with the snippet', () => {
    expect(highlighted({ ...whole('abcdef'), highlights: [{ start: 0, end: 4 }, { start: 2, end: 6 }] }, mark)).toBe('[abcd]ef')
    expect(highlighted({ passage: 'abcdef', highlights: [{ start: 2, end: 6 }], snippet: { start: 0, end: 4 } }, mark)).toBe('ab[cd] …')
  })

  test.each([
    [{ words: ['storm', 'quay'], meaning: true, sentence: false }, 'found by storm, quay; and by meaning'], [{ words: ['storm'], meaning: false, sentence: false }, 'found by storm'],
    [{ words: [], meaning: true, sentence: true }, 'found by meaning, nearest in the marked sentence'], [{ words: [], meaning: false, sentence: false }, ''],
  ])('%j is told as: %s', (why, told) => {
    expect(whyFound({ why })).toBe(told)
  })

  test('facets stand below each other, names in place of ids', () => {
    const facets = { documents: 3, more: false, counts: { type: [{ value: 'pdf', label: null, documents: 2 }], owner: [{ value: 'id', label: 'Ada', documents: 3 }], tag: [] } }
    expect(facetLines(facets)).toEqual(['type   pdf 2', 'owner  Ada 3'])
    expect(facetLines({ ...facets, more: true }).at(-1)).toBe('counted of the first 3 documents')
    expect(facetLines(null)).toEqual([])
  })
})

test('lines are broken at blanks, words that are too long where they must be, and wide characters count twice', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrapped('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  expect(wrapped('東京都庁', 4)).toEqual(['東京', '都庁'])
  expect(wrapped('  indented', 40)).toEqual(['  indented'])
  expect(wrapped('', 40)).toEqual([''])
  expect([columnsOf('abc'), columnsOf('東京'), columnsOf('e\u0301')]).toEqual([3, 4, 1])
})
