import { headingOf } from '@intellidocs/extraction'
import { expect, test } from 'vitest'
import { traitsOf } from './model-traits.ts'
import { rankDocuments, type Candidate } from './fusion.ts'
import { candidateRounds, planTerms, quoteLexeme, type Reading } from './keyword-plan.ts'
import { embeddedText, titleWords } from './title.ts'

const reading = (word: number, lexeme: string | null, df: number, config = 'english', n = 1000): Reading => ({ word, config, n, lexeme, df })
const stats = { passages: 1000, averageLength: 100 }

test('weights are (k1 + 1) * ln(1 + (n - df + .5) / (df + .5)), rarest word first', () => {
  const { terms } = planTerms([reading(0, 'wing', 400), reading(1, 'flutter', 3)], stats)
  expect(terms.map((t) => t.lexemes)).toEqual([['flutter'], ['wing']])
  expect(terms[0]?.weight).toBeCloseTo(2.2 * Math.log(1 + 997.5 / 3.5), 10)
})

test('two words with one stem count once', () => {
  expect(planTerms([reading(0, 'wing', 4), reading(1, 'wing', 4)], stats).terms).toHaveLength(1)
})

test('a stop word of the commonest language is not rare because another language hardly has it', () => {
  const { terms } = planTerms([reading(0, null, 0, 'english', 900), reading(0, 'the', 2, 'portuguese', 100)], stats)
  expect(terms[0]?.df).toBe(902)
})

test('a query of stop words alone has no terms; an unknown word has the greatest weight instead of none', () => {
  expect(planTerms([reading(0, null, 0)], stats).terms).toEqual([])
  expect(planTerms([reading(0, 'xyzzy', 0)], stats).terms[0]?.df).toBe(1)
})

test('words that nobody knows take few of the 64 places; what is left out comes behind, none of it lost', () => {
  const unknown = Array.from({ length: 100 }, (_, i) => reading(i, `unknown${i}`, 0))
  const known = Array.from({ length: 70 }, (_, i) => reading(100 + i, `known${i}`, 70 - i))
  const { terms, further } = planTerms([...unknown, ...known], stats)
  expect(terms.filter(({ word }) => word < 100).map(({ word }) => word)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect([terms, ...further].map((portion) => portion.length)).toEqual([64, 64, 42])
  expect(new Set([terms, ...further].flat().map(({ word }) => word)).size).toBe(170)
  expect(planTerms([...unknown, ...known.slice(0, 3)], stats).terms.slice(-3).map(({ df }) => df)).toEqual([68, 69, 70])
})

test('the first round keeps to rare words, the last holds every word', () => {
  const { terms } = planTerms([reading(0, 'rare', 5), reading(1, 'common', 900), reading(2, 'usual', 950)], stats)
  const rounds = candidateRounds(terms, 1000, false)
  expect(rounds[0]).not.toContain("| ('usual')")
  for (const word of ['rare', 'common', 'usual']) expect(rounds.at(-1)).toContain(`'${word}'`)
})

test.each([["o'neill", "'o''neill'"], ['a\\', "'a\\\\'"], ["' | !x", "''' | !x'"]])('the stem %s stays a stem inside a tsquery', (lexeme, quoted) => {
  expect(quoteLexeme(lexeme)).toBe(quoted)
})

const candidate = (id: string, keyword: number | null, meaning: number | null, inLanguage = true): Candidate =>
  ({ passageId: id, documentId: `doc-${id.charAt(0)}`, keyword, meaning, inLanguage })

test('hybrid: words over the best of the query, plus 0.6 times meaning; the best passage stands for its document', () => {
  const ranked = rankDocuments([candidate('a1', 10, 0.1), candidate('a2', 8, 0.9), candidate('b1', 5, 0.2)], 'hybrid')
  expect(ranked.map((r) => r.passageId)).toEqual(['a2', 'b1'])
  expect(ranked[0]?.score).toBeCloseTo(0.8 + 0.6 * 0.9, 10)
})

test('how much meaning adds belongs to the model, and one that nobody measured gets a cautious share', () => {
  const score = (model: string | null) => rankDocuments([candidate('a', 10, 0.5)], 'hybrid', model)[0]?.score
  expect(score('builtin:static-en-1')).toBeCloseTo(1 + traitsOf('builtin:static-en-1').weight * 0.5, 10)
  expect(score('http:nobody-knows')).toBeCloseTo(1 + 0.6 * 0.5, 10)
  expect(traitsOf('http:nobody-knows').related).toBeNull()
})

test('where the model cannot read the texts, hybrid is the order of the words exactly', () => {
  const foreign = [candidate('a', 3, 0.9, false), candidate('b', 9, 0.1, false), candidate('c', 6, 0.99, false)]
  expect(rankDocuments(foreign, 'hybrid').map((r) => r.passageId)).toEqual(['b', 'c', 'a'])
})

test('a text the model cannot read loses nothing to one it can', () => {
  const ranked = rankDocuments([candidate('a', 10, 0, false), candidate('b', 9, 0.3), candidate('c', 1, 0.3)], 'hybrid')
  expect(ranked[0]?.passageId).toBe('a')
})

test('equal scores have one order, whatever order they came in', () => {
  const list = ['c', 'a', 'b'].map((id) => candidate(id, 1, 0.5))
  expect(rankDocuments(list, 'hybrid')).toEqual(rankDocuments([...list].reverse(), 'hybrid'))
})

test.each([
  ['# Wing flutter\n\nbody', 'Wing flutter'], ['Wing flutter\n\nbody', 'Wing flutter'], ['Wing flutter\n====\nbody', 'Wing flutter'],
  ['Dear Sir,\n\nbody', null], ['a paragraph that\ngoes on', null], ['only one line', null], [`${'long '.repeat(60)}\n\nbody`, null], ['12\n\nbody', null], ['', null],
])('the heading of %j is %j', (text, heading) => {
  expect(headingOf(text)).toBe(heading)
})

test('the title is counted twice, its extension not, a heading that repeats it once', () => {
  expect(titleWords('Wing flutter.pdf', null).words).toBe('wing flutter wing flutter')
  expect(titleWords('scan-12.pdf', 'Wing flutter').words).toBe('scan 12 wing flutter scan 12 wing flutter')
  expect(titleWords('Wing flutter.pdf', 'Wing Flutter').words).toBe('wing flutter wing flutter')
  expect(embeddedText('12.txt', 'Wing', { text: 'Wing\n\nbody', heading: null })).toBe('Wing\n\nbody')
  expect(embeddedText('Wing.txt', null, { text: 'body', heading: null })).toBe('Wing. body')
  expect(embeddedText('12.txt', 'Wing', { text: 'body', heading: 'Drag' })).toBe('Wing. Drag. body')
})
