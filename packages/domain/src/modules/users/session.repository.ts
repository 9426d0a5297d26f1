import { sessionId, type OrgId, type UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import { HOLDING, holdingRow, toHolding } from './holdings.ts'
import type { OrgRef, SessionUser } from './session-store.ts'

type Row = {
  expiresAt: Date; userId: string; email: string; name: string; platformAdmin: boolean; status: string
  orgId: string | null; sessionId: string
} & Record<'role' | 'permissions' | 'principals', unknown>
type StoredSession = { id: string; userId: string; expiresAt: Date }

/** Sessions as stored; `id` is always the SHA-256 of a token. Every method runs in an identity unit. */
export type SessionRepository = {
  findWithUser(tx: Tx, id: string, org: OrgRef | null): Promise<{ expiresAt: Date; user: SessionUser } | null>
  listOfUser(tx: Tx, userId: string): Promise<StoredSession[]>
  insert(tx: Tx, session: StoredSession): Promise<void>
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
           m.org_id::text as "orgId", s.public_id::text as "sessionId", ${Prisma.raw(HOLDING)}
    from session s
    join user_account u on u.id = s.user_id
    left join org o on o.status = 'active' and (o.id = ${orgId}::uuid or o.slug = ${slug}::text)
    left join membership m on m.org_id = o.id and m.user_id = u.id and m.status = 'active'
    where s.id = ${id}`
  if (row === undefined) return null
  const holding = toHolding(holdingRow.parse(row))
  const membership = row.orgId === null || holding === null ? null : { orgId: row.orgId as OrgId, holding }
  const { email, name, platformAdmin } = row
  const user = { id: row.userId as UserId, email, name, platformAdmin, active: row.status === 'active', membership, sessionId: sessionId.parse(row.sessionId) }
  return { expiresAt: row.expiresAt, user }
}

export const sessionRepository: SessionRepository = {
  findWithUser,
  listOfUser: (tx, userId) => tx.session.findMany({ where: { userId }, select: { id: true, userId: true, expiresAt: true } }),
  async insert(tx, { id, userId, expiresAt }) {
    await tx.session.create({ data: { id, userId, expiresAt } })
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
