import type { DocumentId, FolderId, OrgId, ShareId, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Position, Tx, Window } from '@intellidocs/kernel'
import type { ListedShare, NewShare, Settings, ShareRef, StoredShare } from './sharing.types.ts'

export type Key = { readonly orgId: OrgId; readonly id: ShareId }
/** Null: all. */
export type ListedOf = { readonly documentId: DocumentId | null; readonly folderId: FolderId | null; readonly createdBy: UserId | null }

const COLUMNS = Prisma.raw(`s.id::text, s.org_id::text as "orgId", s.document_id::text as "documentId", s.folder_id::text as "folderId", s.version, s.created_by::text as "createdBy",
  s.note, s.password_hash as "passwordHash", s.emails, s.expires_at as "expiresAt", s.view_limit as "viewLimit", s.download_limit as "downloadLimit", s.download, s.notify, s.gate,
  s.views, s.downloads, s.last_opened_at as "lastOpenedAt", s.revoked_at as "revokedAt", s.created_at as "createdAt"`)

/** The name of what a link leads to, for an actor who is shown that: a column for a query with the alias `s`. */
const titleFor = ({ orgId, principals }: Actor): Prisma.Sql => Prisma.sql`case when s.document_id is not null
  then (select d.name from app.readable(${orgId}::uuid, ${[...principals]}::text[]) d where d.id = s.document_id)
  else (select f.name from folder f where f.org_id = s.org_id and f.id = s.folder_id and app.folder_shown(f.path, f.restricted, ${[...principals]}::text[])) end as title`

/** Links of the organization that is set. Every method but `refOf` runs in a tenant unit. */
export const linksRepository = {
  async insert(tx: Tx, orgId: OrgId, s: NewShare): Promise<void> {
    const count = await tx.$executeRaw`
      insert into share (id, org_id, document_id, folder_id, version, created_by, token_hash, note, password_hash, emails, expires_at, view_limit, download_limit, download,
        notify, created_at)
      values (${s.id}::uuid, ${orgId}::uuid, ${s.documentId}::uuid, ${s.folderId}::uuid, ${s.version}::int, ${s.createdBy}::uuid, ${s.tokenHash}, ${s.note}, ${s.passwordHash},
        ${[...s.emails]}::text[], ${s.expiresAt}::timestamptz, ${s.viewLimit}::int, ${s.downloadLimit}::int, ${s.download}, ${s.notify}, ${s.createdAt}::timestamptz)`
    if (count !== 1) throw new Error('a link was not written')
  },
  /** Identity unit: whose a token is, and nothing else of it. */
  async refOf(tx: Tx, tokenHash: string): Promise<ShareRef | null> {
    const [row] = await tx.$queryRaw<ShareRef[]>`
      select org_id::text as "orgId", id::text, created_by::text as "createdBy" from share where token_hash = ${tokenHash}`
    return row ?? null
  },
  async find(tx: Tx, { orgId, id }: Key): Promise<StoredShare | null> {
    const [row] = await tx.$queryRaw<StoredShare[]>`select ${COLUMNS} from share s where s.org_id = ${orgId}::uuid and s.id = ${id}::uuid`
    return row ?? null
  },
  /** Held until the unit ends, against all who change or open it. */
  async lock(tx: Tx, { orgId, id }: Key): Promise<StoredShare | null> {
    const [row] = await tx.$queryRaw<StoredShare[]>`select ${COLUMNS} from share s where s.org_id = ${orgId}::uuid and s.id = ${id}::uuid for update`
    return row ?? null
  },
  /** As the actor is shown it. */
  async listed(tx: Tx, actor: Actor, id: ShareId): Promise<ListedShare | null> {
    const [row] = await tx.$queryRaw<ListedShare[]>`select ${COLUMNS}, ${titleFor(actor)} from share s where s.org_id = ${actor.orgId}::uuid and s.id = ${id}::uuid`
    return row ?? null
  },
  /** Newest first. */
  async list(tx: Tx, actor: Actor, { of, page: { limit, after } }: { of: ListedOf; page: Window }): Promise<(ListedShare & { position: Position })[]> {
    const rows = await tx.$queryRaw<(ListedShare & { at: string })[]>`
      select ${COLUMNS}, ${titleFor(actor)}, s.created_at::text as at from share s
      where s.org_id = ${actor.orgId}::uuid
        and (${of.createdBy}::uuid is null or s.created_by = ${of.createdBy}::uuid)
        and (${of.documentId}::uuid is null or s.document_id = ${of.documentId}::uuid)
        and (${of.folderId}::uuid is null or s.folder_id = ${of.folderId}::uuid)
        and (${after?.at ?? null}::timestamptz is null or (s.created_at, s.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by s.created_at desc, s.id desc limit ${limit + 1}::int`
    return rows.map(({ at, ...row }) => ({ ...row, position: { at, id: row.id } }))
  },
  /** One that is not revoked. Whoever passed another gate than `gate` has to pass anew. Answers the number of rows. */
  change(tx: Tx, { orgId, id }: Key, { note, passwordHash, emails, expiresAt, viewLimit, downloadLimit, download, notify, gate }: Settings & { gate: number }): Promise<number> {
    return tx.$executeRaw`
      update share set note = ${note}, password_hash = ${passwordHash}, emails = ${[...emails]}::text[], expires_at = ${expiresAt}::timestamptz,
        view_limit = ${viewLimit}::int, download_limit = ${downloadLimit}::int, download = ${download}, notify = ${notify}, gate = ${gate}
      where org_id = ${orgId}::uuid and id = ${id}::uuid and revoked_at is null`
  },
  /** Answers the number of rows: 0 for one that was revoked before. */
  revoke(tx: Tx, { orgId, id }: Key, at: Date): Promise<number> {
    return tx.$executeRaw`update share set revoked_at = ${at}::timestamptz where org_id = ${orgId}::uuid and id = ${id}::uuid and revoked_at is null`
  },
  /** Takes the address out of all that name it; whoever passed has to pass anew. One that was for nobody else is revoked, unless it was. */
  forget(tx: Tx, orgId: OrgId, { email, now }: { email: string; now: Date }): Promise<(Pick<StoredShare, 'id' | 'documentId' | 'folderId' | 'createdBy'> & { becameRevoked: boolean })[]> {
    return tx.$queryRaw`
      with named as (
        select id, cardinality(array_remove(emails, ${email})) = 0 and revoked_at is null as alone from share
        where org_id = ${orgId}::uuid and ${email} = any (emails) order by id for update
      )
      update share s set emails = array_remove(s.emails, ${email}), gate = s.gate + 1, revoked_at = case when n.alone then ${now}::timestamptz else s.revoked_at end
      from named n where s.org_id = ${orgId}::uuid and s.id = n.id
      returning s.id::text, s.document_id::text as "documentId", s.folder_id::text as "folderId", s.created_by::text as "createdBy", n.alone as "becameRevoked"`
  },
  /** Counts a view if there is one left: of any number at once no more than that get it. `gate`: of the link as it was looked at before. */
  async spendView(tx: Tx, { orgId, id }: Key, { gate, now }: { gate: number; now: Date }): Promise<boolean> {
    return await tx.$executeRaw`
      update share set views = views + 1, last_opened_at = ${now}::timestamptz
      where org_id = ${orgId}::uuid and id = ${id}::uuid and gate = ${gate}::int and revoked_at is null and (expires_at is null or expires_at > ${now}::timestamptz)
        and (view_limit is null or views < view_limit)` === 1
  },
  /** The same for a download. */
  async spendDownload(tx: Tx, { orgId, id }: Key, { gate, now }: { gate: number; now: Date }): Promise<boolean> {
    return await tx.$executeRaw`
      update share set downloads = downloads + 1
      where org_id = ${orgId}::uuid and id = ${id}::uuid and gate = ${gate}::int and revoked_at is null and (expires_at is null or expires_at > ${now}::timestamptz)
        and download and (download_limit is null or downloads < download_limit)` === 1
  },
}
export type LinksRepository = typeof linksRepository
