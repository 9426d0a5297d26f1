import { hashOfRow, hashOfSeal, lineOfRow } from '@intellidocs/audit'
import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { AuditKeys } from './audit.keys.ts'
import { FIRST_PLACE, lastSeq, type StoredSeal } from './audit.types.ts'
import { assertOwnSeal } from './own-seals.ts'
import { insertSeal, lastSeal, rowsToSeal, takeTurn, type UnnumberedRow } from './seals.repository.ts'

/** Rows of one seal at most: what one transaction holds in memory. */
export const SEAL_ROWS = 1_000

/**
 * One seal behind the last; the number of rows in it. Null: another process is at it. In the organization's own unit.
 * @throws AppError audit.broken (the last seal is not ours: what is set behind it would pass for proven)
 */
export async function sealNext(tx: Tx, orgId: OrgId, keys: AuditKeys): Promise<number | null> {
  const at = await takeTurn(tx, orgId)
  if (at === null) return null
  const last = await lastSeal(tx, orgId)
  if (last !== null) assertOwnSeal(keys, last)
  const rows = await rowsToSeal(tx, orgId, { after: last?.place ?? FIRST_PLACE, limit: SEAL_ROWS })
  const seal = sealOver(rows, { org: orgId, at, last }, keys)
  if (seal !== null) await insertSeal(tx, seal)
  return rows.length
}

function sealOver(rows: readonly UnnumberedRow[], on: { org: OrgId; at: string; last: StoredSeal | null }, keys: AuditKeys): StoredSeal | null {
  const end = rows.at(-1)
  if (end === undefined) return null
  const first = lastSeq(on.last) + 1
  const content = {
    org: on.org, number: (on.last?.number ?? 0) + 1, first, count: rows.length, at: on.at, previous: on.last?.hash.toString('hex') ?? '',
    rowHashes: Buffer.concat(rows.map((row, index) => hashOfRow(lineOfRow({ ...row, seq: first + index })))),
  }
  const hash = hashOfSeal(content)
  return { ...content, hash, mac: keys.macOf(hash), rowIds: rows.map((row) => row.id), place: { xid: end.xid, id: end.id } }
}
