import type { Settings } from 'meilisearch'
import type { OrgId } from '@intellidocs/contracts'

/** The index of the passages of all organizations, and the one that is built beside it; keys are made for `passages*`. */
export const PASSAGES_INDEX = 'passages'
export const besideOf = (index: string): string => `${index}_new`

/** A passage there: its stems and who may read it. No text: nothing to leak, and the index is half as large. `version` is that of the write. */
export type Entry = { readonly id: string; readonly s: string; readonly org: OrgId; readonly readers: readonly string[]; readonly doc: string; readonly version: number }

/**
 * What the index is set to, compared with what it says at every start. Typos are forgiven from the fifth letter on, never in numbers; a word in quotes stays
 * exact. Prefixes are for what somebody is typing; positions by field, which is a third of the size and half of the time to write (docs/adr/0033).
 */
export const indexSettings: Settings = {
  searchableAttributes: ['s'],
  displayedAttributes: ['id'],
  filterableAttributes: [{ attributePatterns: ['org', 'readers', 'doc', 'version'], features: { facetSearch: false, filter: { equality: true, comparison: false } } }],
  rankingRules: ['words', 'attributeRank', 'wordPosition'],
  stopWords: [],
  typoTolerance: { enabled: true, minWordSizeForTypos: { oneTypo: 5, twoTypos: 9 }, disableOnNumbers: true },
  proximityPrecision: 'byAttribute',
  prefixSearch: 'indexingTime',
  facetSearch: false,
  pagination: { maxTotalHits: 5_000 },
  searchCutoffMs: 800,
}
