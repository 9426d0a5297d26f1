import type { DocumentId, FolderId, GrantId, GroupId, Level, OrgId, Permission, UserId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import { keepReaders } from './readers.repository.ts'

/** What is granted on: one of the two is set. */
export type GrantTarget = { readonly documentId: DocumentId; readonly folderId: null } | { readonly documentId: null; readonly folderId: FolderId }

export type GrantRow = {
  id: GrantId
  documentId: DocumentId | null
  folderId: FolderId | null
  principal: string
  level: Level
  grantedBy: UserId
  createdAt: Date
}
export type NewGrant = { readonly id: GrantId; readonly target: GrantTarget; readonly principal: string; readonly level: Level; readonly at: Date }

/** By principal. `after` is the principal behind which the page begins. */
export function listGrants(tx: Tx, orgId: OrgId, page: { target: GrantTarget; after: string | null; limit: number }): Promise<GrantRow[]> {
  return tx.$queryRaw<GrantRow[]>`
    select id, document_id as "documentId", folder_id as "folderId", principal, level, granted_by as "grantedBy", created_at as "createdAt"
    from access_grant where org_id = ${orgId}::uuid
      and (document_id = ${page.target.documentId}::uuid or folder_id = ${page.target.folderId}::uuid)
      and (${page.after}::text is null or principal > ${page.after}::text)
    order by principal limit ${page.limit}`
}

/** Held until the transaction ends. Null: nothing was granted to them there. */
export async function lockGrant(tx: Tx, orgId: OrgId, of: { target: GrantTarget; principal: string }): Promise<GrantRow | null> {
  const rows = await tx.$queryRaw<GrantRow[]>`
    select id, document_id as "documentId", folder_id as "folderId", principal, level, granted_by as "grantedBy", created_at as "createdAt"
    from access_grant where org_id = ${orgId}::uuid and principal = ${of.principal}
      and document_id is not distinct from ${of.target.documentId}::uuid and folder_id is not distinct from ${of.target.folderId}::uuid
    for update`
  return rows[0] ?? null
}

/** A second grant to the same principal takes the place of the first, whoever of two at once comes last. */
export async function putGrant(tx: Tx, actor: Actor, grant: NewGrant): Promise<GrantRow> {
  const { documentId, folderId } = grant.target
  const rows = await tx.$queryRaw<GrantRow[]>`
    insert into access_grant (id, org_id, folder_id, document_id, principal, level, granted_by, created_at)
    values (${grant.id}::uuid, ${actor.orgId}::uuid, ${folderId}::uuid, ${documentId}::uuid, ${grant.principal}, ${grant.level}, ${actor.userId}::uuid,
      ${grant.at}::timestamptz)
    on conflict (org_id, folder_id, document_id, principal) do update set level = excluded.level, granted_by = excluded.granted_by, created_at = excluded.created_at
    returning id, document_id as "documentId", folder_id as "folderId", principal, level, granted_by as "grantedBy", created_at as "createdAt"`
  const [row] = rows
  if (row === undefined) throw new Error('a grant was not written')
  return row
}

export function deleteGrant(tx: Tx, orgId: OrgId, id: GrantId): Promise<number> {
  return tx.$executeRaw`delete from access_grant where org_id = ${orgId}::uuid and id = ${id}::uuid`
}

/** What was granted on a mail is granted on what was attached to it. */
export async function copyGrants(tx: Tx, orgId: OrgId, documents: { from: DocumentId; to: DocumentId }): Promise<void> {
  await tx.$executeRaw`
    insert into access_grant (id, org_id, document_id, principal, level, granted_by, created_at)
    select gen_random_uuid(), org_id, ${documents.to}::uuid, principal, level, granted_by, created_at
    from access_grant where org_id = ${orgId}::uuid and document_id = ${documents.from}::uuid`
}

/** Active members only. */
export async function isMember(tx: Tx, orgId: OrgId, userId: UserId): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select 1 from app.member where org_id = ${orgId}::uuid and user_id = ${userId}::uuid and status = 'active'`
  return rows.length > 0
}

export async function isGroup(tx: Tx, orgId: OrgId, groupId: GroupId): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`select 1 from org_group where org_id = ${orgId}::uuid and id = ${groupId}::uuid`
  return rows.length > 0
}

/**
 * Takes away the next `limit` of what a principal was granted, and answers what it was. Documents that they own, and rows of these, stay. In the order
 * of ids, so that two calls never wait for each other.
 */
export async function deleteGrantsTo(tx: Tx, orgId: OrgId, of: { principal: string; limit: number }): Promise<GrantRow[]> {
  const rows = await tx.$queryRaw<GrantRow[]>`
    with held as (
      select id from access_grant where org_id = ${orgId}::uuid and principal = ${of.principal} order by id limit ${of.limit} for update
    )
    delete from access_grant g using held where g.org_id = ${orgId}::uuid and g.id = held.id
    returning g.id, g.document_id as "documentId", g.folder_id as "folderId", g.principal, g.level, g.granted_by as "grantedBy", g.created_at as "createdAt"`
  const documents = rows.flatMap(({ documentId }) => (documentId === null ? [] : [documentId]))
  await tx.$queryRaw`select id from document where org_id = ${orgId}::uuid and id = any(${documents}::text[]::uuid[]) order by id for no key update`
  await keepReaders(tx, orgId, documents)
  return rows
}

/** What somebody of the organization is, for saying why they see what they see. `permissions` null: those of their built-in role. */
export type MemberRow = { role: string; permissions: Permission[] | null; groups: GroupId[] }

export async function findMember(tx: Tx, orgId: OrgId, userId: UserId): Promise<MemberRow | null> {
  const rows = await tx.$queryRaw<MemberRow[]>`
    select m.role, (select r.permissions from org_role r where r.org_id = m.org_id and r.id = m.role_id) as permissions, array(
      select g.group_id from group_member g where g.org_id = m.org_id and g.user_id = m.user_id) as groups
    from app.member m where m.org_id = ${orgId}::uuid and m.user_id = ${userId}::uuid and m.status = 'active'`
  return rows[0] ?? null
}

/** The grants on a document and on each folder above it, whoever they are to, the document's first. */
export async function grantsReaching(tx: Tx, orgId: OrgId, documentId: DocumentId): Promise<Pick<GrantRow, 'documentId' | 'folderId' | 'principal' | 'level'>[]> {
  return tx.$queryRaw`
    select g.document_id as "documentId", g.folder_id as "folderId", g.principal, g.level
    from document d left join folder f on f.org_id = d.org_id and f.id = d.folder_id
    join access_grant g on g.org_id = d.org_id and (g.document_id = d.id or g.folder_id = any(f.path))
    where d.org_id = ${orgId}::uuid and d.id = ${documentId}::uuid order by g.document_id nulls last, array_position(f.path, g.folder_id) desc, g.principal`
}
