import { AppError, type Clock, type Outbox, type RunAsIdentity, type RunInTx, type Subscriber } from '@intellidocs/kernel'
import { createAdministratorMaker } from './administrator.ts'
import { apiKeysRepository } from './api-keys.repository.ts'
import { createApiKeysService } from './api-keys.service.ts'
import { createAuthService, type SignInGuard } from './auth.service.ts'
import { createIdentityService, type IdentityService } from './identity.service.ts'
import { argon2Passwords } from './password.ts'
import { sessionRepository } from './session.repository.ts'
import { createSessionStore } from './session-store.ts'
import { createAuthRouter, createUsersRouter } from './users.router.ts'
import { usersRepository } from './users.repository.ts'

export type UsersDeps = { runInTx: RunInTx; runAsIdentity: RunAsIdentity; outbox: Outbox; clock: Clock; signInGuard?: SignInGuard }

/** Where nothing slows guessing down, nobody signs in. */
const closedGuard: SignInGuard = {
  attempt: () => Promise.reject(new AppError('rate.limited')),
  succeeded: () => Promise.resolve(),
}

export function createUsersModule({ runInTx, runAsIdentity, outbox, clock, signInGuard = closedGuard }: UsersDeps) {
  const sessions = createSessionStore(sessionRepository)
  const identity: IdentityService = createIdentityService({ runAsIdentity, clock, sessions, users: usersRepository, apiKeys: apiKeysRepository })
  const auth = createAuthService({ runAsIdentity, sessions, users: usersRepository, passwords: argon2Passwords, guard: signInGuard })
  const apiKeys = createApiKeysService({ runInTx, outbox, clock, repository: apiKeysRepository })
  const createAdministrator = createAdministratorMaker({ runAsIdentity, clock, users: usersRepository, passwords: argon2Passwords })
  /** Removes sessions that ran out; returns nothing. Called by the API now and then. */
  const removeExpiredSessions = (): Promise<void> => runAsIdentity((tx) => sessions.within(tx, null).deleteExpiredSessions())
  return {
    name: 'users',
    routers: { auth: createAuthRouter(auth), users: createUsersRouter(apiKeys) },
    subscribers: [] as Subscriber[],
    identify: identity.identify, arriving: identity.arriving, stillValid: identity.stillValid, createAdministrator, removeExpiredSessions,
  } as const
}
