import type { Mail } from '@intellidocs/contracts'
import type { Tx } from './unit-of-work.ts'
import type { Actor } from './actor.ts'

export type UsageKind = 'documents' | 'bytes' | 'pages'

/** What an organization may use and what it used. Implemented by the module `subscriptions`; without it everything is allowed. */
export type QuotaGate = {
  /** Records the use in the caller's transaction; throws `quota.exceeded` and thereby undoes it all. */
  consume(tx: Tx, actor: Actor, use: { kind: UsageKind; amount: number; documentId: string }[]): Promise<void>
}

/** Mail that leaves after the commit. Implemented by the module `mail`. */
export type MailQueue = {
  /**
   * Queues one mail to one person in the caller's transaction: rolled back, nothing is sent. The actor's organization is the unit's; in an identity
   * unit it is `platformActor`. Throws `input.invalid` for data that do not fit the template, control characters among them.
   */
  enqueue(tx: Tx, actor: Actor, mail: Mail): Promise<void>
}
