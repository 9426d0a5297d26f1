import type { UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
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

/** The caller's own session under a new id. `secondFactorAt`: absent, as it was. */
export async function renewSession(deps: PeopleDeps, tx: Tx, { visit, secondFactorAt }: { visit: OwnVisit; secondFactorAt?: Date | null }): Promise<Opened> {
  const { userId } = visit.person
  const at = secondFactorAt === undefined ? await deps.sessionRows.secondFactorAt(tx, visit.person) : secondFactorAt
  return openSession(deps, tx, { visit, userId, secondFactorAt: at })
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
  await deps.mail.enqueue(tx, actorOf(visit, userId), {
    to: account.email, locale, template: 'new-device', data: { name, device, address: visit.ip || 'unknown', at: deps.clock.now().toISOString() },
  })
}
