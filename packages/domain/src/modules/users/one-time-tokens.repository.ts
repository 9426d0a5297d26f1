import type { UserId } from '@intellidocs/contracts'
import type { Prisma } from '@intellidocs/db'
import { hashToken, randomToken, type Tx } from '@intellidocs/kernel'

export type TokenKind = 'sign_up' | 'password_reset' | 'second_factor'
/** `owner`: the account, or the e-mail address of a sign-up, which has no account yet. */
export type NewToken = { kind: TokenKind; owner: { userId: UserId } | { email: string }; data?: Prisma.InputJsonObject; expiresAt: Date }
export type HeldToken = { userId: UserId | null; email: string | null; data: unknown }

/** What is good for one use. Only SHA-256 of a token is stored. Every method runs in an identity unit. */
export type OneTimeTokensRepository = {
  /** Answers the token; nobody can read it again. */
  issue(tx: Tx, token: NewToken): Promise<string>
  /** What it stands for, without spending it; null for one that does not hold. */
  find(tx: Tx, kind: TokenKind, token: string, now: Date): Promise<HeldToken | null>
  /** Null for one that does not hold, or was spent: of many at once one succeeds. */
  spend(tx: Tx, kind: TokenKind, token: string, now: Date): Promise<HeldToken | null>
  /** All kinds; what an account's new password or its end makes void. */
  removeOfUser(tx: Tx, userId: UserId): Promise<void>
  /** Sign-ups of this address. */
  removeOfEmail(tx: Tx, email: string): Promise<void>
  removeExpired(tx: Tx, now: Date): Promise<void>
}

export const oneTimeTokensRepository: OneTimeTokensRepository = {
  async issue(tx, { kind, owner, data = {}, expiresAt }) {
    const token = randomToken()
    await tx.oneTimeToken.create({ data: { id: hashToken(token), kind, ...owner, data, expiresAt } })
    return token
  },
  async find(tx, kind, token, now) {
    const row = await tx.oneTimeToken.findFirst({
      where: { id: hashToken(token), kind, expiresAt: { gt: now } }, select: { userId: true, email: true, data: true },
    })
    return row === null ? null : { ...row, userId: row.userId as UserId | null }
  },
  async spend(tx, kind, token, now) {
    const [row] = await tx.$queryRaw<HeldToken[]>`
      delete from one_time_token where id = ${hashToken(token)} and kind = ${kind} and expires_at > ${now}::timestamptz
      returning user_id::text as "userId", email, data`
    return row ?? null
  },
  async removeOfUser(tx, userId) {
    await tx.oneTimeToken.deleteMany({ where: { userId } })
  },
  async removeOfEmail(tx, email) {
    await tx.oneTimeToken.deleteMany({ where: { email } })
  },
  async removeExpired(tx, now) {
    await tx.oneTimeToken.deleteMany({ where: { expiresAt: { lte: now } } })
  },
}
