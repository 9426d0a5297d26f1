import { expect, test } from 'vitest'
import { wordsOf } from '../words.ts'
import { bestSentences, type Source } from './extract.ts'

/** Marks are what the search marks; here the words as they are. */
function source(text: string, question: string, readable = true): Source {
  const terms = wordsOf(question).map((word) => word.text)
  return { text, readable, marks: wordsOf(text).flatMap(({ start, end, text: word }) => (terms.includes(word) ? [{ start, end, term: terms.indexOf(word) }] : [])) }
}
const nobodyKnows = async (texts: readonly string[]) => texts.map(() => null)
const best = async (question: string, texts: readonly string[]) =>
  (await bestSentences(texts.map((text) => source(text, question)), nobodyKnows, null)).map(({ text }) => text)

test('the sentence that holds the rare words of the question comes first, with the passage it is from', async () => {
  const question = 'who pays for the roof repair'
  const texts = ['The yard pays for many things. The harbour pays for the lamps. The tenant pays for the repair of the roof in every case.', 'The roof is blue.']
  const [first] = await bestSentences(texts.map((text) => source(text, question)), nobodyKnows, null)
  expect(first).toMatchObject({ source: 0, text: 'The tenant pays for the repair of the roof in every case.' })
  expect(texts[0]?.slice(first?.start, first?.end)).toBe(first?.text)
})

test('a heading that holds the words does not stand before the sentence that tells', async () => {
  expect((await best('storm damage', ['Storm damage\n\nThe storm of November did damage for 42,000 pounds to the roof.']))[0]).toBe('The storm of November did damage for 42,000 pounds to the roof.')
})

test('without a word of the question nothing is answered, unless a model finds it near enough in a language that it reads', async () => {
  const texts = ['The vehicle was sold to a farmer in May.', 'O veículo foi vendido em maio.']
  const near = async (given: readonly string[]) => given.map(() => 0.7)
  const ask = (nearness: typeof near, related: number | null, readable = true) =>
    bestSentences(texts.map((text) => source(text, 'car', readable)), nearness, related)
  expect(await ask(near, 0.5)).not.toEqual([])
  expect(await ask(near, 0.8)).toEqual([])
  expect(await ask(near, null)).toEqual([])
  expect(await ask(near, 0.5, false)).toEqual([])
})

test('three sentences at most, two of one passage, none twice', async () => {
  const same = 'The rent is due on the first of each month.'
  const texts = [`${same} The rent of the shed is due in May. The rent of the quay is due in June.`, same, 'The rent of the crane is due in July.']
  const answers = await best('rent due', texts)
  expect(answers).toHaveLength(3)
  expect(new Set(answers).size).toBe(3)
})
