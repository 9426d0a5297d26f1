import { AppError, type Person, type RunAsIdentity } from '@intellidocs/kernel'
import type { MemberRole, OrgId, Permission, User } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { Passwords } from './password.ts'
import type { SessionStore } from './session-store.ts'
import type { Account, Place, UsersRepository } from './users.repository.ts'

/** Slows down guessing. Throws `rate.limited`; forgets the failures of a pair once it signed in. */
export type SignInGuard = {
  attempt(from: { ip: string; email: string }): Promise<void>
  succeeded(from: { ip: string; email: string }): Promise<void>
}

/** The request, as far as signing in and out needs it. */
export type SignInContext = { ip: string; sessionToken: string | null; setCookie(value: string): void }
export type SignInInput = { email: string; password: string; transport: 'cookie' | 'token' }
export type SignedIn = { user: User; orgs: Place[]; token: string | null; expiresAt: string }
export type Me = { user: User; orgs: Place[]; org: OrgId | null; role: MemberRole | null; permissions: Permission[]; via: 'session' | 'apiKey' }

export type AuthService = {
  /**
   * Opens a session under a new id and ends the one the request came with.
   * Wrong password, unknown and suspended account: the same `auth.invalid_credentials`, after the same work.
   */
  signIn(context: SignInContext, input: SignInInput): Promise<SignedIn>
  /** Ends the session of the request; `auth.forbidden` for an API key, which has none. */
  signOut(context: Omit<SignInContext, 'ip'>): Promise<{ signedOut: true }>
  /** Who the caller is; a key learns of its own organization only. `org.not_found` when one is named that is not theirs. */
  me(context: { person: Person; actor: Actor | null; orgRequested: string | null; via: 'session' | 'apiKey' | null }): Promise<Me>
}
type Deps = { runAsIdentity: RunAsIdentity; sessions: SessionStore; users: UsersRepository; passwords: Passwords; guard: SignInGuard }

const shown = ({ id, email, name, platformAdmin }: Account): User => ({ id, email, name, platformAdmin })

async function signIn(deps: Deps, context: SignInContext, { email, password, transport }: SignInInput): Promise<SignedIn> {
  const from = { ip: context.ip, email }
  await deps.guard.attempt(from)
  const account = await deps.runAsIdentity((tx) => deps.users.findByEmail(tx, email))
  const matches = await deps.passwords.verify(account?.passwordHash ?? null, password)
  if (account === null || !matches || !account.active) throw new AppError('auth.invalid_credentials')
  await deps.guard.succeeded(from)
  return deps.runAsIdentity(async (tx) => {
    const lucia = deps.sessions.within(tx, null)
    if (context.sessionToken !== null) await lucia.invalidateSession(context.sessionToken)
    const session = await lucia.createSession(account.id, {})
    const orgs = await deps.users.places(tx, account.id)
    const expiresAt = session.expiresAt.toISOString()
    if (transport === 'token') return { user: shown(account), orgs, token: session.id, expiresAt }
    context.setCookie(lucia.createSessionCookie(session.id).serialize())
    return { user: shown(account), orgs, token: null, expiresAt }
  })
}

export function createAuthService(deps: Deps): AuthService {
  return {
    signIn: (context, input) => signIn(deps, context, input),
    async signOut({ sessionToken, setCookie }) {
      if (sessionToken === null) throw new AppError('auth.forbidden')
      await deps.runAsIdentity(async (tx) => {
        const lucia = deps.sessions.within(tx, null)
        await lucia.invalidateSession(sessionToken)
        setCookie(lucia.createBlankSessionCookie().serialize())
      })
      return { signedOut: true }
    },
    async me({ person, actor, orgRequested, via }) {
      if (actor === null && orgRequested !== null) throw new AppError('org.not_found')
      return deps.runAsIdentity(async (tx) => {
        const account = await deps.users.find(tx, person.userId)
        if (account === null || via === null) throw new AppError('auth.required')
        const orgs = await deps.users.places(tx, person.userId, via === 'apiKey' ? actor?.orgId : undefined)
        const user = { ...shown(account), platformAdmin: person.platformAdmin }
        return { user, orgs, org: actor?.orgId ?? null, role: actor?.role ?? null, permissions: [...(actor?.permissions ?? [])], via }
      })
    },
  }
}
