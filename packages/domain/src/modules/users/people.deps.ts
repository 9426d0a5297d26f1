import type { AttemptGuard, Clock, DeletionGate, InvitationGate, MailQueue, Outbox, Person, RunAsIdentity, FeatureSwitches } from '@intellidocs/kernel'
import type { AccountEndRepository } from './account-end.repository.ts'
import type { OneTimeTokensRepository } from './one-time-tokens.repository.ts'
import type { Passwords } from './password.ts'
import type { SecondFactorRepository } from './second-factor.repository.ts'
import type { SecurityLogRepository } from './security-log.repository.ts'
import type { SessionRepository } from './session.repository.ts'
import type { SessionStore } from './session-store.ts'
import type { UsersRepository } from './users.repository.ts'

/** What the use cases of accounts are built on. */
export type PeopleDeps = {
  readonly runAsIdentity: RunAsIdentity
  readonly clock: Clock
  readonly outbox: Outbox
  readonly mail: MailQueue
  readonly guard: AttemptGuard
  readonly passwords: Passwords
  readonly invitations: InvitationGate
  /** Whether anybody may make an account, or only who was invited. */
  readonly signUp: 'open' | 'invitation'
  readonly switches: FeatureSwitches
  /** The present one first, which seals; the others open what they sealed. */
  readonly secretKeys: readonly [Buffer, ...Buffer[]]
  readonly sessions: SessionStore
  readonly sessionRows: SessionRepository
  readonly users: UsersRepository
  readonly ends: AccountEndRepository
  readonly deletions: DeletionGate
  readonly tokens: OneTimeTokensRepository
  readonly factors: SecondFactorRepository
  readonly securityLog: SecurityLogRepository
}

/** The request, as far as accounts need it. */
export type Visit = {
  readonly requestId: string
  readonly ip: string
  readonly person: Person | null
  readonly userAgent?: string | null | undefined
  readonly sessionToken: string | null
  setCookie(value: string): void
}
/** The request of somebody who is signed in by a session. */
export type OwnVisit = Visit & { readonly person: Person; readonly sessionToken: string }
export type Transport = 'cookie' | 'token'
