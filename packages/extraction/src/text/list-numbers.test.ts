import { expect, test } from 'vitest'
import { numeral, type NumberFormat } from './list-numbers.ts'

test.each<[NumberFormat, number, string]>([
  ['decimal', 12, '12'], ['decimalZero', 7, '07'], ['decimalZero', 12, '12'], ['lowerLetter', 1, 'a'], ['lowerLetter', 26, 'z'], ['lowerLetter', 28, 'bb'], ['upperLetter', 3, 'C'],
  ['lowerRoman', 4, 'iv'], ['upperRoman', 1994, 'MCMXCIV'], ['lowerRoman', 0, '0'], ['lowerLetter', -1, '-1'], ['lowerRoman', 4000, '4000'], ['lowerLetter', 1e9, '1000000000'],
])('%s %i is %s', (format, number, shown) => {
  expect(numeral(format, number)).toBe(shown)
})
