import { Lucia, TimeSpan, type Adapter, type DatabaseSession } from 'lucia'
import { hashToken, type Tx } from '@intellidocs/kernel'
import type { OrgId, SessionId, UserId } from '@intellidocs/contracts'
import type { Holding } from './holdings.ts'
import type { SessionRepository } from './session.repository.ts'

/** What comes with a session: its user, and their place in the organization that the request names. */
export type SessionUser = {
  id: UserId
  email: string
  name: string
  platformAdmin: boolean
  active: boolean
  membership: { orgId: OrgId; holding: Holding } | null
  sessionId: SessionId
  /** Its use was not noted within the last minute. */
  unseen: boolean
}
type Attributes = { user: SessionUser }
/** What a session is opened with. `secondFactorAt` null: by the password alone. */
export type SessionOrigin = { address: string; device: string; secondFactorAt: Date | null }

declare module 'lucia' {
  interface Register {
    Lucia: Lucia<Record<never, never>, Attributes>
    DatabaseUserAttributes: Attributes
    DatabaseSessionAttributes: Partial<SessionOrigin>
  }
}

/** The name that browsers only accept with Secure, Path=/ and without Domain. */
export const SESSION_COOKIE = '__Host-intellidocs'

/** Names an organization in a request: its id or its short name. */
export type OrgRef = { id: string } | { slug: string }

const LIFE = new TimeSpan(30, 'd')
/** A session with less than this left slides: half its life, as Lucia reckons. */
export const RENEW_SECONDS = LIFE.seconds() / 2

const options = {
  sessionExpiresIn: LIFE,
  sessionCookie: { name: SESSION_COOKIE, attributes: { secure: true, sameSite: 'lax', path: '/' } },
  getUserAttributes: (attributes: Attributes): Attributes => ({ user: attributes.user }),
} as const

/** Lucia's view of our table: it hands out tokens, the table holds only their SHA-256. */
function createAdapter(repository: SessionRepository, tx: Tx, org: OrgRef | null): Adapter {
  const plain = (id: string, userId: string, expiresAt: Date): DatabaseSession => ({ id, userId, expiresAt, attributes: {} })
  return {
    async getSessionAndUser(token) {
      const row = await repository.findWithUser(tx, hashToken(token), org)
      if (row === null) return [null, null]
      return [plain(token, row.user.id, row.expiresAt), { id: row.user.id, attributes: { user: row.user } }]
    },
    async getUserSessions(userId) {
      const rows = await repository.listOfUser(tx, userId)
      return rows.map((row) => plain(row.id, row.userId, row.expiresAt))
    },
    setSession: ({ id, userId, expiresAt, attributes: { address = null, device = null, secondFactorAt = null } }) =>
      repository.insert(tx, { id: hashToken(id), userId, expiresAt, address, device, secondFactorAt }),
    updateSessionExpiration: (token, expiresAt) => repository.extend(tx, hashToken(token), expiresAt),
    deleteSession: (token) => repository.remove(tx, hashToken(token)),
    deleteUserSessions: (userId) => repository.removeOfUser(tx, userId),
    deleteExpiredSessions: () => repository.removeExpired(tx, new Date()),
  }
}

export type SessionStore = { within(tx: Tx, org: OrgRef | null): Lucia<Record<never, never>, Attributes> }

/**
 * Sessions of 30 days that slide at half their life. A Lucia instance belongs to one transaction, so that the session, its user
 * and the membership are one statement in one identity unit.
 */
export function createSessionStore(repository: SessionRepository): SessionStore {
  return { within: (tx, org) => new Lucia(createAdapter(repository, tx, org), options) }
}

/** The session token in a Cookie header; null when there is none. */
export function readSessionCookie(header: string): string | null {
  for (const part of header.split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === SESSION_COOKIE) return part.slice(at + 1).trim() || null
  }
  return null
}
