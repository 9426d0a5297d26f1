import { queryFaults, type QueryFault, type QueryFaultReason } from '@intellidocs/contracts'
import { AppError } from '@intellidocs/kernel'
import { wordsOf } from '../words.ts'

/** A piece of a query; UTF-16 code units of the query, end exclusive. */
export type Piece = { readonly text: string; readonly start: number; readonly end: number }

export const fields = ['type', 'tag', 'folder', 'owner', 'created', 'updated', 'pages', 'language', 'flow', 'name', 'title'] as const
export type Field = (typeof fields)[number]

/** `tag:invoice,"to pay"`: any of the values; `not` with a dash in front. */
export type Clause = { readonly field: Field; readonly not: boolean; readonly values: readonly Piece[]; readonly start: number; readonly end: number }

export type ParsedQuery = {
  /** What is looked for, phrases among it without their marks; the query itself where it holds nothing but words. */
  readonly text: string
  readonly phrases: readonly Piece[]
  readonly without: readonly Piece[]
  readonly clauses: readonly Clause[]
}

/** More of them no person types, and each costs a look at the index. */
const MOST_OPERATORS = 32
/**
 * What begins an operator, where a word may begin. Everything else that looks like one is words: `10:30`, `http://`, `well-known`, `- so`, `5"`. A dash in
 * front of a digit is a minus.
 */
const OPERATOR = new RegExp(`(?<![^\\s([{])(?<dash>-?)(?:(?<field>${fields.join('|')}):(?=[^\\s,])|(?<quote>["“”„])|(?<=-)(?=\\p{L}))`, 'giu')
const VALUE_END = /[\s,]/u
/** What ends a sentence or a bracket around a value belongs to neither. */
const TRAILING = /[)\]}?!;]+$/u

/** @throws AppError search.query_invalid with a `QueryFault` */
export function queryInvalid(reason: QueryFaultReason, { start, end }: Pick<Piece, 'start' | 'end'>): never {
  throw new AppError('search.query_invalid', { details: { reason, start, end, message: queryFaults[reason] } satisfies QueryFault })
}

/**
 * Reads a query: words, "exact phrases", -without, -"without this phrase", and filters `field:value`, which a dash turns round. What is not quite an
 * operator is words, so that no question that people write is refused.
 * @throws AppError search.query_invalid
 */
export function parseQuery(query: string): ParsedQuery {
  const [phrases, without, clauses]: [Piece[], Piece[], Clause[]] = [[], [], []]
  let [text, from] = ['', 0]
  const keep = (to: number, next: number, between: string): void => {
    text += `${query.slice(from, to)}${between}`
    from = next
  }
  for (let at = 0; ;) {
    OPERATOR.lastIndex = at
    const match = OPERATOR.exec(query)
    if (match === null) break
    const not = match.groups?.['dash'] === '-'
    const [start, body] = [match.index, match.index + match[0].length]
    const field = match.groups?.['field']?.toLowerCase() as Field | undefined
    const read = field !== undefined ? readValues(query, body) : match.groups?.['quote'] !== undefined ? readQuoted(query, body - 1) : readWord(query, body)
    at = Math.max(read.end, body)
    if (read.pieces.length === 0) continue
    if (field !== undefined) clauses.push({ field, not, values: read.pieces, start, end: read.end })
    else if (not) without.push(...read.pieces)
    else phrases.push(...read.pieces)
    keep(start, read.end, field === undefined && !not ? read.pieces.map((piece) => ` ${piece.text} `).join('') : ' ')
    if (phrases.length + without.length + clauses.length > MOST_OPERATORS) queryInvalid('too_many', { start, end: read.end })
  }
  if (from === 0) return { text: query, phrases, without, clauses }
  keep(query.length, query.length, '')
  return { text: text.replace(/\s+/gu, ' ').trim(), phrases, without, clauses }
}

type Read = { readonly pieces: readonly Piece[]; readonly end: number }

const hasWords = (text: string): boolean => wordsOf(text).length > 0

/** A phrase from its opening mark on. One without words, and a mark with no words behind it, is punctuation. */
function readQuoted(query: string, open: number): Read {
  const close = closingQuote(query, open)
  if (close < 0) {
    if (hasWords(query.slice(open))) queryInvalid('quote_open', { start: open, end: open + 1 })
    return { pieces: [], end: query.length }
  }
  const text = query.slice(open + 1, close)
  return { pieces: hasWords(text) ? [{ text, start: open, end: close + 1 }] : [], end: close + 1 }
}

function readWord(query: string, start: number): Read {
  const text = /^\S+/u.exec(query.slice(start))?.[0] ?? ''
  const end = start + text.length
  return { pieces: hasWords(text) ? [{ text, start, end }] : [], end }
}

/** Values with commas between, each as it is or in quotation marks. */
function readValues(query: string, start: number): Read {
  const pieces: Piece[] = []
  let at = start
  for (;;) {
    const quoted = /["“”„]/u.test(query.charAt(at))
    const end = quoted ? afterQuoted(query, at) : endOfValue(query, at)
    const text = quoted ? query.slice(at + 1, end - 1).trim() : query.slice(at, end).replace(TRAILING, '')
    if (text !== '') pieces.push({ text, start: at, end: quoted ? end : at + text.length })
    if (query.charAt(end) !== ',') return { pieces, end }
    at = end + 1
  }
}

function afterQuoted(query: string, open: number): number {
  const close = closingQuote(query, open)
  return close < 0 ? queryInvalid('quote_open', { start: open, end: open + 1 }) : close + 1
}

function endOfValue(query: string, start: number): number {
  const length = query.slice(start).search(VALUE_END)
  return length < 0 ? query.length : start + length
}

/** Keyboards of telephones turn marks round: one that is curved is closed by any. */
function closingQuote(query: string, open: number): number {
  const length = query.slice(open + 1).search(query.charAt(open) === '"' ? /"/u : /["“”]/u)
  return length < 0 ? -1 : open + 1 + length
}
