import { complement, everything, intersection, type Interval, type Intervals } from './intervals.ts'
import { queryInvalid, type Piece } from './parse-query.ts'

const COMPARED = /^(?<sign>>=|<=|>|<)?(?<value>.*)$/su

/**
 * What a value of `created:`, `updated:` or `pages:` means, given what a date or a number by itself covers: `>` begins behind it, `>=` at its beginning,
 * `a..b` goes from the beginning of the one to the end of the other, and either may be left out.
 */
function rangeOf(piece: Piece, unit: (text: string) => Interval): Intervals {
  const dots = piece.text.indexOf('..')
  if (dots >= 0) {
    const [first, last] = [piece.text.slice(0, dots), piece.text.slice(dots + 2)]
    const [from, to] = [first === '' && last !== '' ? -Infinity : unit(first).from, last === '' ? Infinity : unit(last).to]
    return from < to ? [{ from, to }] : queryInvalid('range_reversed', piece)
  }
  const { sign, value = '' } = COMPARED.exec(piece.text)?.groups ?? {}
  const { from, to } = unit(value)
  switch (sign) {
    case '>': return [{ from: to, to: Infinity }]
    case '>=': return [{ from, to: Infinity }]
    case '<': return [{ from: -Infinity, to: from }]
    case '<=': return [{ from: -Infinity, to }]
    default: return [{ from, to }]
  }
}

const DATE = /^(?<year>[1-9]\d{3})(?:-(?<month>\d{1,2})(?:-(?<day>\d{1,2}))?)?$/u

/** What both ISO 8601 with four digits and Postgres write: the years 1 to 9999. What lies outside is without end. */
const [FIRST_MOMENT, LAST_MOMENT] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')]
const written = (moment: number): number => (moment < FIRST_MOMENT ? -Infinity : moment > LAST_MOMENT ? Infinity : moment)

/** Milliseconds since 1970 of a year, a month or a day of UTC. @throws AppError search.query_invalid */
export function dates(piece: Piece): Intervals {
  return rangeOf(piece, (text) => {
    const { year, month, day } = DATE.exec(text)?.groups ?? {}
    if (year === undefined) return queryInvalid('date_invalid', piece)
    const [y, m, d] = [Number(year), Number(month ?? 1) - 1, Number(day ?? 1)]
    const from = new Date(Date.UTC(y, m, d))
    if (from.getUTCMonth() !== m || from.getUTCDate() !== d) return queryInvalid('date_invalid', piece)
    const to = day !== undefined ? Date.UTC(y, m, d + 1) : month !== undefined ? Date.UTC(y, m + 1) : Date.UTC(y + 1, 0)
    return { from: from.getTime(), to: written(to) }
  })
}

/** Whole numbers. @throws AppError search.query_invalid */
export function pageCounts(piece: Piece): Intervals {
  return rangeOf(piece, (text) => {
    const pages = /^\d{1,9}$/u.test(text) ? Number(text) : queryInvalid('pages_invalid', piece)
    return { from: pages, to: pages + 1 }
  })
}

/** The moments from `after` on and before `before`, ISO 8601; null where neither is given. */
export function moments(after: string | undefined, before: string | undefined): Intervals | null {
  if (after === undefined && before === undefined) return null
  const since = after === undefined ? everything : complement([{ from: -Infinity, to: written(Date.parse(after)) }])
  return before === undefined ? since : intersection(since, complement([{ from: written(Date.parse(before)), to: Infinity }]))
}
