import type { Checkpoint, StoredRow } from '@intellidocs/audit'
import type { OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { Place, StoredSeal } from './audit.types.ts'

/** As it is hashed: UTC with all six decimals. */
const moment = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

export type UnnumberedRow = Omit<StoredRow, 'seq'>
export const ROW = Prisma.raw(`a.org_id::text as org, a.xid::text as xid, a.id::text as id, ${moment('a.at')} as at, a.actor_id::text as "actorId",
  a.actor_kind as "actorKind", a.session_id::text as "sessionId", a.key_id::text as "keyId", a.address, a.action,
  a.subject_type as "subjectType", a.subject_id as "subjectId", a.request_id as "requestId", a.data::text as "dataText"`)

/**
 * Lets one process at a time seal an organization, until the transaction ends. Answers the present moment as seals write it; null when another
 * process has the turn.
 */
export async function takeTurn(tx: Tx, orgId: OrgId): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ locked: boolean; at: string }[]>`
    select pg_try_advisory_xact_lock(hashtextextended(${`audit.seal:${orgId}`}, 0)) as locked, ${Prisma.raw(moment('clock_timestamp()'))} as at`
  return row?.locked === true ? row.at : null
}

/** Rows behind a place that nothing can appear before any more, in order. */
export function rowsToSeal(tx: Tx, orgId: OrgId, { after, limit }: { after: Place; limit: number }): Promise<UnnumberedRow[]> {
  return tx.$queryRaw<UnnumberedRow[]>`
    select ${ROW} from audit a
    where a.org_id = ${orgId}::uuid and (a.xid, a.id) > (${after.xid}::text::xid8, ${after.id}::text::bigint) and a.xid < (select app.feed_horizon())
    order by a.xid, a.id limit ${limit}`
}

export type RowFilter = {
  readonly actorId?: string | undefined; readonly action?: string | undefined
  readonly subjectType?: string | undefined; readonly subjectId?: string | undefined
  readonly from?: string | undefined; readonly to?: string | undefined
}

export const matching = (it: RowFilter): Prisma.Sql => Prisma.sql`
  (${it.actorId ?? null}::uuid is null or a.actor_id = ${it.actorId ?? null}::uuid)
  and (${it.action ?? null}::text is null or starts_with(a.action, ${it.action ?? null}::text))
  and (${it.subjectType ?? null}::text is null or a.subject_type = ${it.subjectType ?? null}::text)
  and (${it.subjectId ?? null}::text is null or a.subject_id = ${it.subjectId ?? null}::text)
  and (${it.from ?? null}::timestamptz is null or a.at >= ${it.from ?? null}::timestamptz)
  and (${it.to ?? null}::timestamptz is null or a.at < ${it.to ?? null}::timestamptz)`

/** The rows that stand between two places, whether they were sealed or not; the second one is among them. */
export function rowsBetween(
  tx: Tx, orgId: OrgId, range: { after: Place; upTo: Place; limit: number; filter: RowFilter },
): Promise<UnnumberedRow[]> {
  const { after, upTo, limit, filter } = range
  return tx.$queryRaw<UnnumberedRow[]>`
    select ${ROW} from audit a
    where a.org_id = ${orgId}::uuid and (a.xid, a.id) > (${after.xid}::text::xid8, ${after.id}::text::bigint)
      and (a.xid, a.id) <= (${upTo.xid}::text::xid8, ${upTo.id}::text::bigint) and ${matching(filter)}
    order by a.xid, a.id limit ${limit}`
}

export async function countBehind(tx: Tx, orgId: OrgId, after: Place): Promise<number> {
  const [row] = await tx.$queryRaw<{ n: number }[]>`
    select count(*)::int as n from audit a where a.org_id = ${orgId}::uuid and (a.xid, a.id) > (${after.xid}::text::xid8, ${after.id}::text::bigint)`
  return row?.n ?? 0
}

type SealRow = {
  org: OrgId; number: number; first: number; count: number; at: string; previous: Uint8Array; hash: Uint8Array; mac: Uint8Array
  rowHashes: Uint8Array; rowIds: string[]; lastXid: string; lastId: string
}
const SEAL = Prisma.raw(`s.org_id::text as org, s.number::float8 as number, s.first_seq::float8 as first, s.row_count as count, ${moment('s.at')} as at,
  s.previous, s.hash, s.mac, s.row_hashes as "rowHashes", s.row_ids::text[] as "rowIds", s.last_xid::text as "lastXid", s.last_id::text as "lastId"`)

const toSeal = (row: SealRow): StoredSeal => ({
  org: row.org, number: row.number, first: row.first, count: row.count, at: row.at, previous: Buffer.from(row.previous).toString('hex'),
  hash: Buffer.from(row.hash), mac: Buffer.from(row.mac), rowHashes: Buffer.from(row.rowHashes), rowIds: row.rowIds,
  place: { xid: row.lastXid, id: row.lastId },
})

/** The seal of the highest number; null before the first. */
export async function lastSeal(tx: Tx, orgId: OrgId): Promise<StoredSeal | null> {
  const [row] = await tx.$queryRaw<SealRow[]>`select ${SEAL} from audit_seal s where s.org_id = ${orgId}::uuid order by s.number desc limit 1`
  return row === undefined ? null : toSeal(row)
}

/** In order of their numbers, from the one after `after`. */
export async function sealsAfter(tx: Tx, orgId: OrgId, { after, limit }: { after: number; limit: number }): Promise<StoredSeal[]> {
  const rows = await tx.$queryRaw<SealRow[]>`
    select ${SEAL} from audit_seal s where s.org_id = ${orgId}::uuid and s.number > ${after}::bigint order by s.number limit ${limit}`
  return rows.map(toSeal)
}

/** Those of the numbers that there are, in their order. A seal with all its rows is some 50 KB. */
export async function sealsNumbered(tx: Tx, orgId: OrgId, numbers: readonly number[]): Promise<StoredSeal[]> {
  const rows = await tx.$queryRaw<SealRow[]>`
    select ${SEAL} from audit_seal s where s.org_id = ${orgId}::uuid and s.number = any(${[...numbers]}::bigint[]) order by s.number`
  return rows.map(toSeal)
}

const bytes = (buffer: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(buffer)

export async function insertSeal(tx: Tx, seal: StoredSeal): Promise<void> {
  await tx.$executeRaw`
    insert into audit_seal (org_id, number, first_seq, row_count, last_xid, last_id, row_ids, row_hashes, previous, hash, mac, at)
    values (${seal.org}::uuid, ${seal.number}::bigint, ${seal.first}::bigint, ${seal.count}::int, ${seal.place.xid}::text::xid8,
      ${seal.place.id}::text::bigint, ${[...seal.rowIds]}::text[]::bigint[], ${bytes(seal.rowHashes)}::bytea,
      ${bytes(Buffer.from(seal.previous, 'hex'))}::bytea, ${bytes(seal.hash)}::bytea, ${bytes(seal.mac)}::bytea, ${seal.at}::text::timestamptz)`
}

/** Once for each seal and key; another one of the same is left as it is, and false is answered. */
export async function insertCheckpoint(tx: Tx, it: Checkpoint): Promise<boolean> {
  const count = await tx.$executeRaw`
    insert into audit_checkpoint (org_id, seal_number, key_id, signature, at)
    values (${it.org}::uuid, ${it.seal}::bigint, ${it.keyId}, ${bytes(Buffer.from(it.signature, 'base64url'))}::bytea, ${it.at}::text::timestamptz)
    on conflict do nothing`
  return count === 1
}

/** The highest seal that a checkpoint names, and when it was signed; null before the first. */
export async function lastCheckpoint(tx: Tx, orgId: OrgId): Promise<{ seal: number; at: string } | null> {
  const [row] = await tx.$queryRaw<{ seal: number; at: string }[]>`
    select c.seal_number::float8 as seal, ${Prisma.raw(moment('c.at'))} as at from audit_checkpoint c
    where c.org_id = ${orgId}::uuid order by c.seal_number desc limit 1`
  return row ?? null
}

/** Those of one seal, by whatever key; the newest seal that has any below `below`, or at all. Empty: there is none. */
export async function checkpointsBelow(tx: Tx, orgId: OrgId, below: number | null): Promise<Checkpoint[]> {
  const rows = await tx.$queryRaw<(Omit<Checkpoint, 'signature'> & { signature: Uint8Array })[]>`
    select c.org_id::text as org, s.number::float8 as seal, (s.first_seq + s.row_count - 1)::float8 as seq, encode(s.hash, 'hex') as hash,
      ${Prisma.raw(moment('c.at'))} as at, c.key_id as "keyId", c.signature
    from audit_seal s join audit_checkpoint c on c.org_id = s.org_id and c.seal_number = s.number
    where s.org_id = ${orgId}::uuid and s.number = (
      select max(k.seal_number) from audit_checkpoint k join audit_seal z on z.org_id = k.org_id and z.number = k.seal_number
      where k.org_id = ${orgId}::uuid and (${below}::bigint is null or k.seal_number < ${below}::bigint))`
  return rows.map((row) => ({ ...row, signature: Buffer.from(row.signature).toString('base64url') }))
}

export type StoredCheckpoint = Pick<Checkpoint, 'at' | 'keyId' | 'signature'>

export async function checkpointsOf(tx: Tx, seal: Pick<StoredSeal, 'org' | 'number'>): Promise<StoredCheckpoint[]> {
  const rows = await tx.$queryRaw<{ at: string; keyId: string; signature: Uint8Array }[]>`
    select ${Prisma.raw(moment('c.at'))} as at, c.key_id as "keyId", c.signature from audit_checkpoint c
    where c.org_id = ${seal.org}::uuid and c.seal_number = ${seal.number}::bigint order by c.at, c.key_id`
  return rows.map(({ signature, ...row }) => ({ ...row, signature: Buffer.from(signature).toString('base64url') }))
}
