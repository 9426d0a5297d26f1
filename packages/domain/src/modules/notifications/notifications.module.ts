import { AppError, systemClock, type AttemptGuard, type Clock, type LiveFeed, type NoticeQueue, type Outbox, type RunAsIdentity, type RunAsSystem, type RunInTx } from '@intellidocs/kernel'
import { digestsRepository } from './digests.repository.ts'
import { removeOld, sendDigests } from './digests.ts'
import { inboxRepository } from './inbox.repository.ts'
import { createInboxService } from './inbox.service.ts'
import { createNoticeMaker } from './notices.ts'
import type { TellingDeps } from './notifications.deps.ts'
import { notificationsRepository } from './notifications.repository.ts'
import { createNotificationsRouter } from './notifications.router.ts'
import { createNotificationsService } from './notifications.service.ts'
import { createNotificationsSubscribers } from './notifications.subscribers.ts'
import { peopleRepository } from './people.repository.ts'
import { preferencesRepository } from './preferences.repository.ts'
import { createPreferencesService } from './preferences.service.ts'
import { subjectsRepository } from './subjects.repository.ts'
import { createUnsubscribeService } from './unsubscribe.service.ts'

export type NotificationsDeps = {
  readonly runInTx: RunInTx
  readonly runAsIdentity: RunAsIdentity
  readonly runAsSystem: RunAsSystem
  readonly outbox: Outbox
  readonly notices: NoticeQueue
  readonly liveFeed: LiveFeed
  readonly clock?: Clock
  /** Absent in processes that serve nobody; there no link of a mail is followed. */
  readonly attemptGuard?: AttemptGuard
  /** 32 bytes; signs the links that end mails. */
  readonly secretKey: Buffer
  /** Signed what went out before the key was changed. */
  readonly oldSecretKeys?: readonly Buffer[]
}

const closedGuard: AttemptGuard = { attempt: () => Promise.reject(new AppError('rate.limited')), admit: () => Promise.reject(new AppError('rate.limited')), succeeded: () => Promise.resolve() }

/** Tells people and programs what happens, as it happens; keeps for people what they were told, and mails them of it. */
export function createNotificationsModule(given: NotificationsDeps) {
  const { runInTx, liveFeed, clock = systemClock, attemptGuard: guard = closedGuard, secretKey, oldSecretKeys = [] } = given
  const deps: TellingDeps = {
    runInTx, runAsIdentity: given.runAsIdentity, runAsSystem: given.runAsSystem, outbox: given.outbox, notices: given.notices, clock, guard,
    secretKeys: [secretKey, ...oldSecretKeys], subjects: subjectsRepository, people: peopleRepository, inbox: inboxRepository,
    preferences: preferencesRepository, digests: digestsRepository,
  }
  const stream = createNotificationsService({ runInTx, liveFeed, clock, repository: notificationsRepository })
  return {
    name: 'notifications',
    routers: { notifications: createNotificationsRouter({ stream, inbox: createInboxService(deps), preferences: createPreferencesService(deps) }) },
    subscribers: createNotificationsSubscribers(deps),
    /** For the module `mail`: what a notice says when it leaves. */
    makeNotice: createNoticeMaker(deps),
    /** For the API's route of links in mail. */
    unsubscribe: createUnsubscribeService(deps),
    /** For the worker, now and then. */
    sendDigests: (signal: AbortSignal): Promise<number> => sendDigests(deps, signal),
    removeOld: (signal: AbortSignal): Promise<number> => removeOld(deps, signal),
  } as const
}
