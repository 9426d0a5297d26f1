import type { OrgId, SessionId, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import { HOLDING, holdingRow, toHolding, type Holding } from './holdings.ts'

/** Identity units. */
export type ActingRepository = {
  /** What an active member has now; null for anybody else, and where the organization is closed. */
  holding(tx: Tx, of: { orgId: OrgId; userId: UserId }): Promise<Holding | null>
  /** Whether a session that holds was opened with a second factor. */
  secondFactor(tx: Tx, of: { sessionId: SessionId; userId: UserId }): Promise<boolean>
}

export const actingRepository: ActingRepository = {
  async holding(tx, { orgId, userId }) {
    const [row] = await tx.$queryRaw<unknown[]>`
      select ${Prisma.raw(HOLDING)}
      from membership m join user_account u on u.id = m.user_id join org o on o.id = m.org_id
      where m.org_id = ${orgId}::uuid and m.user_id = ${userId}::uuid and m.status = 'active' and u.status = 'active' and o.status = 'active'`
    return row === undefined ? null : toHolding(holdingRow.parse(row))
  },
  async secondFactor(tx, { sessionId, userId }) {
    const [row] = await tx.$queryRaw<{ used: boolean }[]>`
      select second_factor_at is not null as used from session where public_id = ${sessionId}::uuid and user_id = ${userId}::uuid and expires_at > now()`
    return row?.used === true
  },
}
