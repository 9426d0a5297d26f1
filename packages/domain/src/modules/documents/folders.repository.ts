import type { DocumentId, FolderId, OrgId, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { Visibility } from './documents.policy.ts'
import type { FolderRow } from './documents.rows.ts'
import { granted, keepReaders } from './readers.repository.ts'

export type NewFolder = {
  readonly id: FolderId
  readonly orgId: OrgId
  readonly parentId: FolderId | null
  readonly name: string
  readonly visibility: Visibility
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

/** Whether the actor is shown the folder of this alias; the worker is shown each. */
const shown = (actor: Actor, alias: 'f' | 'p'): Prisma.Sql => (actor.kind === 'system' ? Prisma.sql`${Prisma.raw(alias)}.id is not null`
  : Prisma.sql`app.folder_shown(${Prisma.raw(alias)}.path, ${Prisma.raw(alias)}.restricted, ${[...actor.principals]}::text[])`)

const columns = (actor: Actor): Prisma.Sql => Prisma.sql`
  f.id, f.name, f.parent_id as "parentId", case when p.id is not null and ${shown(actor, 'p')} then p.id end as "shownParentId", f.visibility, f.restricted,
  f.path, ${granted(actor, { folder: 'f' })} as granted, f.created_at as "createdAt"`
const FROM = Prisma.sql`folder f left join folder p on p.org_id = f.org_id and p.id = f.parent_id`

/** Of these, those that are there and shown to the actor. */
export const findFolders = (tx: Tx, actor: Actor, ids: readonly FolderId[]): Promise<FolderRow[]> => tx.$queryRaw<FolderRow[]>`
  select ${columns(actor)} from ${FROM} where f.org_id = ${actor.orgId}::uuid and f.id = any(${[...ids]}::text[]::uuid[]) and ${shown(actor, 'f')}`

/** Null when it is not there or not shown to the actor; the two cases look the same from outside. */
export const findFolder = async (tx: Tx, actor: Actor, id: FolderId): Promise<FolderRow | null> => (await findFolders(tx, actor, [id]))[0] ?? null

/** Where a folder of the organization lies, whoever asks. @throws Error where there is none */
export async function placeOf(tx: Tx, orgId: OrgId, id: FolderId): Promise<Pick<FolderRow, 'path' | 'restricted'>> {
  const rows = await tx.$queryRaw<Pick<FolderRow, 'path' | 'restricted'>[]>`select path, restricted from folder where org_id = ${orgId}::uuid and id = ${id}::uuid`
  const [row] = rows
  if (row === undefined) throw new Error('a folder without a place')
  return row
}

/** How many folders lie on the longest way down from this one, itself counted. */
export async function heightOf(tx: Tx, one: One): Promise<number> {
  const rows = await tx.$queryRaw<{ height: number }[]>`
    select max(cardinality(path) - array_position(path, ${one.id}::uuid) + 1)::int as height
    from folder where org_id = ${one.orgId}::uuid and path @> array[${one.id}::uuid]`
  return rows[0]?.height ?? 1
}

/**
 * Keeps the folder where and what it is until the transaction ends, for what is put into it meanwhile; many may hold it at a time. A stronger lock than
 * that of a foreign key: a move that did not see the new document, and was not seen by it, would leave it with the readers of the old place.
 */
export async function holdFolder(tx: Tx, one: One): Promise<void> {
  await tx.$queryRaw`select id from folder where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid for share`
}

/** Waits for all who hold the folder, so that what they put into it is seen. */
export async function lockFolder(tx: Tx, one: One): Promise<void> {
  await tx.$queryRaw`select id from folder where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid for update`
}

/**
 * By name, case folded, then by id. At the top stand for everybody the first folders that they are shown on their way down: those of the top, and
 * those granted to them inside of what they are not shown.
 */
export function listFolders(
  tx: Tx, actor: Actor, page: { parentId: FolderId | null; after: { name: string; id: string } | null; limit: number },
): Promise<(FolderRow & { sortName: string })[]> {
  const own = actor.principals.filter((principal) => principal.startsWith('folder:')).map((principal) => principal.slice('folder:'.length))
  const place = page.parentId === null
    ? Prisma.sql`(f.parent_id is null or (f.id = any(${own}::text[]::uuid[]) and not ${shown(actor, 'p')}))`
    : Prisma.sql`f.parent_id = ${page.parentId}::uuid`
  return tx.$queryRaw<(FolderRow & { sortName: string })[]>`
    select ${columns(actor)}, lower(f.name) as "sortName" from ${FROM}
    where f.org_id = ${actor.orgId}::uuid and ${place} and ${shown(actor, 'f')}
      and (${page.after?.name ?? null}::text is null or (lower(f.name), f.id) > (${page.after?.name ?? null}::text, ${page.after?.id ?? null}::uuid))
    order by lower(f.name), f.id limit ${page.limit}`
}

/** Whether another folder beside it, of those that the actor is shown, has this name, in whatever case: the answer says nothing of the others. */
export async function nameTaken(tx: Tx, actor: Actor, place: { parentId: FolderId | null; name: string; except: FolderId | null }): Promise<boolean> {
  const beside = place.parentId === null ? Prisma.sql`f.parent_id is null` : Prisma.sql`f.parent_id = ${place.parentId}::uuid`
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select f.id from folder f where f.org_id = ${actor.orgId}::uuid and ${beside} and lower(f.name) = lower(${place.name}) and ${shown(actor, 'f')}
      and (${place.except}::uuid is null or f.id <> ${place.except}::uuid) limit 1`
  return rows.length > 0
}

export async function insertFolder(tx: Tx, f: NewFolder): Promise<void> {
  await tx.$executeRaw`
    insert into folder (id, org_id, parent_id, name, visibility, created_by, created_at)
    values (${f.id}::uuid, ${f.orgId}::uuid, ${f.parentId}::uuid, ${f.name}, ${f.visibility}, ${f.createdBy}::uuid, ${f.at}::timestamptz)`
}

export function updateParent(tx: Tx, one: One, parentId: FolderId | null): Promise<number> {
  return tx.$executeRaw`update folder set parent_id = ${parentId}::uuid where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid`
}

export function updateVisibility(tx: Tx, one: One, visibility: Visibility): Promise<number> {
  return tx.$executeRaw`update folder set visibility = ${visibility} where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid`
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

/**
 * Trashed documents would keep the folder alive; restored later, they stand at the top. Not those of a restricted folder: there the organization would
 * come to see them.
 */
export async function releaseTrashed(tx: Tx, one: One): Promise<void> {
  const released = await tx.$queryRaw<{ id: DocumentId }[]>`
    update document set folder_id = null, revision = revision + 1 where org_id = ${one.orgId}::uuid and folder_id = ${one.id}::uuid
      and lifecycle = 'trashed' and not exists (select from folder f where f.org_id = ${one.orgId}::uuid and f.id = ${one.id}::uuid and f.restricted)
    returning id`
  await keepReaders(tx, one.orgId, released.map(({ id }) => id))
}

export function deleteFolder(tx: Tx, one: One): Promise<number> {
  return tx.$executeRaw`delete from folder where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid`
}
