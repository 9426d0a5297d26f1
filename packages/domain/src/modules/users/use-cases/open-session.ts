import type { SessionId, UserId } from '@intellidocs/contracts'
import { AppError, type Tx } from '@intellidocs/kernel'
import { deviceOf } from '../device.ts'
import type { OwnVisit, PeopleDeps, Transport, Visit } from '../people.deps.ts'
import type { Account } from '../users.repository.ts'
import { actorOf, note } from './note.ts'

export type Opened = { readonly token: string; readonly cookie: string; readonly expiresAt: Date }
/** As a caller gets it: `token` is null where it went into the cookie. */
export type Shown = { token: string | null; expiresAt: string }

/** A session under an id that nobody knew before; the one that the request came with ends. */
export async function openSession(deps: PeopleDeps, tx: Tx, { visit, userId, secondFactorAt }: {
  visit: Visit; userId: UserId; secondFactorAt: Date | null
}): Promise<Opened> {
  const lucia = deps.sessions.within(tx, null)
  if (visit.sessionToken !== null) await lucia.invalidateSession(visit.sessionToken)
  const { id: token, expiresAt } = await lucia.createSession(userId, { address: visit.ip, device: deviceOf(visit.userAgent), secondFactorAt })
  return { token, cookie: lucia.createSessionCookie(token).serialize(), expiresAt }
}

export type LockedSession = { readonly id: SessionId; readonly secondFactorAt: Date | null }

/**
 * The session of the request, after its account was locked, as everywhere in this order. `auth.required` when it was ended since it was let in:
 * whoever ended it must not find another one born of it.
 */
export async function lockOwnSession(deps: PeopleDeps, tx: Tx, { person }: OwnVisit): Promise<LockedSession> {
  const session = await deps.sessionRows.lockOwn(tx, person)
  if (session === null) throw new AppError('auth.required')
  return session
}

/** The caller's own session, which is locked, under a new id. `auth.required` when it is over. */
export async function renewSession(deps: PeopleDeps, tx: Tx, { visit, session }: { visit: OwnVisit; session: LockedSession }): Promise<Opened> {
  const { userId } = visit.person
  const ended = await deps.sessionRows.revoke(tx, { userId }, { only: session.id })
  if (ended.length !== 1) throw new AppError('auth.required')
  return openSession(deps, tx, { visit, userId, secondFactorAt: session.secondFactorAt })
}

/** Called after the commit: a cookie for a session that was rolled back would sign its owner out. */
export function handOut(visit: Visit, transport: Transport, { token, cookie, expiresAt }: Opened): Shown {
  if (transport === 'cookie') visit.setCookie(cookie)
  return { token: transport === 'token' ? token : null, expiresAt: expiresAt.toISOString() }
}

/** Tells the owner of a sign-in from a device that none of theirs came from; not of the first one of all. */
export async function noteSignIn(deps: PeopleDeps, tx: Tx, { visit, account, recoveryCode }: {
  visit: Visit; account: Account; recoveryCode: boolean
}): Promise<void> {
  const { id: userId, name, locale } = account
  const device = deviceOf(visit.userAgent)
  const before = await deps.securityLog.signIns(tx, userId, device)
  if (recoveryCode) await note(deps, tx, { visit, userId, kind: 'recovery-code-used' })
  await note(deps, tx, { visit, userId, kind: 'signed-in' })
  if (!before.any || before.fromDevice) return
  await note(deps, tx, { visit, userId, kind: 'new-device' })
  await deps.outbox.append(tx, actorOf(visit, userId), {
    type: 'users.device-added.v1', payload: { userId }, audit: { subjectType: 'user', subjectId: userId, data: { device } },
  })
  await deps.mail.enqueue(tx, actorOf(visit, userId), {
    to: account.email, locale, template: 'new-device', data: { name, device, address: visit.ip || 'unknown', at: deps.clock.now().toISOString() },
  })
}
