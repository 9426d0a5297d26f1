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
    group('pages_missing', 'passages_missing', 'words_missing', 'vectors_missing', 'stale_passages'),
    `events=${totals.events} ${group('missing', 'parked')}`,
    group('unreadable', 'stuck'),
  ].join(' | ')
}
