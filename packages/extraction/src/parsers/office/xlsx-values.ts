/** Number formats that come without a definition: dates, times and shares (ECMA-376 part 1, 18.8.30). */
const builtInDates = new Set([14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 34, 35, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58])
const builtInTimes = new Set([18, 19, 20, 21, 32, 33, 45, 46, 47])
const builtInPercents = new Set([9, 10])

export type NumberKind = 'number' | 'date' | 'time' | 'percent'

/** What a number means under a format: its id, or its code without what is quoted, escaped or in brackets. */
export function kindOfFormat(id: number, code: string | undefined): NumberKind {
  if (code === undefined) return builtInDates.has(id) ? 'date' : builtInTimes.has(id) ? 'time' : builtInPercents.has(id) ? 'percent' : 'number'
  const elapsed = /\[(h+|m+|s+)\]/i.test(code)
  const bare = code.replace(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g, '').split(';')[0] ?? ''
  if (/general/i.test(bare)) return 'number'
  if (/[yd]/i.test(bare) || /m{3,}/i.test(bare)) return 'date'
  if (elapsed || /[hs]/i.test(bare)) return 'time'
  if (/m/i.test(bare) && !/[0#]/.test(bare)) return 'date'
  return bare.includes('%') ? 'percent' : 'number'
}

/** Decimal digits without an exponent; at most 15 of them mean anything in a double, as sheets show them. Whole numbers keep all they have. */
export function plainNumber(raw: string): string {
  if (/^-?\d+$/.test(raw)) return raw
  const value = Number(raw)
  if (!Number.isFinite(value)) return raw
  if (Math.abs(value) >= 1e21 || (value !== 0 && Math.abs(value) < 1e-9)) return String(value)
  if (Number.isInteger(value)) return BigInt(value).toString()
  const rounded = Number(value.toPrecision(15))
  return String(rounded).includes('e') ? rounded.toFixed(20).replace(/0+$/, '') : String(rounded)
}

const dayMs = 86_400_000
const lastSerial = 2_958_466

/** A day number of a sheet as `2024-05-31`, `2024-05-31 13:45` or, without a day, `13:45`. Day 60 of 1900 never was: both calendars meet after it. */
export function dateOfSerial(serial: number, options: { from1904: boolean; timeOnly: boolean }): string {
  if (!Number.isFinite(serial) || serial < 0 || serial >= lastSerial) return plainNumber(String(serial))
  const seconds = Math.round(serial * 86_400)
  if (options.timeOnly) return clockOf(seconds)
  const epoch = options.from1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, serial < 61 ? 31 : 30)
  const day = new Date(epoch + Math.floor(seconds / 86_400) * dayMs).toISOString().slice(0, 10)
  return seconds % 86_400 === 0 ? day : `${day} ${clockOf(seconds % 86_400)}`
}

/** Hours may pass 24: a span of time, not a time of day. */
function clockOf(seconds: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0')
  const rest = seconds % 60
  return `${two(seconds / 3_600)}:${two((seconds / 60) % 60)}${rest === 0 ? '' : `:${two(rest)}`}`
}

export function numberText(raw: string, kind: NumberKind, from1904: boolean): string {
  const value = Number(raw)
  if (raw === '' || !Number.isFinite(value)) return raw
  if (kind === 'date' || kind === 'time') return dateOfSerial(value, { from1904, timeOnly: kind === 'time' })
  if (kind === 'percent') return `${plainNumber(String(Number((value * 100).toPrecision(15))))}%`
  return plainNumber(raw)
}

/** Words of a header or footer, without the codes of fonts, places, page numbers and dates among them (ECMA-376 part 1, 18.3.1.39). */
export function marginWords(code: string): string {
  return code.replace(/&(?:&|[LCR]|"[^"]*"|K[0-9A-Fa-f]{6}|\d+|[A-Za-z])/g, (found) => (found === '&&' ? '&' : /^&[LCR]$/.test(found) ? ' ' : '')).replace(/\s+/g, ' ').trim()
}
