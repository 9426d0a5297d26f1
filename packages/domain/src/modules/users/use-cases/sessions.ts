import type { Page, SessionId } from '@intellidocs/contracts'
import { AppError, positionedPage, windowOf, type PageInput, type Tx } from '@intellidocs/kernel'
import type { OwnVisit, PeopleDeps } from '../people.deps.ts'
import { actorOf, note } from './note.ts'

type ShownSession = {
  id: SessionId; device: string | null; address: string | null; createdAt: string; lastSeenAt: string; secondFactor: boolean; current: boolean
}

/** The caller's sessions that hold, newest first. `lastSeenAt` is right to a minute. */
export async function listSessions(deps: PeopleDeps, { person }: OwnVisit, input: PageInput): Promise<Page<ShownSession>> {
  const page = windowOf(input)
  const rows = await deps.runAsIdentity((tx) => deps.sessionRows.ownList(tx, person, page))
  return positionedPage(rows, page.limit, ({ id, device, address, createdAt, lastSeenAt, secondFactorAt }) => ({
    id, device, address, createdAt: createdAt.toISOString(), lastSeenAt: lastSeenAt.toISOString(),
    secondFactor: secondFactorAt !== null, current: id === person.source.sessionId,
  }))
}

/** Ends one of the caller's sessions, the present one included. `session.not_found` also for one of somebody else. */
export function revokeSession(deps: PeopleDeps, visit: OwnVisit, { id }: { id: SessionId }): Promise<{ revoked: number }> {
  return deps.runAsIdentity(async (tx) => {
    const revoked = await deps.sessionRows.revoke(tx, visit.person, { only: id })
    if (revoked.length === 0) throw new AppError('session.not_found')
    await tell(deps, tx, { visit, revoked })
    return { revoked: revoked.length }
  })
}

/** Signs out everywhere else. */
export function revokeOtherSessions(deps: PeopleDeps, visit: OwnVisit): Promise<{ revoked: number }> {
  return deps.runAsIdentity(async (tx) => {
    const revoked = await deps.sessionRows.revoke(tx, visit.person, { allBut: visit.person.source.sessionId })
    if (revoked.length > 0) await tell(deps, tx, { visit, revoked })
    return { revoked: revoked.length }
  })
}

async function tell(deps: PeopleDeps, tx: Tx, { visit, revoked }: { visit: OwnVisit; revoked: SessionId[] }): Promise<void> {
  const { userId } = visit.person
  await note(deps, tx, { visit, userId, kind: 'session-revoked', data: { sessions: revoked } })
  await deps.outbox.append(tx, actorOf(visit, userId), {
    type: 'users.sessions-revoked.v1', payload: { userId, sessions: revoked },
    audit: { subjectType: 'user', subjectId: userId, data: { sessions: revoked } },
  })
}

/** Ends the session of the request. */
export async function signOut(deps: PeopleDeps, visit: OwnVisit): Promise<{ signedOut: true }> {
  const cookie = await deps.runAsIdentity(async (tx) => {
    const lucia = deps.sessions.within(tx, null)
    await lucia.invalidateSession(visit.sessionToken)
    await note(deps, tx, { visit, userId: visit.person.userId, kind: 'signed-out' })
    return lucia.createBlankSessionCookie().serialize()
  })
  visit.setCookie(cookie)
  return { signedOut: true }
}
