import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sentencesOf, snippetOf } from './snippet.ts'

const filler = 'lorem ipsum dolor sit amet '.repeat(20)
const marksOf = (text: string, words: readonly string[]) =>
  words.flatMap((word, term) => [...text.matchAll(new RegExp(word, 'gu'))].map(({ index }) => ({ start: index, end: index + word.length, term }))).toSorted((a, b) => a.start - b.start)

test('it shows the stretch with most of the different words, not the first that has one', () => {
  const text = `${filler}storm storm storm ${filler}the storm broke the quay ${filler}`
  const { start, end } = snippetOf(text, marksOf(text, ['storm', 'quay']))
  expect(text.slice(start, end)).toContain('the storm broke the quay')
  expect(text.slice(start, end)).not.toContain('storm storm')
})

test('a short passage is shown whole, one without words from its beginning', () => {
  expect(snippetOf('short', [])).toEqual({ start: 0, end: 5 })
  expect(snippetOf(filler, []).start).toBe(0)
})

test('it is cut between words, holds what it was cut around, and never half a character', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme', minLength: 200, maxLength: 1200 }), fc.nat(), (text, seed) => {
    const at = seed % text.length
    const mark = { start: at, end: Math.min(text.length, at + 5), term: 0 }
    const { start, end } = snippetOf(text, [mark])
    expect(start).toBeLessThanOrEqual(Math.max(0, mark.start))
    expect(end).toBeGreaterThan(start)
    expect(end).toBeLessThanOrEqual(text.length)
    expect(text.slice(start, end).isWellFormed()).toBe(text.isWellFormed())
  }))
  const { start, end } = snippetOf(`${filler}quay ${filler}`, marksOf(`${filler}quay ${filler}`, ['quay']))
  expect(`${filler}quay ${filler}`.slice(start, end)).toMatch(/^\w.*quay.*\w$/u)
})

test('sentences have no blanks around them, in any script', () => {
  const text = 'It broke. Who pays?  Nobody knows…\n彼は来た。私は行く。'
  expect(sentencesOf(text).map(({ start, end }) => text.slice(start, end))).toEqual(['It broke.', 'Who pays?', 'Nobody knows…', '彼は来た。', '私は行く。'])
})
