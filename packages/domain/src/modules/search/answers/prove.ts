import type { Claim, Hit, Span } from '@intellidocs/contracts'
import type { Proposal } from './proposals.ts'
import { spanOfQuote } from './quotes.ts'

/** An address or what becomes one where text is rendered: a way to carry away what stands around it. */
const ADDRESS = /\w+:\/\/|\bwww\.|\]\(/iu

/** A claim whose quote stands where it says; where that is on the page is looked up when it is told. */
export type Proved = Omit<Claim, 'boxes'>

/** A sentence of a hit, as a claim that is its own proof. */
export const extractOf = (hit: Hit, span: Span): Proved => ({ ...placeOf(hit, span), text: hit.passage.slice(span.start, span.end) })

/**
 * What a model proposed, once it is proved: its quote stands in the passage it names, and it holds no address that does not stand there too.
 * Null: it is dropped.
 */
export function claimOf({ claim, passage, quote }: Extract<Proposal, { kind: 'claim' }>, hits: readonly Hit[]): Proved | null {
  const hit = hits[passage - 1]
  const span = hit === undefined ? null : spanOfQuote(hit.passage, quote)
  if (hit === undefined || span === null || (ADDRESS.test(claim) && !hit.passage.includes(claim))) return null
  return { ...placeOf(hit, span), text: claim.replace(/[\p{Cc}\p{Cf}]+/gu, ' ') }
}

const placeOf = ({ documentId, versionId, name, version, page, span, passage }: Hit, { start, end }: Span): Omit<Proved, 'text'> =>
  ({ documentId, versionId, name, version, page, span: { start: span.start + start, end: span.start + end }, quote: passage.slice(start, end) })
