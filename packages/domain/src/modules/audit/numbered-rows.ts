import type { StoredRow } from '@intellidocs/audit'
import type { StoredSeal } from './audit.types.ts'
import type { UnnumberedRow } from './seals.repository.ts'

/** The rows that stand where a seal was set, each with the number it was sealed under; one that was never sealed has that of its place. */
export function numbered(seal: StoredSeal, rows: readonly UnnumberedRow[]): StoredRow[] {
  const index = new Map(seal.rowIds.map((id, at) => [id, at]))
  return rows.map((row, at) => ({ ...row, seq: seal.first + (index.get(row.id) ?? at) }))
}
