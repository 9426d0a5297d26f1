import { sessionId, type OrgId, type SessionId, type UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Person, Position, Tx, Window } from '@intellidocs/kernel'
import { HOLDING, holdingRow, toHolding } from './holdings.ts'
import type { OrgRef, SessionUser } from './session-store.ts'

type Row = {
  expiresAt: Date; userId: string; email: string; name: string; platformAdmin: boolean; status: string
  orgId: string | null; sessionId: string; unseen: boolean
} & Record<'role' | 'permissions' | 'principals', unknown>
type StoredSession = { id: string; userId: string; expiresAt: Date }
type NewSession = StoredSession & { address: string | null; device: string | null; secondFactorAt: Date | null }
/** A session as its owner sees it. */
export type OwnSession = {
  id: SessionId; device: string | null; address: string | null; createdAt: Date; lastSeenAt: Date; secondFactorAt: Date | null; position: Position
}
export type Owner = { readonly userId: UserId }

/** Sessions as stored; `id` is always the SHA-256 of a token, a `SessionId` the name that lists give it. Every method runs in an identity unit. */
export type SessionRepository = {
  findWithUser(tx: Tx, id: string, org: OrgRef | null): Promise<{ expiresAt: Date; user: SessionUser } | null>
  listOfUser(tx: Tx, userId: string): Promise<StoredSession[]>
  insert(tx: Tx, session: NewSession): Promise<void>
  /** Sessions that hold, newest first; one row more than `limit` tells of a next page. */
  ownList(tx: Tx, owner: Owner, page: Window): Promise<OwnSession[]>
  /** Ends one, or all but one; answers which. */
  revoke(tx: Tx, owner: Owner, which: { only: SessionId } | { allBut: SessionId | null }): Promise<SessionId[]>
  /** The session that somebody came by, which nobody ends until the unit does; null when it is over already. `secondFactorAt` null: by the password alone. */
  lockOwn(tx: Tx, person: Pick<Person, 'userId' | 'source'>): Promise<{ id: SessionId; secondFactorAt: Date | null } | null>
  /** Notes use and address, at most once a minute. */
  touch(tx: Tx, id: string, address: string): Promise<void>
  extend(tx: Tx, id: string, expiresAt: Date): Promise<void>
  remove(tx: Tx, id: string): Promise<void>
  removeOfUser(tx: Tx, userId: string): Promise<void>
  removeExpired(tx: Tx, now: Date): Promise<void>
}

/** One statement a request: session, account and the membership of the named organization, active ones only. */
async function findWithUser(tx: Tx, id: string, org: OrgRef | null): Promise<{ expiresAt: Date; user: SessionUser } | null> {
  const orgId = org !== null && 'id' in org ? org.id : null
  const slug = org !== null && 'slug' in org ? org.slug : null
  const [row] = await tx.$queryRaw<Row[]>`
    select s.expires_at as "expiresAt", u.id::text as "userId", u.email, u.name, u.platform_admin as "platformAdmin", u.status,
           m.org_id::text as "orgId", s.public_id::text as "sessionId", s.last_seen_at < now() - interval '1 minute' as unseen, ${Prisma.raw(HOLDING)}
    from session s
    join user_account u on u.id = s.user_id
    left join org o on o.status = 'active' and (o.id = ${orgId}::uuid or o.slug = ${slug}::text)
    left join membership m on m.org_id = o.id and m.user_id = u.id and m.status = 'active'
    where s.id = ${id}`
  if (row === undefined) return null
  const holding = toHolding(holdingRow.parse(row))
  const membership = row.orgId === null || holding === null ? null : { orgId: row.orgId as OrgId, holding }
  const { email, name, platformAdmin } = row
  const user = {
    id: row.userId as UserId, email, name, platformAdmin, active: row.status === 'active', membership, sessionId: sessionId.parse(row.sessionId), unseen: row.unseen,
  }
  return { expiresAt: row.expiresAt, user }
}

async function ownList(tx: Tx, { userId }: Owner, { limit, after }: Window): Promise<OwnSession[]> {
  const rows = await tx.$queryRaw<(Omit<OwnSession, 'id' | 'position'> & { id: string; at: string })[]>`
    select public_id::text as id, device, address, created_at as "createdAt", last_seen_at as "lastSeenAt", second_factor_at as "secondFactorAt",
           created_at::text as at
    from session
    where user_id = ${userId}::uuid and expires_at > now()
      and (${after === null}::boolean or (created_at, public_id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by created_at desc, public_id desc
    limit ${limit + 1}::int`
  return rows.map(({ at, id, ...row }) => ({ ...row, id: sessionId.parse(id), position: { at, id } }))
}

async function revoke(tx: Tx, { userId }: Owner, which: { only: SessionId } | { allBut: SessionId | null }): Promise<SessionId[]> {
  const [only, allBut] = 'only' in which ? [which.only, null] : [null, which.allBut]
  const rows = await tx.$queryRaw<{ id: string }[]>`
    delete from session where user_id = ${userId}::uuid
      and (${only}::uuid is null or public_id = ${only}::uuid) and (${allBut}::uuid is null or public_id <> ${allBut}::uuid)
    returning public_id::text as id`
  return rows.map(({ id }) => sessionId.parse(id))
}

export const sessionRepository: SessionRepository = {
  findWithUser,
  listOfUser: (tx, userId) => tx.session.findMany({ where: { userId }, select: { id: true, userId: true, expiresAt: true } }),
  ownList,
  revoke,
  async lockOwn(tx, { userId, source: { sessionId: id } }) {
    if (id === null) return null
    const [row] = await tx.$queryRaw<{ secondFactorAt: Date | null }[]>`
      select second_factor_at as "secondFactorAt" from session where public_id = ${id}::uuid and user_id = ${userId}::uuid for update`
    return row === undefined ? null : { id, secondFactorAt: row.secondFactorAt }
  },
  async insert(tx, { id, userId, expiresAt, address, device, secondFactorAt }) {
    await tx.session.create({ data: { id, userId, expiresAt, address, device, secondFactorAt } })
  },
  async touch(tx, id, address) {
    await tx.$executeRaw`
      update session set last_seen_at = now(), address = ${address} where id = ${id} and last_seen_at < now() - interval '1 minute'`
  },
  async extend(tx, id, expiresAt) {
    await tx.session.updateMany({ where: { id }, data: { expiresAt } })
  },
  async remove(tx, id) {
    await tx.session.deleteMany({ where: { id } })
  },
  async removeOfUser(tx, userId) {
    await tx.session.deleteMany({ where: { userId } })
  },
  async removeExpired(tx, now) {
    await tx.session.deleteMany({ where: { expiresAt: { lte: now } } })
  },
}
