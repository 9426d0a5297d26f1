import type { SessionId } from '@intellidocs/contracts'
import { AppError, hashToken, type Tx } from '@intellidocs/kernel'
import type { OwnVisit, PeopleDeps, Transport, Visit } from '../people.deps.ts'
import type { Account } from '../users.repository.ts'
import { actorOf, note, noteRefusal } from './note.ts'
import { handOut, lockOwnSession, renewSession, type LockedSession, type Shown } from './open-session.ts'

const LINK_MS = 3_600_000

/**
 * The account of somebody signed in, who gave its password again. Counted with the sign-ins of that account: `rate.limited`. `auth.password_wrong`.
 * What follows locks the account and compares `passwordHash`, as the password may change meanwhile.
 */
export async function reauthenticate(deps: PeopleDeps, visit: OwnVisit, password: string): Promise<Account> {
  const account = await deps.runAsIdentity((tx) => deps.users.find(tx, visit.person.userId))
  if (account === null) throw new AppError('auth.required')
  const from = { ip: visit.ip, account: account.email }
  await deps.guard.attempt('signIn', from)
  if (!await deps.passwords.verify(account.passwordHash, password)) {
    await deps.runAsIdentity((tx) => noteRefusal(deps, tx, { visit, userId: account.id, kind: 'sign-in-refused' }))
    throw new AppError('auth.password_wrong')
  }
  await deps.guard.succeeded('signIn', from)
  return account
}

/**
 * Throws unless the account is still as it was when the password was verified (`auth.password_wrong`), and the session still there
 * (`auth.required`). Nobody else changes either until the unit ends.
 */
export async function lockUnchanged(deps: PeopleDeps, tx: Tx, { visit, account }: { visit: OwnVisit; account: Account }): Promise<LockedSession> {
  const now = await deps.users.lock(tx, account.id)
  if (now === null || !now.active || now.passwordHash !== account.passwordHash) throw new AppError('auth.password_wrong')
  return lockOwnSession(deps, tx, visit)
}

/**
 * Every session but `keep`, every token and a second factor that was begun and not confirmed end with the old password: who knew it may have
 * made them. API keys stay: they are listed, and revoked, by themselves.
 */
async function setPassword(deps: PeopleDeps, tx: Tx, { visit, account, passwordHash, by, keep }: {
  visit: Visit; account: Account; passwordHash: string; by: 'password' | 'mail'; keep: SessionId | null
}): Promise<void> {
  const { id: userId, name, email: to, locale } = account
  await deps.users.setPassword(tx, userId, passwordHash)
  await deps.sessionRows.revoke(tx, { userId }, { allBut: keep })
  await deps.tokens.removeOfUser(tx, userId)
  await deps.factors.removeBegun(tx, userId)
  await note(deps, tx, { visit, userId, kind: by === 'mail' ? 'password-reset' : 'password-changed' })
  const actor = actorOf(visit, userId)
  await deps.outbox.append(tx, actor, { type: 'users.password-changed.v1', payload: { userId, by }, audit: { subjectType: 'user', subjectId: userId, data: { by } } })
  await deps.mail.enqueue(tx, actor, { to, locale, template: 'password-changed', data: { name, at: deps.clock.now().toISOString() } })
}

/** Ends every session; the caller's goes on under a new id. `auth.password_wrong`. */
export async function changePassword(deps: PeopleDeps, visit: OwnVisit, input: { current: string; password: string; transport: Transport }): Promise<Shown> {
  const account = await reauthenticate(deps, visit, input.current)
  const passwordHash = await deps.passwords.hash(input.password)
  const opened = await deps.runAsIdentity(async (tx) => {
    const session = await lockUnchanged(deps, tx, { visit, account })
    await setPassword(deps, tx, { visit, account, passwordHash, by: 'password', keep: session.id })
    return renewSession(deps, tx, { visit, session })
  })
  return handOut(visit, input.transport, opened)
}

/** One answer for known and unknown addresses, after one verification of a password and one row written; a known one gets a mail. */
export async function requestPasswordReset(deps: PeopleDeps, visit: Visit, { email }: { email: string }): Promise<{ requested: true }> {
  await deps.guard.attempt('passwordReset', { ip: visit.ip, account: email })
  await deps.passwords.verify(null, email)
  await deps.runAsIdentity(async (tx) => {
    const account = await deps.users.findByEmail(tx, email)
    const userId = account?.active === true ? account.id : null
    await note(deps, tx, { visit, userId, kind: 'password-reset-requested' })
    if (account === null || userId === null) return
    const expiresAt = new Date(deps.clock.now().getTime() + LINK_MS)
    const token = await deps.tokens.issue(tx, { kind: 'password_reset', owner: { userId }, expiresAt })
    await deps.mail.enqueue(tx, actorOf(visit, userId), {
      to: email, locale: account.locale, template: 'reset-password', data: { name: account.name, token, expiresAt: expiresAt.toISOString() },
    })
  })
  return { requested: true }
}

/** A new password by the link of a mail; every session ends. Signing in still asks for a second factor. `auth.token_invalid`. */
export async function resetPassword(deps: PeopleDeps, visit: Visit, { token, password }: { token: string; password: string }): Promise<{ reset: true }> {
  await deps.guard.attempt('mailedToken', { ip: visit.ip, account: hashToken(token) })
  const passwordHash = await deps.passwords.hash(password)
  await deps.runAsIdentity(async (tx) => {
    const now = deps.clock.now()
    // The account before the token, as everywhere: a change of the password locks the account and then removes its tokens.
    const userId = (await deps.tokens.find(tx, 'password_reset', token, now))?.userId ?? null
    const account = userId === null ? null : await deps.users.lock(tx, userId)
    if (account?.active !== true || await deps.tokens.spend(tx, 'password_reset', token, now) === null) throw new AppError('auth.token_invalid')
    await setPassword(deps, tx, { visit, account, passwordHash, by: 'mail', keep: null })
    await deps.users.setVerified(tx, account.id, now)
    await deps.factors.clearRefusals(tx, account.id)
  })
  return { reset: true }
}
