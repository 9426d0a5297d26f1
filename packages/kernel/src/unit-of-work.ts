import type { Tx } from '@intellidocs/db'
import type { Actor } from './actor.ts'

export type { Tx }

/** One transaction = one organization: the role and the tenant are set with its first round trip. No network or disk I/O inside. */
export type RunInTx = <T>(actor: Actor, work: (tx: Tx) => Promise<T>, options?: { readOnly?: boolean }) => Promise<T>

/** Accounts, sessions, memberships and keys, before an organization is known. Sees no document. */
export type RunAsIdentity = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

/** Deliveries and processing states of every organization, for the relay and the reconciler. Sees no content. */
export type RunAsSystem = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>
