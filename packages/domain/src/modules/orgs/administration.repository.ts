import { mailContract, type Locale, type OrgId, type UserId } from '@intellidocs/contracts'
import type { Position, Tx, Window } from '@intellidocs/kernel'

export type OrgStatus = 'active' | 'suspended' | 'deleting'
/** An organization as administrators of the installation see it. */
export type OversawOrg = {
  id: OrgId; name: string; slug: string; status: OrgStatus; createdAt: Date; suspendedAt: Date | null; suspendedReason: string | null; purgeAt: Date | null; members: number
}
export type OrgFilter = { readonly status?: OrgStatus | undefined; readonly search?: string | undefined }
/** See `adminContract.getOrg`. */
export type OrgCounts = { documents: number; trashed: number; versions: number; bytes: number; unread: number; failed: number }
export type OrgOwner = { id: UserId; email: string; name: string; active: boolean }
/** Where a change leads; a time that is absent stays, null empties it. */
export type OrgChange = { readonly status: OrgStatus; readonly suspended?: { at: Date; reason: string } | null; readonly purgeAt?: Date | null }

/** Every method runs in an admin unit. */
export type AdministrationRepository = {
  /** Newest first; one row more than `limit` tells of a next page. */
  list(tx: Tx, filter: OrgFilter, page: Window): Promise<(OversawOrg & { position: Position })[]>
  /** Nobody else changes it until the unit ends. */
  lock(tx: Tx, id: OrgId): Promise<OversawOrg | null>
  find(tx: Tx, id: OrgId): Promise<OversawOrg | null>
  owners(tx: Tx, id: OrgId): Promise<OrgOwner[]>
  /** Those who can sign in, with the language of their mail. */
  ownersToTell(tx: Tx, id: OrgId): Promise<{ email: string; name: string; locale: Locale }[]>
  counts(tx: Tx, id: OrgId): Promise<OrgCounts>
  /** Of an open account. */
  accountOf(tx: Tx, email: string): Promise<UserId | null>
  /** False when the short name is taken. */
  insert(tx: Tx, org: { id: OrgId; name: string; slug: string; createdAt: Date }, ownerId: UserId): Promise<boolean>
  /** Behind `lock`. How many rows changed: 0 when it is not in that state any more, or is being purged. */
  change(tx: Tx, of: { id: OrgId; from: OrgStatus }, to: OrgChange): Promise<number>
}

type Row = Omit<OversawOrg, 'id'> & { id: string; at: string }
const toOrg = ({ at: _at, id, ...row }: Row): OversawOrg => ({ ...row, id: id as OrgId })

/** As a part of a text, whatever signs of a pattern are in it. */
const partOf = (search: string | undefined): string | null => (search === undefined ? null : `%${search.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`)

async function read(tx: Tx, { status, search }: OrgFilter, { limit, after, id }: Window & { id: OrgId | null }): Promise<Row[]> {
  const part = partOf(search)
  return tx.$queryRaw<Row[]>`
    select o.id::text, o.name, o.slug, o.status, o.created_at as "createdAt", o.suspended_at as "suspendedAt", o.suspended_reason as "suspendedReason",
      o.purge_at as "purgeAt", o.created_at::text as at, (select count(*) from membership m where m.org_id = o.id)::float8 as members
    from org o
    where (${id}::uuid is null or o.id = ${id}::uuid) and (${status ?? null}::text is null or o.status = ${status ?? null})
      and (${part}::text is null or o.name ilike ${part} or o.slug ilike ${part})
      and (${after === null}::boolean or (o.created_at, o.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by o.created_at desc, o.id desc
    limit ${limit + 1}::int`
}

async function find(tx: Tx, id: OrgId): Promise<OversawOrg | null> {
  const [row] = await read(tx, {}, { limit: 1, after: null, id })
  return row === undefined ? null : toOrg(row)
}

async function counts(tx: Tx, id: OrgId): Promise<OrgCounts> {
  const [documents] = await tx.$queryRaw<Pick<OrgCounts, 'documents' | 'trashed'>[]>`
    select count(*) filter (where lifecycle = 'active')::float8 as documents, count(*) filter (where lifecycle = 'trashed')::float8 as trashed
    from document where org_id = ${id}::uuid`
  const [versions] = await tx.$queryRaw<Omit<OrgCounts, 'documents' | 'trashed'>[]>`
    select count(*)::float8 as versions, coalesce(sum(size), 0)::float8 as bytes, count(*) filter (where state in ('queued', 'processing'))::float8 as unread,
      count(*) filter (where state = 'failed')::float8 as failed
    from document_version where org_id = ${id}::uuid`
  return { documents: documents?.documents ?? 0, trashed: documents?.trashed ?? 0, versions: 0, bytes: 0, unread: 0, failed: 0, ...versions }
}

export const administrationRepository: AdministrationRepository = {
  async list(tx, filter, page) {
    const rows = await read(tx, filter, { ...page, id: null })
    return rows.map((row) => ({ ...toOrg(row), position: { at: row.at, id: row.id } }))
  },
  find,
  async lock(tx, id) {
    await tx.$queryRaw`select id::text from org where id = ${id}::uuid for update`
    return find(tx, id)
  },
  async owners(tx, id) {
    return tx.$queryRaw<OrgOwner[]>`
      select u.id::text, u.email, u.name, m.status = 'active' and u.status = 'active' as active
      from membership m join user_account u on u.id = m.user_id where m.org_id = ${id}::uuid and m.role = 'owner' order by m.created_at, m.user_id limit 100`
  },
  async ownersToTell(tx, id) {
    const rows = await tx.$queryRaw<{ email: string; name: string; locale: string }[]>`
      select u.email, u.name, u.locale from membership m join user_account u on u.id = m.user_id and u.status = 'active'
      where m.org_id = ${id}::uuid and m.role = 'owner' and m.status = 'active' order by m.created_at, m.user_id limit 100`
    return rows.map(({ locale, ...row }) => ({ ...row, locale: mailContract.locale.parse(locale) }))
  },
  counts,
  async accountOf(tx, email) {
    const [row] = await tx.$queryRaw<{ id: string }[]>`select id::text from user_account where email = ${email} and status = 'active'`
    return row === undefined ? null : row.id as UserId
  },
  async insert(tx, { id, name, slug, createdAt }, ownerId) {
    const inserted = await tx.$executeRaw`
      insert into org (id, name, slug, created_at) values (${id}::uuid, ${name}, ${slug}, ${createdAt}::timestamptz) on conflict do nothing`
    if (inserted !== 1) return false
    await tx.$executeRaw`
      insert into membership (org_id, user_id, role, created_at) values (${id}::uuid, ${ownerId}::uuid, 'owner', ${createdAt}::timestamptz)`
    return true
  },
  change: (tx, { id, from }, { status, suspended, purgeAt }) => tx.$executeRaw`
    update org set status = ${status},
      suspended_at = case when ${suspended === undefined}::boolean then suspended_at else ${suspended?.at ?? null}::timestamptz end,
      suspended_reason = case when ${suspended === undefined}::boolean then suspended_reason else ${suspended?.reason ?? null}::text end,
      purge_at = case when ${purgeAt === undefined}::boolean then purge_at else ${purgeAt ?? null}::timestamptz end
    where id = ${id}::uuid and status = ${from} and (purge_at is null or purge_at > clock_timestamp())`,
}
