import { expect, test } from 'vitest'
import { correctedReadings, forgiven } from './corrections.ts'

test('one edit is forgiven from the fifth letter on, two from the ninth', () => {
  expect(['wing', 'wings', 'boundary', 'boundarys'].map(forgiven)).toEqual([0, 1, 1, 2])
})

test('the nearest stems are meant, the commonest three of them, and accents are no edits', () => {
  const stem = (lexeme: string, df: number) => ({ word: 0, lexeme, config: 'simple', df })
  const misspelt = [{ word: 0, stems: ['ferais'], passageIds: ['1'] }]
  expect(correctedReadings(misspelt, [stem('férias', 2), stem('feras', 1), stem('feris', 5), stem('fera', 9), stem('ferai', 1), stem('feirais', 3)]).map(({ lexeme }) => lexeme))
    .toEqual(['feris', 'feirais', 'férias'])
  expect(correctedReadings(misspelt, [{ ...stem('férias', 2), word: 1 }])).toEqual([])
  expect(correctedReadings([{ word: 0, stems: ['wing'], passageIds: ['1'] }], [stem('ring', 1)])).toEqual([])
})
