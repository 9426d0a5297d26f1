import { mailContract, memberRole, type Locale, type MemberRole, type OrgId, type OrgRoleId, type UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import { authorityOf, HOLDING, holdingRow, known, toHolding } from './holdings.ts'

export type Account = {
  id: UserId; email: string; name: string; passwordHash: string; platformAdmin: boolean; active: boolean; locale: Locale; emailVerified: boolean; createdAt: Date
}
/** Somebody as others know them. */
export type Called = { readonly id: UserId; readonly name: string; readonly email: string }
export type Place = { orgId: OrgId; name: string; slug: string; role: MemberRole; roleId: OrgRoleId | null }
export type NewAccount = { id: string; email: string; name: string; passwordHash: string; platformAdmin: boolean; createdAt: Date }

/** What a live connection was opened with; `session` is the SHA-256 of the token. One of `session` and `key` is set. */
export type Credential = {
  session: string | null
  key: string | null
  userId: UserId
  orgId: OrgId | null
  /** See `authorityOf`; null without an organization. */
  authority: string | null
}
type StandingRow = { n: number; scopes: string[] | null } & Record<'role' | 'permissions' | 'principals', unknown>
/** `n` points into the list that was asked about; credentials that no longer hold are absent. `authority` is null without a membership. */
export type Standing = { n: number; authority: string | null; principals: readonly string[] }

/** Accounts and memberships. Every method runs in an identity unit. */
export type UsersRepository = {
  findByEmail(tx: Tx, email: string): Promise<Account | null>
  find(tx: Tx, userId: string): Promise<Account | null>
  /** How these are called, whether they still belong anywhere or not; those whose account ended are absent. */
  called(tx: Tx, userIds: readonly UserId[]): Promise<Called[]>
  /** The same, and nobody else changes or locks it until the unit ends. */
  lock(tx: Tx, userId: UserId): Promise<Account | null>
  /** False when the address has an account. */
  insert(tx: Tx, account: NewAccount & Pick<Account, 'locale'> & { emailVerifiedAt: Date }): Promise<boolean>
  setPassword(tx: Tx, userId: UserId, passwordHash: string): Promise<void>
  /** Their mail reached them: the address is theirs. */
  setVerified(tx: Tx, userId: UserId, at: Date): Promise<void>
  setProfile(tx: Tx, userId: UserId, profile: { name?: string; locale?: Locale }): Promise<void>
  /** Active memberships in active organizations, oldest first. */
  places(tx: Tx, userId: string, onlyOrg?: OrgId): Promise<Place[]>
  standing(tx: Tx, credentials: readonly Credential[], now: Date): Promise<Standing[]>
  /** True when the installation has neither an organization nor anybody but `email`. */
  isUnused(tx: Tx, email: string): Promise<boolean>
  /** One bootstrap at a time across processes; released with the transaction. */
  lockBootstrap(tx: Tx): Promise<void>
  saveAdministrator(tx: Tx, account: NewAccount): Promise<UserId>
}

const accountColumns = {
  id: true, email: true, name: true, passwordHash: true, platformAdmin: true, status: true, locale: true, emailVerifiedAt: true, createdAt: true,
} as const
type AccountRow = Omit<Account, 'id' | 'active' | 'locale' | 'emailVerified'> & { id: string; status: string; locale: string; emailVerifiedAt: Date | null }

function toAccount(row: AccountRow | null): Account | null {
  if (row === null) return null
  const { id, status, locale, emailVerifiedAt, ...account } = row
  return { ...account, id: id as UserId, active: status === 'active', locale: mailContract.locale.parse(locale), emailVerified: emailVerifiedAt !== null }
}

async function find(tx: Tx, userId: string): Promise<Account | null> {
  return toAccount(await tx.user.findUnique({ where: { id: userId }, select: accountColumns }))
}

async function places(tx: Tx, userId: string, onlyOrg?: OrgId): Promise<Place[]> {
  const rows = await tx.membership.findMany({
    where: { userId, status: 'active', org: { status: 'active' }, ...(onlyOrg === undefined ? {} : { orgId: onlyOrg }) },
    select: { role: true, roleId: true, org: { select: { id: true, name: true, slug: true } } },
    orderBy: [{ createdAt: 'asc' }, { orgId: 'asc' }],
    take: 200,
  })
  return rows.map(({ role, roleId, org }) => (
    { orgId: org.id as OrgId, name: org.name, slug: org.slug, role: memberRole.parse(role), roleId: roleId as OrgRoleId | null }))
}

/** One statement for all open connections of a process, however many there are. */
async function standing(tx: Tx, credentials: readonly Credential[], now: Date): Promise<Standing[]> {
  const asked = JSON.stringify(credentials.map((c, n) => ({ n, session: c.session, key: c.key, user_id: c.userId, org_id: c.orgId })))
  const rows = await tx.$queryRaw<StandingRow[]>`
    select c.n, k.scopes, ${Prisma.raw(HOLDING)}
    from jsonb_to_recordset(${asked}::jsonb) as c(n int, session text, key uuid, user_id uuid, org_id uuid)
    join user_account u on u.id = c.user_id and u.status = 'active'
    left join session s on s.id = c.session and s.user_id = c.user_id and s.expires_at > ${now}::timestamptz
    left join api_key k on k.id = c.key and k.user_id = c.user_id and k.revoked_at is null
      and (k.expires_at is null or k.expires_at > ${now}::timestamptz)
    left join org o on o.id = c.org_id and o.status = 'active'
    left join membership m on m.org_id = o.id and m.user_id = c.user_id and m.status = 'active'
    where (s.id is not null or k.id is not null) and (c.org_id is null or m.org_id is not null)`
  return rows.map(({ n, scopes, ...row }) => {
    const holding = toHolding(holdingRow.parse(row))
    const authority = holding === null ? null : authorityOf(holding, scopes === null ? null : known.parse(scopes))
    return { n, authority, principals: holding?.principals ?? [] }
  })
}

export const usersRepository: UsersRepository = {
  findByEmail: async (tx, email) => toAccount(await tx.user.findUnique({ where: { email }, select: accountColumns })),
  find,
  called: (tx, userIds) => tx.$queryRaw<Called[]>`
    select id::text, name, email from user_account where id = any (${[...userIds]}::text[]::uuid[]) and status <> 'deleted'`,
  async lock(tx, userId) {
    await tx.$queryRaw`select id::text from user_account where id = ${userId}::uuid for update`
    return find(tx, userId)
  },
  async insert(tx, { id, email, name, passwordHash, platformAdmin, createdAt, locale, emailVerifiedAt }) {
    const { count } = await tx.user.createMany({
      data: { id, email, name, passwordHash, platformAdmin, createdAt, locale, emailVerifiedAt }, skipDuplicates: true,
    })
    return count === 1
  },
  async setPassword(tx, userId, passwordHash) {
    await tx.user.update({ where: { id: userId }, data: { passwordHash }, select: { id: true } })
  },
  async setVerified(tx, userId, at) {
    await tx.user.updateMany({ where: { id: userId, emailVerifiedAt: null }, data: { emailVerifiedAt: at } })
  },
  async setProfile(tx, userId, profile) {
    await tx.user.update({ where: { id: userId }, data: profile, select: { id: true } })
  },
  places,
  standing,
  async isUnused(tx, email) {
    const [row] = await tx.$queryRaw<{ unused: boolean }[]>`
      select not exists (select from org) and not exists (select from user_account where email <> ${email}) as unused`
    return row?.unused === true
  },
  async lockBootstrap(tx) {
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('intellidocs.bootstrap', 0))::text`
  },
  async saveAdministrator(tx, { id, email, name, passwordHash, createdAt }) {
    const saved = await tx.user.upsert({
      where: { email },
      create: { id, email, name, passwordHash, platformAdmin: true, createdAt },
      update: { passwordHash, platformAdmin: true },
      select: { id: true },
    })
    return saved.id as UserId
  },
}
