import type { Tx } from '@intellidocs/kernel'
import { searchRepository, type MeaningRow } from './search.repository.ts'
import type { QueryVector, Scope } from './search.types.ts'

/** Passages of the index, which comes upon each of them among many of others; more where too few of these may be read. */
export const BY_INDEX = [100, 400] as const
/** In fewer documents than this stands what may be read of it, or meets the filters: then it says too little. */
const ENOUGH = 50

/** The documents whose passages are nearest, of those that may be read: by the index where that is cheaper and finds them, else by an exact scan. */
export async function nearest(tx: Tx, scope: Scope, ask: { vector: QueryVector; limit: number }): Promise<MeaningRow[]> {
  const byIndex = await searchRepository.isSmall(tx, scope, ask.vector) ? [] : BY_INDEX
  for (const limit of byIndex) {
    const found = bestOfEach(await searchRepository.meaningNear(tx, scope, { vector: ask.vector, limit }))
    if (found.length >= Math.min(ENOUGH, ask.limit)) return found.slice(0, ask.limit)
  }
  return searchRepository.meaningExact(tx, scope, ask)
}

/** Of passages, the nearest first, the first of each document. */
export function bestOfEach(passages: readonly MeaningRow[]): MeaningRow[] {
  const best = new Map<string, MeaningRow>()
  for (const passage of passages) if (!best.has(passage.documentId)) best.set(passage.documentId, passage)
  return [...best.values()]
}
