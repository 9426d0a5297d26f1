import type { Tx } from '@intellidocs/kernel'
import { searchRepository, type MeaningRow } from './search.repository.ts'
import type { QueryVector, Scope } from './search.types.ts'

/** Of the index, which comes upon each of them among many of others. */
const BY_INDEX = 100
/** Fewer than this of what the index found may be read, or meets the filters: then it says too little. */
const ENOUGH = 50

/** The documents whose passages are nearest, of those that may be read: by the index where that is cheaper and finds them, else by an exact scan. */
export async function nearest(tx: Tx, scope: Scope, ask: { vector: QueryVector; limit: number }): Promise<MeaningRow[]> {
  if (!await searchRepository.isSmall(tx, scope, ask.vector)) {
    const limit = Math.min(BY_INDEX, ask.limit)
    const rows = await searchRepository.meaningNear(tx, scope, { ...ask, limit })
    if (rows.length >= Math.min(ENOUGH, limit)) return rows
  }
  return searchRepository.meaningExact(tx, scope, ask)
}
