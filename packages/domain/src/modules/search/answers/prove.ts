import type { Claim, Hit, Span } from '@intellidocs/contracts'
import type { Proposal } from './proposals.ts'
import { spanOfQuote } from './quotes.ts'

/**
 * In a word, an address or what becomes one where text is rendered: a way to carry away what stands around it. Names of hosts are told by an end of two letters or more,
 * which "e.g.", "p.m." and 4.5 have not.
 */
const ADDRESS = new RegExp([
  String.raw`[/\\]{2}`, String.raw`\]\(`, String.raw`\b(?:mailto|tel|sms|data|javascript|vbscript|file|blob|ftp|https?):\S`,
  String.raw`[\p{L}\p{N}_-]\.\p{L}{2,}(?![\p{L}\p{N}_-])`, String.raw`xn--`, String.raw`\d{1,3}(?:\.\d{1,3}){3}[/?#:]`,
].join('|'), 'iu')

/** A claim whose quote stands where it says; where that is on the page is looked up when it is told. */
export type Proved = Omit<Claim, 'boxes'>

/** A sentence of a hit, as a claim that is its own proof. */
export const extractOf = (hit: Hit, span: Span): Proved => ({ ...placeOf(hit, span), text: hit.passage.slice(span.start, span.end) })

/**
 * What a model proposed, once it is proved: its quote stands in the passage it names, and it holds no address that does not stand there too
 * (or is the document's name).
 * Null: it is dropped.
 */
export function claimOf({ claim, passage, quote }: Extract<Proposal, { kind: 'claim' }>, hits: readonly Hit[]): Proved | null {
  const hit = hits[passage - 1]
  const span = hit === undefined ? null : spanOfQuote(hit.passage, quote)
  const text = claim.replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
  if (hit === undefined || span === null || hasForeignAddress(text, hit)) return null
  return { ...placeOf(hit, span), text }
}

/** Whole words are compared: the beginning of an address that stands there is another one. */
function hasForeignAddress(claim: string, { passage, name }: Hit): boolean {
  const addresses = wordsOf(claim).filter((word) => ADDRESS.test(word.normalize('NFKC')))
  if (addresses.length === 0 || passage.includes(claim)) return false
  const there = new Set([...wordsOf(passage), ...wordsOf(name)])
  return addresses.some((word) => !there.has(word))
}

/** Without the signs of the sentence around them. */
const wordsOf = (text: string): string[] => text.split(/\s+/u).map((word) => word.replace(/^[("'“‘„«‹<]+|[.,;:!?)"'”’»›>]+$/gu, ''))

const placeOf = ({ documentId, versionId, name, version, page, span, passage }: Hit, { start, end }: Span): Omit<Proved, 'text'> =>
  ({ documentId, versionId, name, version, page, span: { start: span.start + start, end: span.start + end }, quote: passage.slice(start, end) })
