export type NumberFormat = 'decimal' | 'decimalZero' | 'lowerLetter' | 'upperLetter' | 'lowerRoman' | 'upperRoman'

const roman: readonly (readonly [number, string])[] = [
  [1000, 'm'], [900, 'cm'], [500, 'd'], [400, 'cd'], [100, 'c'], [90, 'xc'], [50, 'l'], [40, 'xl'], [10, 'x'], [9, 'ix'], [5, 'v'], [4, 'iv'], [1, 'i'],
]
/** Beyond these, letters and Roman numerals are longer than anybody reads, and a file could ask for any length. */
const [mostLetters, mostRoman] = [26 * 5, 3999]

/** A number as lists count: after z comes aa, then bb. In figures where its format has no sign for it. */
export function numeral(format: NumberFormat, number: number): string {
  const figures = String(number)
  if (number < 1) return figures
  switch (format) {
    case 'decimalZero': return figures.padStart(2, '0')
    case 'lowerLetter': return number > mostLetters ? figures : String.fromCharCode(97 + ((number - 1) % 26)).repeat(Math.ceil(number / 26))
    case 'lowerRoman': return number > mostRoman ? figures : romanOf(number)
    case 'upperLetter': return numeral('lowerLetter', number).toUpperCase()
    case 'upperRoman': return numeral('lowerRoman', number).toUpperCase()
    case 'decimal': return figures
  }
}

function romanOf(number: number): string {
  let [rest, written] = [number, '']
  for (const [value, sign] of roman) {
    for (; rest >= value; rest -= value) written += sign
  }
  return written
}

/** What stands before an entry that is not counted. Letters and private use are how symbol fonts name their signs: a bullet to whoever looks. */
export function bulletOf(sign: string): string {
  const shown = sign.trim()
  return shown === '' || /^[\p{L}\p{N}\ue000-\uf8ff§·¨¾¡\ufffd]/u.test(shown) ? '•' : shown.slice(0, 2).toWellFormed()
}

/** A mark has no more letters: whatever a file says. */
export const longestMark = 40
