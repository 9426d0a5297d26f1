import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import { purgeOrder, type Reference } from './purge-order.ts'
import type { PurgeState } from './purge.types.ts'

export type Counts = Record<string, number>

/** What deletes an organization for good. Methods run in a unit of that organization unless they say otherwise. */
export type PurgeRepository = {
  state(tx: Tx, orgId: OrgId): Promise<PurgeState>
  /** Whether its time has come; nobody undeletes it until the unit ends. */
  claim(tx: Tx, orgId: OrgId): Promise<boolean>
  /** Every table with rows of organizations, from the catalog, in the order in which they can be emptied. */
  tables(tx: Tx): Promise<string[]>
  /** Deletes up to `most` rows of a table; how many went. 0 unless the organization's time has come. */
  deleteRows(tx: Tx, table: string, most: number): Promise<number>
  rowsLeft(tx: Tx, table: string): Promise<number>
  /** Notes what there was before anything went; what was noted before stays. */
  noteCounts(tx: Tx, orgId: OrgId, counts: Counts): Promise<void>
  hasCounts(tx: Tx, orgId: OrgId): Promise<boolean>
  /** Identity unit: the organization's own row, the last of it. What was noted; null when it is gone already. */
  deleteOrg(tx: Tx, orgId: OrgId): Promise<Counts | null>
  /** System unit. */
  deleting(tx: Tx): Promise<OrgId[]>
  /** System unit: whether a backup holds stored bytes. */
  blobsAreHeld(tx: Tx): Promise<boolean>
}

async function state(tx: Tx, orgId: OrgId): Promise<PurgeState> {
  const [row] = await tx.$queryRaw<{ ms: number }[]>`
    select greatest(0, ceil(extract(epoch from purge_at - now()) * 1000))::float8 as ms from org where id = ${orgId}::uuid and status = 'deleting'`
  if (row === undefined) return { kind: 'over' }
  return row.ms > 0 ? { kind: 'waiting', ms: row.ms } : { kind: 'due' }
}

async function tables(tx: Tx): Promise<string[]> {
  const names = await tx.$queryRaw<{ name: string }[]>`select name from app.tenant_tables() order by name`
  const references = await tx.$queryRaw<Reference[]>`
    select c.name as child, p.name as parent, k.confdeltype in ('c', 'n') as soft
    from pg_constraint k join app.tenant_tables() c on c.oid = k.conrelid join app.tenant_tables() p on p.oid = k.confrelid
    where k.contype = 'f'`
  return purgeOrder(names.map(({ name }) => name), references)
}

export const purgeRepository: PurgeRepository = {
  state,
  tables,
  async claim(tx, orgId) {
    const rows = await tx.$queryRaw<unknown[]>`
      select id::text from org where id = ${orgId}::uuid and status = 'deleting' and purge_at <= now() for share`
    return rows.length === 1
  },
  async deleteRows(tx, table, most) {
    const [row] = await tx.$queryRaw<{ count: number }[]>`select app.purge_rows(${table}, ${most}::int) as count`
    return row?.count ?? 0
  },
  async rowsLeft(tx, table) {
    const [row] = await tx.$queryRaw<{ count: bigint }[]>`select app.purge_left(${table}) as count`
    return Number(row?.count ?? 0)
  },
  async noteCounts(tx, orgId, counts) {
    await tx.$executeRaw`
      update org set purge_counts = ${JSON.stringify(counts)}::jsonb where id = ${orgId}::uuid and status = 'deleting' and purge_counts is null`
  },
  async hasCounts(tx, orgId) {
    const [row] = await tx.$queryRaw<{ noted: boolean }[]>`select purge_counts is not null as noted from org where id = ${orgId}::uuid`
    return row?.noted === true
  },
  async deleteOrg(tx, orgId) {
    const [row] = await tx.$queryRaw<{ counts: Counts | null }[]>`
      delete from org where id = ${orgId}::uuid and status = 'deleting' and purge_at <= now() returning purge_counts as counts`
    return row === undefined ? null : row.counts ?? {}
  },
  async deleting(tx) {
    const rows = await tx.$queryRaw<{ id: string }[]>`select id::text from org where status = 'deleting' order by purge_at limit 1000`
    return rows.map(({ id }) => id as OrgId)
  },
  async blobsAreHeld(tx) {
    const [row] = await tx.$queryRaw<{ held: boolean }[]>`select exists (select from blob_hold where until > now()) as held`
    return row?.held === true
  },
}
