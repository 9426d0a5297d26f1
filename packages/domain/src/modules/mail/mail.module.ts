import type { Clock, NoticeMaker, Outbox, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import { createMailQueue, createNoticeQueue } from './mail-queue.ts'
import { mailRepository } from './mail.repository.ts'
import { createMailSubscribers, mailSubscribers, type Postman } from './mail.subscribers.ts'

export type MailDeps = {
  readonly runInTx: RunInTx
  readonly runAsSystem: RunAsSystem
  readonly clock: Clock
  readonly outbox: Outbox
  /** 32 bytes. */
  readonly secretKey: Buffer
  /** Open what they sealed before the key was changed. */
  readonly oldSecretKeys?: readonly Buffer[]
  /** The worker's; every process lists the subscriber, so that deliveries are written for it, and only the worker is handed any. */
  readonly postman?: Postman
  /** Says what a notice says; asked when one leaves, by the worker. */
  readonly makeNotice: NoticeMaker
}

/** As long as a server may be away. */
const KEPT_MS = 7 * 24 * 3_600_000

/** Mail to people: queued with what it tells of, sent after the commit. */
export function createMailModule({ runInTx, runAsSystem, clock, outbox, secretKey, oldSecretKeys = [], postman, makeNotice }: MailDeps) {
  return {
    name: 'mail',
    routers: {},
    subscribers: createMailSubscribers({ runInTx, clock, repository: mailRepository, secretKeys: [secretKey, ...oldSecretKeys], postman, makeNotice }),
    queue: createMailQueue({ outbox, repository: mailRepository, secretKey }),
    notices: createNoticeQueue({ outbox, repository: mailRepository, secretKey }),
    /** Removes mail that was queued more than seven days ago and never taken, with what the relay gave up of it; answers how many. Called by the worker now and then. */
    removeStale: (): Promise<number> => runAsSystem(async (tx) => {
      const before = new Date(clock.now().getTime() - KEPT_MS)
      await mailRepository.removeParked(tx, { subscribers: mailSubscribers, before })
      return mailRepository.removeOlderThan(tx, before)
    }),
  } as const
}
