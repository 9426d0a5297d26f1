import {
  rolePermissions, roles as builtIn, type Assignee, type DocumentId, type FieldValue, type FlowId, type OrgId, type Permission, type UserId,
} from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { RunKey } from './runs.types.ts'

type Ids = { userId: UserId }[]
const idsOf = (rows: Ids): UserId[] => rows.map(({ userId }) => userId)

/** What `requester` and `field` stand for. */
export type Around = { readonly orgId: OrgId; readonly requesterId: UserId; readonly metadata: Readonly<Record<string, FieldValue>> }

/** The active members that an assignee stands for, the longest members first; nobody is an empty list. */
export async function membersOf(tx: Tx, { orgId, requesterId, metadata }: Around, assignee: Assignee): Promise<UserId[]> {
  if ('group' in assignee) {
    return idsOf(await tx.$queryRaw<Ids>`
      select m.user_id as "userId" from group_member g join app.member m on m.org_id = g.org_id and m.user_id = g.user_id
      where g.org_id = ${orgId}::uuid and g.group_id = ${assignee.group}::uuid and m.status = 'active' and m.account_active order by m.created_at, m.user_id`)
  }
  if ('role' in assignee) {
    return idsOf(await tx.$queryRaw<Ids>`
      select m.user_id as "userId" from app.member m
      where m.org_id = ${orgId}::uuid and m.role = ${assignee.role} and m.status = 'active' and m.account_active order by m.created_at, m.user_id`)
  }
  const named = 'user' in assignee ? assignee.user : 'field' in assignee ? String(metadata[assignee.field] ?? '').trim().toLowerCase() : requesterId
  return idsOf(await tx.$queryRaw<Ids>`
    select m.user_id as "userId" from app.member m
    where m.org_id = ${orgId}::uuid and (m.user_id::text = ${named} or m.email = ${named}) and m.status = 'active' and m.account_active`)
}

/** Those of the people who are active members, in their order. */
export async function membersAmong(tx: Tx, orgId: OrgId, userIds: readonly UserId[]): Promise<UserId[]> {
  if (userIds.length === 0) return []
  const found = new Set(idsOf(await tx.$queryRaw<Ids>`
    select m.user_id as "userId" from app.member m
    where m.org_id = ${orgId}::uuid and m.user_id = any (${[...userIds]}::text[]::uuid[]) and m.status = 'active' and m.account_active`))
  return userIds.filter((userId) => found.has(userId))
}

type About = { readonly orgId: OrgId; readonly documentId: DocumentId }

/** What a member `m` carries (`Actor.principals`), without the folders that are granted to them. */
const OWN = Prisma.sql`array['user:' || m.user_id] || case when m.role = 'guest' then '{}'::text[] else array['org:' || m.org_id] end
  || array(select 'group:' || g.group_id from group_member g where g.org_id = m.org_id and g.user_id = m.user_id)`

/** Whether a member `m`, with a role `o` of the organization's own where they have one, is active and has these permissions. */
function may(permissions: readonly Permission[]): Prisma.Sql {
  const roles = builtIn.filter((role) => permissions.every((permission) => rolePermissions[role].includes(permission)))
  return Prisma.sql`m.status = 'active' and m.account_active and (m.role = any (${roles}::text[]) or (m.role = 'custom' and o.permissions @> ${[...permissions]}::text[]))`
}

/** Whether such a member is shown the document, too. Asked of the same rows as every other path to a document (`app.readers`). */
function isShown(documentId: Prisma.Sql, permissions: readonly Permission[]): Prisma.Sql {
  return Prisma.sql`${may(permissions)} and exists (
      select from (select ${OWN} as own) p, app.readers(m.org_id, ${documentId}) reader
      where reader = any (p.own) or exists (
        select from access_grant a where a.org_id = m.org_id and a.principal = any (p.own) and 'folder:' || a.folder_id = reader))`
}

const DECIDING: readonly Permission[] = ['documents:read', 'tasks:decide']

async function shownTo(tx: Tx, of: About, who: { userIds: readonly UserId[]; permissions: readonly Permission[] }): Promise<Set<UserId>> {
  if (who.userIds.length === 0) return new Set()
  const rows = await tx.$queryRaw<Ids>`
    select m.user_id as "userId" from app.member m left join org_role o on o.org_id = m.org_id and o.id = m.role_id
    where m.org_id = ${of.orgId}::uuid and m.user_id = any (${[...who.userIds]}::text[]::uuid[]) and ${isShown(Prisma.sql`${of.documentId}::uuid`, who.permissions)}`
  return new Set(idsOf(rows))
}

/** Those of the people who can decide about the document: active members whose role lets them read documents and decide, and whom it is shown to. */
export const whoCanDecide = (tx: Tx, of: About, userIds: readonly UserId[]): Promise<Set<UserId>> =>
  shownTo(tx, of, { userIds, permissions: DECIDING })

/** Those of the people whose role lets them read documents and decide, whatever is shown to them. */
export async function whoMayDecide(tx: Tx, orgId: OrgId, userIds: readonly UserId[]): Promise<Set<UserId>> {
  if (userIds.length === 0) return new Set()
  return new Set(idsOf(await tx.$queryRaw<Ids>`
    select m.user_id as "userId" from app.member m left join org_role o on o.org_id = m.org_id and o.id = m.role_id
    where m.org_id = ${orgId}::uuid and m.user_id = any (${[...userIds]}::text[]::uuid[]) and ${may(DECIDING)}`))
}

/** Those of the people who can bring another version of the document: it is shown to them, and their role edits. */
export const whoCanEdit = (tx: Tx, of: About, userIds: readonly UserId[]): Promise<Set<UserId>> =>
  shownTo(tx, of, { userIds, permissions: ['documents:read', 'documents:edit'] })

/** Those whom it is shown to. */
export const whoReads = (tx: Tx, of: About, userIds: readonly UserId[]): Promise<Set<UserId>> =>
  shownTo(tx, of, { userIds, permissions: ['documents:read'] })

/**
 * Runs that have not done yet what is to be done, by id, those behind `after`: with a task whose person cannot decide it any more, as they left or the document is not shown
 * to them; that ask about other bytes than the document's, or wait for others than it has by now; and that have not begun to ask although it was read.
 */
export function strandedRuns(tx: Tx, orgId: OrgId, page: { after: string | null; limit: number }): Promise<RunKey[]> {
  return tx.$queryRaw<RunKey[]>`
    select r.org_id as "orgId", r.id as "runId", r.document_id as "documentId"
    from flow_run r join document d on d.org_id = r.org_id and d.id = r.document_id join document_version v on v.org_id = d.org_id and v.id = d.current_version_id
    where r.org_id = ${orgId}::uuid and r.ended_at is null and (${page.after}::uuid is null or r.id > ${page.after}::uuid) and (
      d.lifecycle <> 'active'
      or exists (select from flow_step s where s.org_id = r.org_id and s.run_id = r.id and s.state = 'open' and s.content_sha256 <> v.sha256)
      or (v.state not in ('queued', 'processing') and not exists (
        select from flow_step s where s.org_id = r.org_id and s.run_id = r.id and (s.state = 'open' or (s.state = 'rejected' and s.counts and s.content_sha256 = v.sha256))))
      or exists (
        select from flow_task t where t.org_id = r.org_id and t.run_id = r.id and t.state = 'open' and not exists (
          select from app.member m left join org_role o on o.org_id = m.org_id and o.id = m.role_id
          where m.org_id = t.org_id and m.user_id = t.assignee_id and ${isShown(Prisma.sql`r.document_id`, DECIDING)})))
    order by r.id limit ${page.limit}`
}

/** People with tasks past their time, and how many of these they can decide, who have not been told on that day. */
export function overduePeople(tx: Tx, of: { orgId: OrgId; at: Date; day: string }): Promise<{ userId: UserId; tasks: number }[]> {
  return tx.$queryRaw<{ userId: UserId; tasks: number }[]>`
    select t.assignee_id as "userId", count(*)::int as tasks
    from flow_task t join flow_run r on r.org_id = t.org_id and r.id = t.run_id join app.member m on m.org_id = t.org_id and m.user_id = t.assignee_id
    left join org_role o on o.org_id = m.org_id and o.id = m.role_id
    where t.org_id = ${of.orgId}::uuid and t.state = 'open' and t.due_at < ${of.at}::timestamptz
      and not exists (select from flow_digest g where g.org_id = t.org_id and g.user_id = t.assignee_id and g.day = ${of.day}::date)
      and ${isShown(Prisma.sql`r.document_id`, DECIDING)}
    group by t.assignee_id order by t.assignee_id`
}

export type StandIn = { readonly from: UserId; readonly to: UserId }

/** Who stands in for these people now in this flow; of several for one person the newest. */
export async function standInsFor(tx: Tx, of: { orgId: OrgId; flowId: FlowId; at: Date }, userIds: readonly UserId[]): Promise<Map<UserId, UserId>> {
  const rows = await tx.$queryRaw<StandIn[]>`
    select distinct on (d.from_id) d.from_id as "from", d.to_id as "to" from delegation d
    where d.org_id = ${of.orgId}::uuid and d.from_id = any (${[...userIds]}::text[]::uuid[]) and d.revoked_at is null
      and d.starts_at <= ${of.at}::timestamptz and d.ends_at > ${of.at}::timestamptz and (d.flows is null or ${of.flowId}::uuid = any (d.flows))
    order by d.from_id, d.id desc`
  return new Map(rows.map(({ from, to }) => [from, to]))
}
