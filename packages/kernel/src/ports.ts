import type { Tx } from './unit-of-work.ts'
import type { Actor } from './actor.ts'

export type UsageKind = 'documents' | 'bytes' | 'pages'

/** What an organization may use and what it used. Implemented by the module `subscriptions`; without it everything is allowed. */
export type QuotaGate = {
  /** Records the use in the caller's transaction; throws `quota.exceeded` and thereby undoes it all. */
  consume(tx: Tx, actor: Actor, use: { kind: UsageKind; amount: number; documentId: string }[]): Promise<void>
}
