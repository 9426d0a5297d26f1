import type { UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

/** `secret` is sealed; `confirmed` false: begun, and asks for nothing yet. `refusals`: in a row, since the last code that opened. */
export type StoredFactor = { secret: Uint8Array; confirmed: boolean; refusals: number }

/** Second factors. Every method runs in an identity unit. */
export type SecondFactorRepository = {
  find(tx: Tx, userId: UserId): Promise<StoredFactor | null>
  /** Begins, in place of what was begun before; false when one is on. */
  begin(tx: Tx, userId: UserId, secret: Uint8Array): Promise<boolean>
  /** Switches on what was begun, and takes the code of this step; false when nothing was begun or somebody was faster. */
  confirm(tx: Tx, use: { userId: UserId; step: number; at: Date }): Promise<boolean>
  /** Takes the code of this step, if none of it or of a later one was taken before. The secret is sealed anew with each, so that it comes under a new key. */
  spendStep(tx: Tx, use: { userId: UserId; step: number; secret: Uint8Array<ArrayBuffer> }): Promise<boolean>
  /** Sealed, by account, confirmed or not. */
  secrets(tx: Tx, page: { after: string | null; limit: number }): Promise<{ id: UserId; secret: Uint8Array }[]>
  /** Unless it was sealed anew meanwhile. */
  reseal(tx: Tx, of: { id: string; was: Uint8Array; secret: Uint8Array<ArrayBuffer> }): Promise<void>
  addRecoveryCodes(tx: Tx, userId: UserId, hashes: readonly string[]): Promise<void>
  spendRecoveryCode(tx: Tx, userId: UserId, hash: string): Promise<boolean>
  countRefusal(tx: Tx, userId: UserId): Promise<void>
  clearRefusals(tx: Tx, userId: UserId): Promise<void>
  /** What was begun and not confirmed. */
  removeBegun(tx: Tx, userId: UserId): Promise<void>
  /** The recovery codes go with it. */
  remove(tx: Tx, userId: UserId): Promise<void>
}

export const secondFactorRepository: SecondFactorRepository = {
  async find(tx, userId) {
    const row = await tx.secondFactor.findUnique({ where: { userId }, select: { secret: true, confirmedAt: true, refusals: true } })
    return row === null ? null : { secret: row.secret, confirmed: row.confirmedAt !== null, refusals: row.refusals }
  },
  async begin(tx, userId, secret) {
    const written = await tx.$executeRaw`
      insert into second_factor (user_id, secret, last_step) values (${userId}::uuid, ${secret}, 0)
      on conflict (user_id) do update set secret = excluded.secret, last_step = 0 where second_factor.confirmed_at is null`
    return written === 1
  },
  async confirm(tx, { userId, step, at }) {
    const { count } = await tx.secondFactor.updateMany({ where: { userId, confirmedAt: null }, data: { confirmedAt: at, lastStep: step } })
    return count === 1
  },
  async spendStep(tx, { userId, step, secret }) {
    const { count } = await tx.secondFactor.updateMany({
      where: { userId, confirmedAt: { not: null }, lastStep: { lt: step } }, data: { lastStep: step, secret, refusals: 0 },
    })
    return count === 1
  },
  async secrets(tx, { after, limit }) {
    const rows = await tx.secondFactor.findMany({ ...(after === null ? {} : { where: { userId: { gt: after } } }), orderBy: { userId: 'asc' }, take: limit, select: { userId: true, secret: true } })
    return rows.map(({ userId, secret }) => ({ id: userId as UserId, secret }))
  },
  async reseal(tx, { id, was, secret }) {
    await tx.$executeRaw`update second_factor set secret = ${secret}::bytea where user_id = ${id}::uuid and secret = ${was}::bytea`
  },
  async addRecoveryCodes(tx, userId, hashes) {
    await tx.recoveryCode.createMany({ data: hashes.map((hash) => ({ userId, hash })) })
  },
  async spendRecoveryCode(tx, userId, hash) {
    const spent = await tx.$queryRaw<unknown[]>`delete from recovery_code where user_id = ${userId}::uuid and hash = ${hash} returning hash`
    return spent.length === 1
  },
  async countRefusal(tx, userId) {
    await tx.secondFactor.updateMany({ where: { userId }, data: { refusals: { increment: 1 } } })
  },
  async clearRefusals(tx, userId) {
    await tx.secondFactor.updateMany({ where: { userId }, data: { refusals: 0 } })
  },
  async removeBegun(tx, userId) {
    await tx.secondFactor.deleteMany({ where: { userId, confirmedAt: null } })
  },
  async remove(tx, userId) {
    await tx.secondFactor.deleteMany({ where: { userId } })
  },
}
