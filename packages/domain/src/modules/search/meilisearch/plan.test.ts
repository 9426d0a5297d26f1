import { expect, test } from 'vitest'
import { entryWord, mayBeMisspelt } from './entry-words.ts'
import { askedStems, countQueries, listQueries, mergeLists, MOST_CANDIDATES, type AskedStem } from './plan.ts'

const stem = (word: number, text: string, weight = 10 - word): AskedStem => ({ word, text, weight })
const queries = (stems: readonly AskedStem[], counts: readonly number[]) => listQueries(stems, counts).map(({ q, limit }) => `${q} ${limit}`)
const ids = (from: number, count: number) => Array.from({ length: count }, (_, n) => String(from + n))

test('sixteen words at most are asked, rarest first, each stem in quotes, so that its count is exact', () => {
  const terms = Array.from({ length: 20 }, (_, word) => ({ word, lexemes: [`a${word}`, `b${word}`], df: word, weight: 1 }))
  const stems = askedStems({ asked: [], terms, further: [], base: 0, slope: 0 })
  expect(stems).toHaveLength(32)
  expect(countQueries(stems).slice(0, 2)).toEqual([{ q: '"a0"', limit: 0 }, { q: '"b0"', limit: 0 }])
})

test('the rarest are listed whole until 2,500 visible, the commoner ones left over by twos, six of them at most', () => {
  const stems = ['rare', 'some', 'many', 'much', 'most'].map((text, word) => stem(word, text))
  expect(queries(stems, [3, 2_400, 90_000, 80_000, 70_000])).toEqual(['"rare" 2500', '"some" 2500', '"most" "much" 300', '"most" "many" 300', '"much" "many" 300'])
  const common = Array.from({ length: 9 }, (_, word) => stem(word, `w${word}`))
  expect(queries(common, common.map((_, n) => 5_000 + n)).filter((q) => q.endsWith(' 300'))).toHaveLength(15)
})

test('the first word is listed even where it alone is above the sum, and two stems of one word are no pair', () => {
  expect(queries([stem(0, 'alone')], [9_000])).toEqual(['"alone" 2500'])
  expect(queries([stem(0, 'first'), stem(1, 'wing'), stem(1, 'wings')], [9_000, 9_001, 9_002])).toEqual(['"first" 2500'])
})

test('typos are looked for where no stem of the word is held, and only in words long enough and of letters', () => {
  expect(queries([stem(0, 'boundery'), stem(1, 'layr'), stem(2, '20245678'), stem(3, '境界')], [0, 0, 0, 0])).toEqual(['boundery  300'])
  expect(queries([stem(0, 'boundery'), stem(0, 'bounderi')], [0, 4])).toEqual(['"bounderi" 2500'])
})

test('of more than 2,500 the ones with the heaviest words stay', () => {
  const lists = listQueries([stem(0, 'rare', 9), stem(1, 'common', 2)], [100, 2_400])
  const merged = mergeLists(lists, [{ count: 100, ids: ids(1, 100) }, { count: 2_400, ids: ids(51, 2_500) }])
  expect(merged.passageIds).toHaveLength(MOST_CANDIDATES)
  expect(new Set(merged.passageIds.slice(0, 50))).toEqual(new Set(ids(51, 50)))
  expect(new Set(merged.passageIds.slice(50, 100))).toEqual(new Set(ids(1, 50)))
  expect(merged.misspelt).toEqual([])
})

test('what a typo found is told apart', () => {
  const lists = listQueries([stem(0, 'boundery'), stem(1, 'layer')], [0, 1])
  expect(mergeLists(lists, [{ count: 1, ids: ['2'] }, { count: 1, ids: ['3'] }])).toEqual({ passageIds: ['3', '2'], misspelt: [{ word: 0, stems: ['boundery'], passageIds: ['3'] }] })
})

test('stems of scripts that the server would cut are written as one word of code points', () => {
  expect(['wing', 'férias', 'крыло', '2024', '境界', 'ไทย'].map(entryWord)).toEqual(['wing', 'férias', 'крыло', '2024', 'u5883u754c', 'ue44ue17ue22'])
  expect(['wings', 'wing', '境界境界境', 'a2345'].map(mayBeMisspelt)).toEqual([true, false, false, false])
})
