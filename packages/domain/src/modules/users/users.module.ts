import type { UserId } from '@intellidocs/contracts'
import {
  allOn, AppError, type AttemptGuard, type Clock, type DeletionGate, type InvitationGate, type MailQueue, type Outbox, type RunAsIdentity, type RunInTx, type Subscriber,
  type FeatureSwitches,
} from '@intellidocs/kernel'
import { createActing } from './acting.ts'
import { actingRepository } from './acting.repository.ts'
import { accountEndRepository } from './account-end.repository.ts'
import { createAdministration } from './administration.ts'
import { administrationRepository } from './administration.repository.ts'
import { createAdministratorMaker } from './administrator.ts'
import { apiKeysRepository } from './api-keys.repository.ts'
import { createApiKeysService } from './api-keys.service.ts'
import { createIdentityService, type IdentityService } from './identity.service.ts'
import { oneTimeTokensRepository } from './one-time-tokens.repository.ts'
import { argon2Passwords } from './password.ts'
import type { PeopleDeps } from './people.deps.ts'
import { secondFactorRepository } from './second-factor.repository.ts'
import { securityLogRepository } from './security-log.repository.ts'
import { sessionRepository } from './session.repository.ts'
import { sealedFactors } from './sealed-factors.ts'
import { createSessionStore } from './session-store.ts'
import { supportPlaces } from './support.repository.ts'
import { endAccountOf } from './use-cases/end-account.ts'
import { takeOffSecondFactor } from './use-cases/take-off-second-factor.ts'
import { createAuthRouter, createUsersRouter } from './users.router.ts'
import { usersRepository, type Called } from './users.repository.ts'

export type UsersDeps = {
  runInTx: RunInTx; runAsIdentity: RunAsIdentity; outbox: Outbox; clock: Clock; mail: MailQueue; invitations: InvitationGate
  deletions: DeletionGate; switches?: FeatureSwitches; attemptGuard?: AttemptGuard; signUp?: PeopleDeps['signUp']; secretKey: Buffer; oldSecretKeys?: readonly Buffer[]
}

/** Where nothing slows guessing down, nobody signs in, and nobody invites. */
export const closedGuard: AttemptGuard = {
  attempt: () => Promise.reject(new AppError('rate.limited')),
  admit: () => Promise.reject(new AppError('rate.limited')),
  succeeded: () => Promise.resolve(),
}

export function createUsersModule(deps: UsersDeps) {
  const { runInTx, runAsIdentity, outbox, clock, mail } = deps
  const sessions = createSessionStore(sessionRepository)
  const people: PeopleDeps = {
    runAsIdentity, clock, outbox, mail, sessions, deletions: deps.deletions, guard: deps.attemptGuard ?? closedGuard, passwords: argon2Passwords, invitations: deps.invitations,
    signUp: deps.signUp ?? 'invitation', switches: deps.switches ?? allOn, secretKeys: [deps.secretKey, ...deps.oldSecretKeys ?? []], sessionRows: sessionRepository, users: usersRepository,
    ends: accountEndRepository, tokens: oneTimeTokensRepository, factors: secondFactorRepository, securityLog: securityLogRepository,
  }
  const identity: IdentityService = createIdentityService({
    runAsIdentity, clock, sessions, seen: sessionRepository.touch, users: usersRepository, apiKeys: apiKeysRepository,
    support: supportPlaces,
  })
  const apiKeys = createApiKeysService({ runInTx, outbox, clock, mail, repository: apiKeysRepository, securityLog: securityLogRepository })
  const createAdministrator = createAdministratorMaker({ runAsIdentity, clock, users: usersRepository, passwords: argon2Passwords })
  /** Removes sessions and single-use tokens that ran out. Called by the API now and then. */
  const removeExpired = (): Promise<void> => runAsIdentity(async (tx) => {
    await sessions.within(tx, null).deleteExpiredSessions()
    await oneTimeTokensRepository.removeExpired(tx, clock.now())
  })
  return {
    name: 'users',
    routers: { auth: createAuthRouter(people), users: createUsersRouter(people, apiKeys) },
    subscribers: [] as Subscriber[],
    takeOffSecondFactor: (input: { email: string }) => takeOffSecondFactor(people, input),
    endAccountOf: (input: { email: string }) => endAccountOf(people, input),
    identify: identity.identify, arriving: identity.arriving, stillValid: identity.stillValid, createAdministrator, removeExpired,
    /** For a change of the secret key. */
    sealed: sealedFactors(people),
    /** For the administrators of the installation. */
    administration: createAdministration({ outbox, clock, mail, securityLog: securityLogRepository, repository: administrationRepository }),
    /** For modules that act in somebody's name, or ask how somebody came in. */
    acting: createActing({ runAsIdentity, repository: actingRepository }),
    /** Of argon2id; for modules that keep passwords of their own. */
    passwords: argon2Passwords,
    /** How people are called, members or not any more; for what tells of deeds of the past. Those whose account ended are absent. */
    called: (userIds: readonly UserId[]): Promise<Called[]> => runAsIdentity((tx) => usersRepository.called(tx, userIds)),
  } as const
}
