import { expect, test } from 'vitest'
import { wordsOf } from '../words.ts'
import { holdsPhrase, phraseSpellings, writtenSideBySide } from './phrases.ts'

const holds = (text: string, phrase: string): boolean => holdsPhrase(wordsOf(text), phrase)

test.each([
  ['The Annual Report of 2025.', 'annual report'], ['annual, report', 'Annual report'], ['annual annual report', 'annual report'], ['informação pública', 'informacao publica'],
  ['nota de informação', 'nota de informacao'], ['a new informa-\n  tion theory', 'new information theory'], ['a new informa-\n  tion theory', 'new informa tion theory'],
  ['a new informa-\n  tion theory', 'information theory'], ['in informa-\ntion', 'in information'], ['東京都庁', '京都庁'], ['ﬁne', 'fine'], ['今年度', '年'], ['2025年度', '2025年'], ['회사는', '회사'], ['to be, or not to be', 'or not to be'],
])('%j holds %j', (text, phrase) => {
  expect(holds(text, phrase)).toBe(true)
})

test.each([
  ['annual and report', 'annual report'], ['report annual', 'annual report'], ['annual reports', 'annual report'], ['wings', 'wing'], ['informacao', 'informação'],
  ['a new informa-\n  tion theory', 'tion information'], ['a new informa-\n  tion theory', 'informa theory'], ['東京大阪', '東大'], ['annual', 'annual report'], ['', 'x'], ['x', '!'],
])('%j does not hold %j', (text, phrase) => {
  expect(holds(text, phrase)).toBe(false)
})

test('the index is asked with accents and without, and nothing in a word is an operator', () => {
  expect(phraseSpellings('Ação do mar')).toEqual(['ação do mar', 'acao do mar'])
  expect(writtenSideBySide("it's <-> !x", (word) => `'${word}'`)).toBe("'it' <-> 's' <-> 'x'")
})
