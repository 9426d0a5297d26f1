import { expect, test } from 'vitest'
import { cleanText, joinLines } from './clean.ts'

/** What a stored text is and what a cell is, said as plainly as can be, and in time that grows with the square of a run of blanks. */
// oxlint-disable-next-line no-control-regex -- control characters are what is taken away
const plainly = (text: string) => text.replace(/\r\n?|[\u000c\u0085\u2028\u2029]/g, '\n').replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufeff\ufffe\uffff]/g, '')
  .toWellFormed().replace(/[ \t\u00a0]+\n/g, '\n').replace(/\n{3,}/g, '\n\n').replace(/^\n+|\s+$/g, '')
const plainLine = (text: string) => text.replace(/\s*\n\s*/g, ' ')

const letters = [' ', ' ', '\n', '\n', '\t', '\u00a0', '\r', '\u3000', '\u2028', '\f', '\v', '\u0000', '\ufeff', '\u0085', '\ud800', 'a', 'é', '😀']

/** Texts that are the same at each run (a linear congruential generator). */
function* texts(count: number): Generator<string> {
  let seed = 7
  const next = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  for (let made = 0; made < count; made += 1) yield Array.from({ length: next(14) }, () => letters[next(letters.length)]).join('')
}

test('texts and cells are cleaned as they always were', () => {
  const all = [...texts(20_000)]
  expect(all.map(cleanText)).toEqual(all.map(plainly))
  expect(all.map(joinLines)).toEqual(all.map(plainLine))
})

test('runs of blanks cost no more than their length', () => {
  const blanks = `a${' '.repeat(300_000)}b`
  expect(cleanText(`${blanks}\n${blanks}  `)).toBe(`${blanks}\n${blanks}`)
  expect(joinLines(`${blanks}\n ${blanks}`)).toBe(`${blanks} ${blanks}`)
})
