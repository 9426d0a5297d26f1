import type { DocumentId, FolderId, OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Tx } from '@intellidocs/kernel'

/** The documents that the actor may read, as a table for `from`; the worker's are all. */
export const readable = (actor: Actor): Prisma.Sql =>
  (actor.kind === 'system' ? Prisma.sql`document` : Prisma.sql`app.readable(${actor.orgId}::uuid, ${[...actor.principals]}::text[])`)

/**
 * The highest level that was granted to the actor on a folder and those above it, and on the document where one is named: a column for a query
 * with these aliases. What the organization was granted on a document holds outside of restricted folders only, as its reader row does.
 */
export function granted(actor: Actor, alias: { document?: 'd'; folder: 'f' }): Prisma.Sql {
  const to = Prisma.sql`= any(${[...actor.principals]}::text[])`
  const inherited = Prisma.sql`select g.level from access_grant g where g.org_id = f.org_id and g.folder_id = any(f.path) and g.principal ${to}`
  const own = Prisma.sql`select g.level from access_grant g
    where g.org_id = d.org_id and g.document_id = d.id and g.principal ${to} and app.holds(g.principal, f.path, f.restricted)`
  const all = alias.document === undefined ? inherited : Prisma.sql`${own} union all ${inherited}`
  return Prisma.sql`(select level from (${all}) g order by array_position(array['manage', 'edit', 'view'], level) limit 1)`
}

/**
 * Makes the reader rows of documents what their owner, visibility, grants and folder say. The one place that writes them. Give it documents that are held
 * (locked, or new), or a change of somebody else's in between is overwritten.
 */
export async function keepReaders(tx: Tx, orgId: OrgId, documentIds: readonly DocumentId[]): Promise<void> {
  await tx.$executeRaw`
    with wanted as (
      select d.org_id, d.id, d.created_at, w.principal
      from document d left join folder f on f.org_id = d.org_id and f.id = d.folder_id cross join lateral (
        select 'user:' || d.owner_id
        union select 'org:' || d.org_id where d.visibility = 'org'
        union select g.principal from access_grant g where g.org_id = d.org_id and g.document_id = d.id
        union select 'folder:' || above from unnest(f.path) above
      ) w(principal)
      where d.org_id = ${orgId}::uuid and d.id = any(${[...documentIds]}::text[]::uuid[]) and app.holds(w.principal, f.path, f.restricted)
    ), gone as (
      delete from document_reader r where r.org_id = ${orgId}::uuid and r.document_id = any(${[...documentIds]}::text[]::uuid[])
        and not exists (select from wanted w where w.id = r.document_id and w.principal = r.principal)
    )
    insert into document_reader (org_id, principal, created_at, document_id) select org_id, principal, created_at, id from wanted
    on conflict do nothing`
}

/** The principals that may read it now, in the order of their names. */
export async function readersOfDocument(tx: Tx, orgId: OrgId, documentId: DocumentId): Promise<string[]> {
  const rows = await tx.$queryRaw<{ principal: string }[]>`
    select r as principal from app.readers(${orgId}::uuid, ${documentId}::uuid) r order by 1`
  return rows.map((row) => row.principal)
}

/** A place in the walk below; `at` is the database's own text. */
export type WalkKey = { readonly folderId: FolderId; readonly at: string; readonly documentId: DocumentId }

/**
 * The next documents in a folder and those below it, whatever their state, and held until the transaction ends: by folder, in each the newest
 * first. Empty at the end.
 */
export async function holdDocumentsBelow(tx: Tx, of: { orgId: OrgId; folderId: FolderId }, page: { after: WalkKey | null; limit: number }): Promise<WalkKey[]> {
  const { after, limit } = page
  const rows = await tx.$queryRaw<WalkKey[]>`
    select f.id as "folderId", d.created_at::text as at, d.id as "documentId"
    from folder f cross join lateral (
      select n.id, n.created_at from document n
      where n.org_id = f.org_id and n.folder_id = f.id and (${after?.folderId ?? null}::uuid is distinct from f.id
        or (n.created_at, n.id) < (${after?.at ?? null}::timestamptz, ${after?.documentId ?? null}::uuid))
      order by n.created_at desc, n.id desc limit ${limit}
    ) d
    where f.org_id = ${of.orgId}::uuid and f.path @> array[${of.folderId}::uuid] and (${after?.folderId ?? null}::uuid is null or f.id >= ${after?.folderId ?? null}::uuid)
    order by f.id, d.created_at desc, d.id desc limit ${limit}`
  // In one order, so that two walks never wait for each other.
  await tx.$queryRaw`select id from document where org_id = ${of.orgId}::uuid and id = any(${rows.map((row) => row.documentId)}::text[]::uuid[])
    order by id for no key update`
  return rows
}
