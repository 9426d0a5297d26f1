import type { Outbox, RunInTx } from '@intellidocs/kernel'
import { createMailQueue } from './mail-queue.ts'
import { mailRepository } from './mail.repository.ts'
import { sendMail, type Postman } from './mail.subscribers.ts'

export type MailDeps = {
  readonly runInTx: RunInTx
  readonly outbox: Outbox
  /** 32 bytes. */
  readonly secretKey: Buffer
  /** Open what they sealed before the key was changed. */
  readonly oldSecretKeys?: readonly Buffer[]
  /** The worker's; every process lists the subscriber, so that deliveries are written for it, and only the worker is handed any. */
  readonly postman?: Postman
}

/** Mail to people: queued with what it tells of, sent after the commit. */
export function createMailModule({ runInTx, outbox, secretKey, oldSecretKeys = [], postman }: MailDeps) {
  return {
    name: 'mail',
    routers: {},
    subscribers: [sendMail({ runInTx, repository: mailRepository, secretKeys: [secretKey, ...oldSecretKeys], postman })],
    queue: createMailQueue({ outbox, repository: mailRepository, secretKey }),
  } as const
}
