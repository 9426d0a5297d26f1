import { differenceKinds, type Difference, type DifferenceKind } from './checks.ts'

export type Totals = { readonly documents: number; readonly searchable: number; readonly blobs: number; readonly events: number }
export type Counts = Record<DifferenceKind, number>

export function countByKind(differences: readonly Difference[]): Counts {
  const counts = Object.fromEntries(differenceKinds.map((kind) => [kind, 0])) as Counts
  for (const { kind } of differences) counts[kind] += 1
  return counts
}

/** The line that scripts and people read, groups between bars. */
export function reportLine(totals: Totals, counts: Counts): string {
  const group = (...kinds: DifferenceKind[]) => kinds.map((kind) => `${kind}=${counts[kind]}`).join(' ')
  return [
    `documents=${totals.documents} searchable=${totals.searchable} ${group('unpublished', 'dup_hits')}`,
    `blobs=${totals.blobs} ${group('orphan_blobs', 'missing_blobs', 'sha_mismatch')}`,
    group('pages_missing', 'passages_missing', 'words_missing', 'vectors_missing', 'stale_passages', 'stale_words'),
    `events=${totals.events} ${group('missing', 'double_events', 'double_usage', 'parked')}`,
    group('unreadable', 'no_run', 'open_run', 'stuck'),
    group('lost_decision', 'double_decision', 'double_steps'),
  ].join(' | ')
}

/** What the promises are measured by. `decisions` are those that were acknowledged with their result. */
export type Promises = {
  readonly acked: number; readonly lost: number
  readonly searchable: number; readonly dup_hits: number
  readonly orphan_blobs: number; readonly missing_blobs: number; readonly sha_mismatch: number
  readonly decisions: number; readonly double: number
  readonly events: number; readonly missing: number; readonly dup_effect: number
  readonly foreign_reads: number
  readonly stuck: number
}

/** Every kind counts in one figure of the line, so that the line is all zeros only when nothing at all was found. */
const figureOf: Record<DifferenceKind, Exclude<keyof Promises, 'acked' | 'searchable' | 'decisions' | 'events'>> = {
  lost: 'lost', wrong_bytes: 'lost', not_found: 'lost', unpublished: 'lost', unreadable: 'lost', pages_missing: 'lost', passages_missing: 'lost',
  words_missing: 'lost', vectors_missing: 'lost', lost_decision: 'lost',
  dup_hits: 'dup_hits', stale_passages: 'dup_hits', stale_words: 'dup_hits',
  orphan_blobs: 'orphan_blobs', missing_blobs: 'missing_blobs', sha_mismatch: 'sha_mismatch',
  double_decision: 'double', told_otherwise: 'double',
  missing: 'missing', not_received: 'missing', parked: 'missing', not_told: 'missing', hook_missing: 'missing',
  double_events: 'dup_effect', double_usage: 'dup_effect', double_upload: 'dup_effect', double_run: 'dup_effect', received_twice: 'dup_effect',
  refused_kept: 'dup_effect', double_steps: 'dup_effect', hook_twice: 'dup_effect', mailed_twice: 'dup_effect',
  foreign_reads: 'foreign_reads',
  stuck: 'stuck', no_run: 'stuck', open_run: 'stuck',
}

/** What a ledger was promised, and what of it is there. */
export type PromisedFacts = Pick<Promises, 'acked' | 'searchable' | 'decisions' | 'events'>

export function promisesOf(facts: PromisedFacts, differences: readonly Difference[]): Promises {
  const promises = {
    acked: facts.acked, lost: 0, searchable: facts.searchable, dup_hits: 0, orphan_blobs: 0, missing_blobs: 0, sha_mismatch: 0,
    decisions: facts.decisions, double: 0, events: facts.events, missing: 0, dup_effect: 0, foreign_reads: 0, stuck: 0,
  }
  for (const { kind } of differences) promises[figureOf[kind]] += 1
  return promises
}

const promiseGroups = [
  ['acked', 'lost'], ['searchable', 'dup_hits'], ['orphan_blobs', 'missing_blobs', 'sha_mismatch'], ['decisions', 'double'],
  ['events', 'missing', 'dup_effect'], ['foreign_reads'], ['stuck'],
] as const satisfies (keyof Promises)[][]

/** The line of a ledger: what was promised, and what of it does not hold. */
export const promiseLine = (promises: Promises): string =>
  promiseGroups.map((group) => group.map((name) => `${name}=${promises[name]}`).join(' ')).join(' | ')
