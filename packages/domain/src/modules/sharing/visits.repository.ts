import type { DocumentId, OrgId, ShareId, ShareVisitId } from '@intellidocs/contracts'
import type { Position, Tx, Window } from '@intellidocs/kernel'
import type { Key } from './links.repository.ts'
import type { Visit } from './sharing.types.ts'

/** What was looked at; `page` null: the file itself. */
export type Look = { readonly documentId: DocumentId; readonly version: number; readonly page: number | null }
export type LookedAt = Look & { readonly visitId: ShareVisitId; readonly at: Date; readonly nextAt: Date | null }
/** So much of one visit is kept, that nobody fills the table. */
const MOST_LOOKS = 2_000

type Listed = Pick<Visit, 'id' | 'email' | 'address' | 'openedAt'> & { readonly lastAt: Date }

/** Tenant units, unless it says otherwise. */
export const visitsRepository = {
  async insert(tx: Tx, { orgId, id: shareId }: Key, { id, email, address, openedAt, gate, secretHash, expiresAt }: Visit): Promise<void> {
    await tx.$executeRaw`
      insert into share_visit (id, org_id, share_id, secret_hash, gate, email, address, opened_at, last_at, expires_at)
      values (${id}::uuid, ${orgId}::uuid, ${shareId}::uuid, ${secretHash}, ${gate}::int, ${email}, ${address}, ${openedAt}::timestamptz, ${openedAt}::timestamptz, ${expiresAt}::timestamptz)`
  },
  async find(tx: Tx, { orgId, id: shareId }: Key, id: ShareVisitId): Promise<Visit | null> {
    const [row] = await tx.$queryRaw<Visit[]>`
      select id::text, email, address, opened_at as "openedAt", gate, secret_hash as "secretHash", expires_at as "expiresAt" from share_visit
      where org_id = ${orgId}::uuid and share_id = ${shareId}::uuid and id = ${id}::uuid`
    return row ?? null
  },
  /** Notes that something was looked at. */
  async note(tx: Tx, { orgId, visitId }: { orgId: OrgId; visitId: ShareVisitId }, { documentId, version, page, at }: Look & { at: Date }): Promise<void> {
    await tx.$executeRaw`
      with counted as (
        update share_visit set looks = looks + 1, last_at = ${at}::timestamptz
        where org_id = ${orgId}::uuid and id = ${visitId}::uuid and looks < ${MOST_LOOKS}::int returning id
      )
      insert into share_look (org_id, visit_id, document_id, version, page, at)
      select ${orgId}::uuid, id, ${documentId}::uuid, ${version}::int, ${page}::int, ${at}::timestamptz from counted`
  },
  /** Ends the visits of an address and puts them behind a pseudonym, without the network they came from. Answers how many. */
  forget(tx: Tx, orgId: OrgId, { email, pseudonym, now }: { email: string; pseudonym: string; now: Date }): Promise<number> {
    return tx.$executeRaw`
      update share_visit set email = ${pseudonym}, address = '', expires_at = least(expires_at, ${now}::timestamptz) where org_id = ${orgId}::uuid and email = ${email}`
  },
  /** Newest first. */
  async list(tx: Tx, { orgId, id }: { orgId: OrgId; id: ShareId }, { limit, after }: Window): Promise<(Listed & { position: Position })[]> {
    const rows = await tx.$queryRaw<(Listed & { position_at: string })[]>`
      select id::text, email, address, opened_at as "openedAt", last_at as "lastAt", opened_at::text as position_at from share_visit
      where org_id = ${orgId}::uuid and share_id = ${id}::uuid
        and (${after?.at ?? null}::timestamptz is null or (opened_at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by opened_at desc, id desc limit ${limit + 1}::int`
    return rows.map(({ position_at, ...row }) => ({ ...row, position: { at: position_at, id: row.id } }))
  },
  /** In the order in which it was looked at. `nextAt`: when the visit asked for something else. */
  looks(tx: Tx, orgId: OrgId, visits: readonly ShareVisitId[]): Promise<LookedAt[]> {
    return tx.$queryRaw<LookedAt[]>`
      select visit_id::text as "visitId", document_id::text as "documentId", version, page, at, lead(at) over (partition by visit_id order by at, id) as "nextAt" from share_look
      where org_id = ${orgId}::uuid and visit_id = any(${[...visits]}::text[]::uuid[]) order by visit_id, at, id`
  },
  /** As the system: so many at most of the visits of all organizations that were over before a moment, the oldest first, and what was looked at in them. Answers how many. */
  removeOld(tx: Tx, { before, most }: { before: Date; most: number }): Promise<number> {
    return tx.$executeRaw`
      delete from share_visit where (org_id, id) in (select org_id, id from share_visit where expires_at < ${before}::timestamptz order by expires_at limit ${most}::int)`
  },
}
export type VisitsRepository = typeof visitsRepository
