import type { FolderId, OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { FolderRow } from './documents.rows.ts'

export type NewFolder = {
  readonly id: FolderId
  readonly orgId: OrgId
  readonly parentId: FolderId | null
  readonly name: string
  readonly createdBy: UserId
  readonly at: Date
}
type One = { readonly orgId: OrgId; readonly id: FolderId }

/**
 * One change of the tree at a time: two moves that are each fine could together make a circle, and a name or a child could
 * appear between looking and writing. Held until the transaction ends; reads do not wait.
 */
export async function lockTree(tx: Tx, orgId: OrgId): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`documents.folders:${orgId}`}, 0))`
}

export async function findFolder(tx: Tx, one: One): Promise<FolderRow | null> {
  const rows = await tx.$queryRaw<FolderRow[]>`
    select id, name, parent_id as "parentId", created_at as "createdAt" from folder where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid`
  return rows[0] ?? null
}

/** Keeps the folder from being deleted until the transaction ends; many may hold it at a time. False: there is none. */
export async function holdFolder(tx: Tx, one: One): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`select id from folder where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid for key share`
  return rows.length === 1
}

/** Waits for all who hold the folder, so that what they put into it is seen. */
export async function lockFolder(tx: Tx, one: One): Promise<void> {
  await tx.$queryRaw`select id from folder where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid for update`
}

/** By name, case folded, then by id. */
export function listFolders(
  tx: Tx, of: { orgId: OrgId; parentId: FolderId | null }, page: { after: { name: string; id: string } | null; limit: number },
): Promise<(FolderRow & { sortName: string })[]> {
  return tx.$queryRaw<(FolderRow & { sortName: string })[]>`
    select id, name, parent_id as "parentId", created_at as "createdAt", lower(name) as "sortName" from folder
    where org_id = ${of.orgId}::uuid and parent_id is not distinct from ${of.parentId}::uuid
      and (${page.after?.name ?? null}::text is null or (lower(name), id) > (${page.after?.name ?? null}::text, ${page.after?.id ?? null}::uuid))
    order by lower(name), id limit ${page.limit}`
}

/** Whether another folder beside it has this name, in whatever case. */
export async function nameTaken(tx: Tx, place: { orgId: OrgId; parentId: FolderId | null; name: string; except: FolderId | null }): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from folder where org_id = ${place.orgId}::uuid and parent_id is not distinct from ${place.parentId}::uuid
      and lower(name) = lower(${place.name})
      and (${place.except}::uuid is null or id <> ${place.except}::uuid) limit 1`
  return rows.length > 0
}

export async function insertFolder(tx: Tx, f: NewFolder): Promise<void> {
  await tx.$executeRaw`
    insert into folder (id, org_id, parent_id, name, created_by, created_at)
    values (${f.id}::uuid, ${f.orgId}::uuid, ${f.parentId}::uuid, ${f.name}, ${f.createdBy}::uuid, ${f.at}::timestamptz)`
}

/** Whether `ancestor` is the folder itself or lies above it. */
export async function isWithin(tx: Tx, orgId: OrgId, place: { folder: FolderId; ancestor: FolderId }): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    with recursive up as (
      select id, parent_id from folder where org_id = ${orgId}::uuid and id = ${place.folder}::uuid
      union select f.id, f.parent_id from folder f join up on f.id = up.parent_id where f.org_id = ${orgId}::uuid
    ) select id from up where id = ${place.ancestor}::uuid`
  return rows.length > 0
}

export function updateParent(tx: Tx, one: One, parentId: FolderId | null): Promise<number> {
  return tx.$executeRaw`update folder set parent_id = ${parentId}::uuid where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid`
}

export function updateName(tx: Tx, one: One, name: string): Promise<number> {
  return tx.$executeRaw`update folder set name = ${name} where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid`
}

/** Folders and documents, those in the trash too: they are released before, so what is left of them was put there since. */
export async function holdsAnything(tx: Tx, one: One): Promise<boolean> {
  const rows = await tx.$queryRaw<{ found: boolean }[]>`
    select exists (select from folder where org_id = ${one.orgId}::uuid and parent_id = ${one.id}::uuid)
      or exists (select from document where org_id = ${one.orgId}::uuid and folder_id = ${one.id}::uuid) as found`
  return rows[0]?.found ?? false
}

/** Trashed documents would keep the folder alive; restored later, they stand at the top. */
export async function releaseTrashed(tx: Tx, one: One): Promise<void> {
  await tx.$executeRaw`
    update document set folder_id = null, revision = revision + 1 where org_id = ${one.orgId}::uuid and folder_id = ${one.id}::uuid
      and lifecycle = 'trashed'`
}

export function deleteFolder(tx: Tx, one: One): Promise<number> {
  return tx.$executeRaw`delete from folder where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid`
}
