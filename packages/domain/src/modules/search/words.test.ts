import { expect, test } from 'vitest'
import { configOf, indexedWords, isSingle, plain, spellingsOf, wordsOf } from './words.ts'

const texts = (text: string): string[] => wordsOf(text).map((w) => w.text)

test.each([
  ['Heat, transfer; (wings).', ['heat', 'transfer', 'wings']],
  ['temperature/pressure 2024-0012 a.b@c.org', ['temperature', 'pressure', '2024', '0012', 'a', 'b', 'c', 'org']],
  ['INFORMAÇÃO Élève', ['informação', 'élève']],
  ['ﬁne eﬀect', ['fine', 'effect']],
  ['in\u00ADvisible', ['invisible']],
  ['informa-\n  tion', ['informa', 'tion', 'information']],
  ['re-enter', ['re', 'enter']],
  ['東京都', ['東京', '京都']],
  ['京', ['京']],
  ['2025年度のAI技術', ['2025', '年度', '度の', 'ai', '技術']],
  ['サーバー', ['サー', 'ーバ', 'バー']],
  ['회사는 계약을', ['회사', '사는', '계약', '약을']],
  ['회사'.normalize('NFD'), ['회사']],
  ['ที่ประเทศ', ['ที่ป', 'ปร', 'ระ', 'ะเ', 'เท', 'ทศ']],
  ['"\'\\!&|():*<->', []],
])('%j is read as its words', (text, expected) => {
  expect(texts(text)).toEqual(expected)
})

test('spans point at the word as it stands in the text', () => {
  const text = '😀 Eﬀect of “Ação” 東京'
  expect(wordsOf(text).map((w) => text.slice(w.start, w.end))).toEqual(['Eﬀect', 'of', 'Ação', '東京'])
})

test('a run of letters as long as a file is cut', () => {
  expect(texts('x'.repeat(10_000))[0]).toHaveLength(64)
})

test('the last character of what is indexed in pairs stands by itself as well, so that each can be found', () => {
  expect(indexedWords('東京都 2025年')).toEqual({ words: '東京 京都 2025 年', plainWords: '都' })
  expect([isSingle('京'), isSingle('京都'), isSingle('a'), isSingle('한'.normalize('NFD'))]).toEqual([true, false, false, true])
})

test('accented words are indexed plain as well, others once', () => {
  expect(indexedWords('A ação do motor')).toEqual({ words: 'a ação do motor', plainWords: 'acao' })
  expect(plain('naïve')).toBe('naive')
})

test.each([
  ['informacao', ['informacao', 'informação']], ['informações', ['informações', 'informacoes']], ['informacion', ['informacion', 'información']], ['wing', ['wing']], ['haeuser', ['haeuser', 'häuser']],
])('%s is also looked up as people may mean it', (word, expected) => {
  expect(spellingsOf(word)).toEqual(expect.arrayContaining(expected))
})

test.each([['en', 'english'], ['pt-BR', 'portuguese'], ['PT', 'portuguese'], ['zh', 'simple'], [null, 'simple'], ['', 'simple'], ['constructor', 'simple']])('the configuration of %s is %s', (language, config) => {
  expect(configOf(language)).toBe(config)
})
