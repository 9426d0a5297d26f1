import { mailContract, memberRole, sessionId, type Locale, type MemberRole, type OrgId, type SessionId, type UserId } from '@intellidocs/contracts'
import type { Person, Position, Tx, Window } from '@intellidocs/kernel'

export type AccountStatus = 'active' | 'suspended' | 'deleted'
/** An account as administrators of the installation see it. */
export type OversawAccount = {
  id: UserId; email: string; name: string; status: AccountStatus; platformAdmin: boolean; emailVerified: boolean; secondFactor: boolean; createdAt: Date
  sessions: number; lastSeenAt: Date | null; locale: Locale
}
export type AccountFilter = { readonly status?: AccountStatus | undefined; readonly search?: string | undefined }
export type AccountPlace = { orgId: OrgId; name: string; slug: string; role: MemberRole; active: boolean }
export type ResetState = 'open' | 'approved' | 'refused' | 'expired'
/** Whether a second factor is to be taken off. */
export type FactorReset = {
  id: string; userId: UserId; email: string; reason: string; state: ResetState; askedBy: UserId; askedAt: Date; expiresAt: Date
  decidedBy: UserId | null; decidedAt: Date | null
}

/** Every method runs in an admin unit. */
export type AdministrationRepository = {
  /** How somebody stands who came by this session: null unless it holds and its account is an open one of an administrator. */
  administrator(tx: Tx, person: Pick<Person, 'userId' | 'source'>): Promise<{ hasFactor: boolean; cameByIt: boolean } | null>
  /** One deed of administrators at a time, so that two of them cannot shut each other out, nor decide the same. */
  lockDeeds(tx: Tx): Promise<void>
  /** Newest first; one row more than `limit` tells of a next page. */
  list(tx: Tx, filter: AccountFilter, page: Window): Promise<(OversawAccount & { position: Position })[]>
  find(tx: Tx, id: UserId): Promise<OversawAccount | null>
  places(tx: Tx, id: UserId): Promise<AccountPlace[]>
  /** How many rows changed. */
  setStatus(tx: Tx, id: UserId, to: { from: AccountStatus; status: AccountStatus }): Promise<number>
  endSessions(tx: Tx, id: UserId): Promise<SessionId[]>
  removeFactor(tx: Tx, id: UserId): Promise<number>
  /** Open administrators but these. */
  otherAdministrators(tx: Tx, but: readonly UserId[]): Promise<number>
  expireResets(tx: Tx, now: Date): Promise<void>
  /** False while one is open for the account. */
  askReset(tx: Tx, reset: { id: string; userId: UserId; reason: string; askedBy: UserId; expiresAt: Date }): Promise<boolean>
  findReset(tx: Tx, id: string): Promise<FactorReset | null>
  listResets(tx: Tx, state: ResetState | undefined, page: Window): Promise<(FactorReset & { position: Position })[]>
  /** How many rows changed: 0 unless it is open, and whoever asked is still an administrator. */
  decideReset(tx: Tx, decision: { id: string; state: 'approved' | 'refused'; by: UserId; at: Date }): Promise<number>
}

type Row = Omit<OversawAccount, 'id' | 'locale'> & { id: string; locale: string; at: string }
const toAccount = ({ at: _at, id, locale, ...row }: Row): OversawAccount => ({ ...row, id: id as UserId, locale: mailContract.locale.parse(locale) })

/** As a part of a text, whatever signs of a pattern are in it. */
const partOf = (search: string | undefined): string | null => (search === undefined ? null : `%${search.replaceAll(/[\\%_]/g, (sign) => `\\${sign}`)}%`)

async function read(tx: Tx, { status, search }: AccountFilter, { limit, after, id }: Window & { id: UserId | null }): Promise<Row[]> {
  const part = partOf(search)
  return tx.$queryRaw<Row[]>`
    select u.id::text, u.email, u.name, u.status, u.platform_admin as "platformAdmin", u.email_verified_at is not null as "emailVerified", u.locale,
      exists (select from second_factor f where f.user_id = u.id and f.confirmed_at is not null) as "secondFactor",
      u.created_at as "createdAt", u.created_at::text as at, s.sessions, s.seen as "lastSeenAt"
    from user_account u, lateral (
      select count(*)::float8 as sessions, max(last_seen_at) as seen from session s where s.user_id = u.id and s.expires_at > now()) s
    where (${id}::uuid is null or u.id = ${id}::uuid) and (${status ?? null}::text is null or u.status = ${status ?? null})
      and (${part}::text is null or u.email ilike ${part} or u.name ilike ${part})
      and (${after === null}::boolean or (u.created_at, u.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by u.created_at desc, u.id desc
    limit ${limit + 1}::int`
}

type ResetRow = Omit<FactorReset, 'userId' | 'askedBy' | 'decidedBy'> & { userId: string; askedBy: string; decidedBy: string | null; at: string }
const toReset = ({ at: _at, userId, askedBy, decidedBy, ...row }: ResetRow): FactorReset =>
  ({ ...row, userId: userId as UserId, askedBy: askedBy as UserId, decidedBy: decidedBy as UserId | null })

/** What is past its time is told as expired, whether that was written down or not. */
async function readResets(tx: Tx, { id, state }: { id: string | null; state: ResetState | null }, { limit, after }: Window): Promise<ResetRow[]> {
  return tx.$queryRaw<ResetRow[]>`
    select * from (
      select r.id::text, r.user_id::text as "userId", u.email, r.reason,
        case when r.state = 'open' and r.expires_at <= now() then 'expired' else r.state end as state,
        r.asked_by::text as "askedBy", r.asked_at as "askedAt", r.expires_at as "expiresAt", r.decided_by::text as "decidedBy",
        r.decided_at as "decidedAt", r.asked_at::text as at
      from second_factor_reset r join user_account u on u.id = r.user_id
      where (${id}::uuid is null or r.id = ${id}::uuid)
        and (${after === null}::boolean or (r.asked_at, r.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by r.asked_at desc, r.id desc) x
    where ${state}::text is null or x.state = ${state}
    limit ${limit + 1}::int`
}

export const administrationRepository: AdministrationRepository = {
  async administrator(tx, { userId, source: { sessionId: id } }) {
    if (id === null) return null
    const [row] = await tx.$queryRaw<{ hasFactor: boolean; cameByIt: boolean }[]>`
      select exists (select from second_factor f where f.user_id = u.id and f.confirmed_at is not null) as "hasFactor", s.second_factor_at is not null as "cameByIt"
      from session s join user_account u on u.id = s.user_id
      where s.public_id = ${id}::uuid and s.user_id = ${userId}::uuid and s.expires_at > now() and u.status = 'active' and u.platform_admin`
    return row ?? null
  },
  async lockDeeds(tx) {
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('intellidocs.administration', 0))::text`
  },
  async list(tx, filter, page) {
    const rows = await read(tx, filter, { ...page, id: null })
    return rows.map((row) => ({ ...toAccount(row), position: { at: row.at, id: row.id } }))
  },
  async find(tx, id) {
    const [row] = await read(tx, {}, { limit: 1, after: null, id })
    return row === undefined ? null : toAccount(row)
  },
  async places(tx, id) {
    const rows = await tx.$queryRaw<(Omit<AccountPlace, 'orgId' | 'role'> & { orgId: string; role: string })[]>`
      select o.id::text as "orgId", o.name, o.slug, m.role, m.status = 'active' as active
      from membership m join org o on o.id = m.org_id where m.user_id = ${id}::uuid order by m.created_at, m.org_id limit 200`
    return rows.map(({ orgId, role, ...row }) => ({ ...row, orgId: orgId as OrgId, role: memberRole.parse(role) }))
  },
  setStatus: (tx, id, { from, status }) => tx.$executeRaw`update user_account set status = ${status} where id = ${id}::uuid and status = ${from}`,
  async endSessions(tx, id) {
    const rows = await tx.$queryRaw<{ id: string }[]>`delete from session where user_id = ${id}::uuid returning public_id::text as id`
    return rows.map((row) => sessionId.parse(row.id))
  },
  removeFactor: (tx, id) => tx.$executeRaw`delete from second_factor where user_id = ${id}::uuid and confirmed_at is not null`,
  async otherAdministrators(tx, but) {
    const [row] = await tx.$queryRaw<{ n: number }[]>`
      select count(*)::int as n from user_account where platform_admin and status = 'active' and id <> all (${[...but]}::text[]::uuid[])`
    return row?.n ?? 0
  },
  async expireResets(tx, now) {
    await tx.$executeRaw`update second_factor_reset set state = 'expired' where state = 'open' and expires_at <= ${now}::timestamptz`
  },
  async askReset(tx, { id, userId, reason, askedBy, expiresAt }) {
    const asked = await tx.$executeRaw`
      insert into second_factor_reset (id, user_id, reason, asked_by, expires_at)
      values (${id}::uuid, ${userId}::uuid, ${reason}, ${askedBy}::uuid, ${expiresAt}::timestamptz) on conflict do nothing`
    return asked === 1
  },
  async findReset(tx, id) {
    const [row] = await readResets(tx, { id, state: null }, { limit: 1, after: null })
    return row === undefined ? null : toReset(row)
  },
  async listResets(tx, state, page) {
    const rows = await readResets(tx, { id: null, state: state ?? null }, page)
    return rows.map((row) => ({ ...toReset(row), position: { at: row.at, id: row.id } }))
  },
  decideReset: (tx, { id, state, by, at }) => tx.$executeRaw`
    update second_factor_reset r set state = ${state}, decided_by = ${by}::uuid, decided_at = ${at}::timestamptz
    where r.id = ${id}::uuid and r.state = 'open' and r.expires_at > ${at}::timestamptz
      and exists (select from user_account a where a.id = r.asked_by and a.platform_admin and a.status = 'active')`,
}
