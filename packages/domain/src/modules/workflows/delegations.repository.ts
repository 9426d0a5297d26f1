import type { DelegationId, FlowId, OrgId, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'

export type DelegationRow = {
  id: DelegationId; from: UserId; to: UserId; startsAt: Date; endsAt: Date; flows: FlowId[] | null; note: string | null; createdAt: Date
}
export type NewDelegation = Omit<DelegationRow, 'createdAt'> & { readonly orgId: OrgId }

const COLUMNS = Prisma.raw(`d.id, d.from_id as "from", d.to_id as "to", d.starts_at as "startsAt", d.ends_at as "endsAt", d.flows, d.note, d.created_at as "createdAt"`)

/** Null: one of the two is no member. */
export async function insertDelegation(tx: Tx, d: NewDelegation): Promise<DelegationRow | null> {
  const rows = await tx.$queryRaw<DelegationRow[]>`
    insert into delegation as d (id, org_id, from_id, to_id, starts_at, ends_at, flows, note, created_by)
    select ${d.id}::uuid, ${d.orgId}::uuid, ${d.from}::uuid, m.user_id, ${d.startsAt}::timestamptz, ${d.endsAt}::timestamptz, ${d.flows}::text[]::uuid[], ${d.note}, ${d.from}::uuid
    from app.member m where m.org_id = ${d.orgId}::uuid and m.user_id = ${d.to}::uuid and m.status = 'active' and m.account_active
    returning ${COLUMNS}`
  return rows[0] ?? null
}

/** Those from and to somebody that hold, or will, newest first. */
export function listDelegations(tx: Tx, of: { orgId: OrgId; userId: UserId; at: Date }, page: { below: string | null; limit: number }): Promise<DelegationRow[]> {
  return tx.$queryRaw<DelegationRow[]>`
    select ${COLUMNS} from delegation d
    where d.org_id = ${of.orgId}::uuid and (d.from_id = ${of.userId}::uuid or d.to_id = ${of.userId}::uuid) and d.revoked_at is null and d.ends_at > ${of.at}::timestamptz
      and (${page.below}::uuid is null or d.id < ${page.below}::uuid) order by d.id desc limit ${page.limit}`
}

/** Null: there is no such one of theirs, or it has ended. */
export async function revokeDelegationRow(tx: Tx, of: { orgId: OrgId; userId: UserId; at: Date }, id: DelegationId): Promise<DelegationRow | null> {
  const rows = await tx.$queryRaw<DelegationRow[]>`
    update delegation d set revoked_at = ${of.at}::timestamptz
    where d.org_id = ${of.orgId}::uuid and d.id = ${id}::uuid and (d.from_id = ${of.userId}::uuid or d.to_id = ${of.userId}::uuid)
      and d.revoked_at is null and d.ends_at > ${of.at}::timestamptz
    returning ${COLUMNS}`
  return rows[0] ?? null
}

export async function existsDelegation(tx: Tx, of: { orgId: OrgId; userId: UserId }, id: DelegationId): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 from delegation d where d.org_id = ${of.orgId}::uuid and d.id = ${id}::uuid and (d.from_id = ${of.userId}::uuid or d.to_id = ${of.userId}::uuid)`
  return rows.length === 1
}

/** How many of these flows there are. */
export async function countFlows(tx: Tx, orgId: OrgId, ids: readonly FlowId[]): Promise<number> {
  const rows = await tx.$queryRaw<{ n: number }[]>`select count(*)::int as n from flow where org_id = ${orgId}::uuid and id = any (${[...ids]}::text[]::uuid[])`
  return rows[0]?.n ?? 0
}
