import { AppError, type Tx } from '@intellidocs/kernel'
import type { OwnVisit, PeopleDeps, Transport } from '../people.deps.ts'
import { describeTotp, hashRecoveryCode, newRecoveryCodes, newTotpSecret, stepOfCode, totpCode } from '../totp.ts'
import type { Account } from '../users.repository.ts'
import { openTotpSecret, sealTotpSecret, takeCode } from './check-code.ts'
import { actorOf, note, noteRefusal } from './note.ts'
import { handOut, lockOwnSession, renewSession, type LockedSession, type Shown } from './open-session.ts'
import { lockUnchanged, reauthenticate } from './passwords.ts'

type CodeInput = { code: string; transport: Transport }

async function lockOwn(deps: PeopleDeps, tx: Tx, visit: OwnVisit): Promise<{ account: Account; session: LockedSession }> {
  const account = await deps.users.lock(tx, visit.person.userId)
  if (account?.active !== true) throw new AppError('auth.required')
  return { account, session: await lockOwnSession(deps, tx, visit) }
}

/**
 * A new secret in place of one that was begun before; nothing is asked for until it is confirmed. Wants the password again: whoever finds a session
 * open could lock its owner out with a factor of theirs. `auth.second_factor_on`, `auth.password_wrong`.
 */
export async function beginTotp(deps: PeopleDeps, visit: OwnVisit, { password }: { password: string }): Promise<{ secret: string; uri: string }> {
  const account = await reauthenticate(deps, visit, password)
  const { id, email } = account
  const secret = newTotpSecret()
  return deps.runAsIdentity(async (tx) => {
    await lockUnchanged(deps, tx, { visit, account })
    if (!await deps.factors.begin(tx, id, sealTotpSecret(deps, id, secret))) throw new AppError('auth.second_factor_on')
    return describeTotp(secret, email)
  })
}

/** Switches the second factor on with a code of the secret that was begun. The caller's session goes on under a new id; all others, which never gave it, end. */
export async function confirmTotp(deps: PeopleDeps, visit: OwnVisit, { code, transport }: CodeInput): Promise<Shown & { recoveryCodes: string[] }> {
  const from = { ip: visit.ip, account: visit.person.userId }
  await deps.guard.attempt('secondFactor', from)
  const recoveryCodes = newRecoveryCodes()
  const opened = await deps.runAsIdentity(async (tx) => {
    const { account, session } = await lockOwn(deps, tx, visit)
    const userId = account.id
    const factor = await deps.factors.find(tx, userId)
    if (factor === null) throw new AppError('auth.second_factor_off')
    if (factor.confirmed) throw new AppError('auth.second_factor_on')
    const now = deps.clock.now()
    const digits = totpCode(code)
    const step = digits === null ? null : stepOfCode(openTotpSecret(deps, userId, factor.secret), digits, now)
    if (step === null || !await deps.factors.confirm(tx, { userId, step, at: now })) throw new AppError('auth.code_invalid')
    await deps.factors.addRecoveryCodes(tx, userId, recoveryCodes.map(hashRecoveryCode))
    await deps.sessionRows.revoke(tx, { userId }, { allBut: session.id })
    await tell(deps, tx, { visit, account, on: true })
    return renewSession(deps, tx, { visit, session: { ...session, secondFactorAt: now } })
  })
  await deps.guard.succeeded('secondFactor', from)
  return { recoveryCodes, ...handOut(visit, transport, opened) }
}

/** Switches it off with a code or a recovery code; the caller's session goes on under a new id. `auth.code_invalid`, also where none is on. */
export async function disableTotp(deps: PeopleDeps, visit: OwnVisit, { code, transport }: CodeInput): Promise<Shown> {
  const from = { ip: visit.ip, account: visit.person.userId }
  await deps.guard.attempt('secondFactor', from)
  const opened = await deps.runAsIdentity(async (tx) => {
    const { account, session } = await lockOwn(deps, tx, visit)
    const by = await takeCode(deps, tx, { userId: account.id, typed: code })
    if (by === null) {
      await noteRefusal(deps, tx, { visit, userId: account.id, kind: 'second-factor-refused' })
      return null
    }
    if (by === 'recovery') await note(deps, tx, { visit, userId: account.id, kind: 'recovery-code-used' })
    await deps.factors.remove(tx, account.id)
    await tell(deps, tx, { visit, account, on: false })
    return renewSession(deps, tx, { visit, session: { ...session, secondFactorAt: null } })
  })
  if (opened === null) throw new AppError('auth.code_invalid')
  await deps.guard.succeeded('secondFactor', from)
  return handOut(visit, transport, opened)
}

async function tell(deps: PeopleDeps, tx: Tx, { visit, account, on }: { visit: OwnVisit; account: Account; on: boolean }): Promise<void> {
  const { id: userId, name, email: to, locale } = account
  await note(deps, tx, { visit, userId, kind: on ? 'totp-on' : 'totp-off' })
  const actor = actorOf(visit, userId)
  await deps.outbox.append(tx, actor, {
    type: 'users.second-factor-changed.v1', payload: { userId, on },
    audit: { subjectType: 'user', subjectId: userId, data: { before: { secondFactor: !on }, after: { secondFactor: on } } },
  })
  const data = { name, change: on ? 'on' as const : 'off' as const, at: deps.clock.now().toISOString() }
  await deps.mail.enqueue(tx, actor, { to, locale, template: 'second-factor-changed', data })
}
