import { createHash } from 'node:crypto'

/** An audit row as the database keeps it, with its number in the chain. */
export type StoredRow = {
  readonly seq: number
  readonly org: string
  /** The row's place: (xid, id) is the order in which rows are sealed. Decimal digits, as they may be larger than a double holds. */
  readonly xid: string
  readonly id: string
  /** ISO 8601 in UTC with six decimals. */
  readonly at: string
  readonly actorId: string
  readonly actorKind: string
  readonly sessionId: string | null
  readonly keyId: string | null
  readonly address: string | null
  readonly action: string
  readonly subjectType: string
  readonly subjectId: string | null
  readonly requestId: string | null
  /** JSON as the database writes it. */
  readonly dataText: string
}

/**
 * The one spelling of a row: what is hashed and what an export holds, byte for byte, so that nobody has to spell JSON again to verify it. A
 * change of this function would break every chain there is.
 */
export function lineOfRow(row: StoredRow): string {
  const said = JSON.stringify({
    type: 'row', seq: row.seq, org: row.org, xid: row.xid, id: row.id, at: row.at,
    actor: { id: row.actorId, kind: row.actorKind, session: row.sessionId, key: row.keyId, address: row.address },
    action: row.action, subject: { type: row.subjectType, id: row.subjectId }, request: row.requestId,
  })
  return `${said.slice(0, -1)},"data":${row.dataText}}`
}

/** SHA-256 of the row's line, 32 bytes. */
export const hashOfRow = (line: string): Buffer => createHash('sha256').update(line, 'utf8').digest()
