import { bulletOf, numeral, type NumberFormat } from '../../text/list-numbers.ts'

/** What stands before a paragraph of a slide: a sign, a number of this type, or nothing, as said so. */
export type Bullet = { sign: string } | { type: string; start: number } | 'none'
/** By level, from 0. */
export type Bullets = Map<number, Bullet>

/** What an element says of the mark of its paragraphs; undefined: nothing. */
export function bulletIn(name: string, attributes: Record<string, string>): Bullet | undefined {
  if (name === 'buNone') return 'none'
  if (name === 'buChar' || name === 'buBlip') return { sign: bulletOf(attributes['char'] ?? '') }
  return name === 'buAutoNum' ? { type: attributes['type'] ?? '', start: Math.trunc(Number(attributes['startAt'] ?? 1)) || 1 } : undefined
}

const formats: readonly (readonly [RegExp, NumberFormat])[] = [[/^alphaLc/, 'lowerLetter'], [/^alphaUc/, 'upperLetter'], [/^romanLc/, 'lowerRoman'], [/^romanUc/, 'upperRoman']]

/** A number as the type of its list shows it ([ECMA-376] part 1, 20.1.10.61). */
function numbered(type: string, number: number): string {
  const shown = numeral(formats.find(([of]) => of.test(type))?.[1] ?? 'decimal', number)
  if (type.endsWith('ParenBoth')) return `(${shown})`
  if (type.endsWith('ParenR')) return `${shown})`
  return type.endsWith('Plain') ? shown : `${shown}.`
}

/** Counts the paragraphs of a shape, which are told in their order with their marks. */
export function createSlideMarks(): (bullet: Bullet | undefined, level: number) => string {
  let counts: { type: string; number: number }[] = []
  return (bullet, level) => {
    counts = counts.slice(0, level + 1)
    if (bullet === undefined || bullet === 'none' || 'sign' in bullet) {
      counts = counts.slice(0, level)
      return bullet === undefined || bullet === 'none' ? '' : bullet.sign
    }
    const before = counts[level]
    const number = before?.type === bullet.type ? before.number + 1 : bullet.start
    counts[level] = { type: bullet.type, number }
    return numbered(bullet.type, number)
  }
}
