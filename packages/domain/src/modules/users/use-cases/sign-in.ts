import { AppError, hashToken, type Tx } from '@intellidocs/kernel'
import type { User } from '@intellidocs/contracts'
import type { PeopleDeps, Transport, Visit } from '../people.deps.ts'
import type { Account, Place } from '../users.repository.ts'
import { takeCode } from './check-code.ts'
import { noteRefusal } from './note.ts'
import { handOut, noteSignIn, openSession, type Opened } from './open-session.ts'

export type SignInInput = { email: string; password: string; transport: Transport; code?: string | undefined }
export type SecondFactorInput = { challenge: string; code: string; transport: Transport }
export type SignedIn = { user: User; orgs: Place[]; token: string | null; expiresAt: string }

/** The time from the password to the code. */
const CHALLENGE_MS = 300_000

export const shown = ({ id, email, name, platformAdmin }: Account): User => ({ id, email, name, platformAdmin })

type Step = { opened: Opened; account: Account; orgs: Place[] }

/** Opens the account that `account` was looked up as, unless it was changed since. */
async function enter(deps: PeopleDeps, tx: Tx, { visit, account, by }: { visit: Visit; account: Account; by: 'password' | 'totp' | 'recovery' }): Promise<Step> {
  await noteSignIn(deps, tx, { visit, account, recoveryCode: by === 'recovery' })
  const opened = await openSession(deps, tx, { visit, userId: account.id, secondFactorAt: by === 'password' ? null : deps.clock.now() })
  return { opened, account, orgs: await deps.users.places(tx, account.id) }
}

const welcome = (visit: Visit, transport: Transport, { opened, account, orgs }: Step): SignedIn =>
  ({ user: shown(account), orgs, ...handOut(visit, transport, opened) })

/**
 * Wrong password, unknown, suspended and deleted account: one answer after one verification and one row written. With a second factor the answer
 * is `auth.second_factor_required` with a challenge, unless its code is given along.
 */
export async function signIn(deps: PeopleDeps, visit: Visit, { email, password, transport, code }: SignInInput): Promise<SignedIn> {
  const from = { ip: visit.ip, account: email }
  await deps.guard.attempt('signIn', from)
  const account = await deps.runAsIdentity((tx) => deps.users.findByEmail(tx, email))
  const matches = await deps.passwords.verify(account?.passwordHash ?? null, password)
  const step = account === null || !matches || !account.active ? null : await deps.runAsIdentity((tx) => pastPassword(deps, tx, { visit, account }))
  if (step === null) {
    await deps.runAsIdentity((tx) => noteRefusal(deps, tx, { visit, userId: account?.id ?? null, kind: 'sign-in-refused' }))
    throw new AppError('auth.invalid_credentials')
  }
  await deps.guard.succeeded('signIn', from)
  if (!('challenge' in step)) return welcome(visit, transport, step)
  const { challenge } = step
  if (code === undefined) throw new AppError('auth.second_factor_required', { details: { challenge } })
  return secondFactor(deps, visit, { challenge, code, transport })
}

/** Null when the password was changed, or the account closed, while it was being verified. */
async function pastPassword(deps: PeopleDeps, tx: Tx, { visit, account }: { visit: Visit; account: Account }): Promise<Step | { challenge: string } | null> {
  const now = await deps.users.lock(tx, account.id)
  if (now === null || !now.active || now.passwordHash !== account.passwordHash) return null
  const factor = await deps.factors.find(tx, account.id)
  if (factor?.confirmed !== true) return enter(deps, tx, { visit, account: now, by: 'password' })
  const expiresAt = new Date(deps.clock.now().getTime() + CHALLENGE_MS)
  return { challenge: await deps.tokens.issue(tx, { kind: 'second_factor', owner: { userId: account.id }, expiresAt }) }
}

/**
 * Completes a sign-in. The challenge is used up by the code that opens; a wrong code (`auth.code_invalid`) leaves it for another try within its
 * five minutes. `auth.token_invalid`: begin again with the password.
 */
export async function secondFactor(deps: PeopleDeps, visit: Visit, { challenge, code, transport }: SecondFactorInput): Promise<SignedIn> {
  const owner = (await deps.runAsIdentity((tx) => deps.tokens.find(tx, 'second_factor', challenge, deps.clock.now())))?.userId ?? null
  const from = { ip: visit.ip, account: owner ?? hashToken(challenge) }
  await deps.guard.attempt('secondFactor', from)
  if (owner === null) throw new AppError('auth.token_invalid')
  const step = await deps.runAsIdentity(async (tx) => {
    const account = await deps.users.lock(tx, owner)
    if (account === null || !account.active) throw new AppError('auth.token_invalid')
    const by = await takeCode(deps, tx, { userId: owner, typed: code })
    if (by === null) {
      await noteRefusal(deps, tx, { visit, userId: owner, kind: 'second-factor-refused' })
      return null
    }
    // Spent by somebody faster, or ended by a new password: the code is given back with the rest of this unit.
    if (await deps.tokens.spend(tx, 'second_factor', challenge, deps.clock.now()) === null) throw new AppError('auth.token_invalid')
    return enter(deps, tx, { visit, account, by })
  })
  if (step === null) throw new AppError('auth.code_invalid')
  await deps.guard.succeeded('secondFactor', from)
  return welcome(visit, transport, step)
}
