import type { Database, ReadAnswer, ReadAs, Statement, Tx, Unit } from '@intellidocs/db'
import type { Actor } from './actor.ts'
import type { Clock } from './clock.ts'
import { noTracing, type Tracing } from './tracing.types.ts'

export type { Tx }

/** One transaction = one organization: the role and the tenant are set with its first round trip. No network or disk I/O inside. `lazy`: see `Unit`. */
export type RunInTx = <T>(actor: Actor, work: (tx: Tx) => Promise<T>, options?: { readOnly?: boolean; lazy?: boolean }) => Promise<T>

/** Accounts, sessions, memberships and keys, before an organization is known. Sees no document. */
export type RunAsIdentity = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

/** Deliveries and processing states of every organization, for the relay and the reconciler. Sees no content. */
export type RunAsSystem = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

/** Organizations, accounts and work of the whole installation, for its administrators. Sees no content, and no secret of an account. */
export type RunAsAdmin = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

/** What the lookup of somebody who arrives found of them; null for nothing. */
export type Found = ReadAnswer['found']

/** Somebody who is looked up in the same round trip as what they read. */
export type Arriving = {
  readonly kind: 'arriving'
  /** See `ReadAs`. */
  readonly lookup: Statement
  /** Throws unless whoever was found may read; what was read is then thrown away. */
  admit(found: Found): Promise<void>
}
export type Reader = Actor | Arriving

/**
 * One statement that reads, in one round trip and a read-only transaction of the reader's organization. For what is asked often; its SQL is
 * in a repository. Moments are ISO text.
 */
export type Read = (reader: Reader, statement: Statement) => Promise<Record<string, unknown>[]>

export type UnitOfWork = {
  readonly runInTx: RunInTx; readonly runAsIdentity: RunAsIdentity; readonly runAsSystem: RunAsSystem; readonly runAsAdmin: RunAsAdmin; readonly read: Read
}

/** Transactions in which the outbox was appended to; asked once, after the commit. */
const appended = new WeakSet<object>()

/** Called by the outbox: this transaction's commit is worth waking the listeners for. */
export function noteAppended(tx: Tx): void {
  appended.add(tx)
  noteNumbered(tx)
}

/** Transactions with rows that are read in the order of these transactions' numbers: events, and the audit. */
const numbered = new WeakSet<object>()
export const noteNumbered = (tx: Tx): void => { numbered.add(tx) }

/**
 * Runs work in transactions of one unit each. `onCommit` is called after each commit that appended events, outside the transaction:
 * give it `createCommitNotifier`. It must not throw, and it is only a hint; nothing may depend on its being called.
 */
export function createUnitOfWork({ database, clock, onCommit, tracing = noTracing }: {
  database: Pick<Database, 'run' | 'read'>
  clock: Clock
  tracing?: Tracing
  onCommit: (commit: { orgId: string | null; at: Date }) => void
}): UnitOfWork {
  const run = async <T>(unit: Unit, work: (tx: Tx) => Promise<T>): Promise<T> => {
    let used: Tx | undefined
    const inUnit = (): Promise<T> => database.run(unit, async (tx) => {
      used = tx
      const result = await work(tx)
      if (unit.kind === 'tenant' && unit.lazy === true && numbered.has(tx)) throw new Error('unit of work: an event or a row of the audit, and a commit that does not wait for the disk')
      return result
    })
    // Only as a part of something: the polls of a quiet process would make a trace each, once a second.
    const result = await (tracing.current() === null ? inUnit() : tracing.span(`unit ${unit.kind}`, {}, inUnit))
    if (used !== undefined && appended.has(used)) onCommit({ orgId: unit.kind === 'tenant' ? unit.orgId : null, at: clock.now() })
    return result
  }
  return {
    runInTx: (actor, work, options) =>
      run({ ...options, kind: 'tenant', orgId: actor.orgId, userId: actor.userId }, work),
    runAsIdentity: (work) => run({ kind: 'identity' }, work),
    runAsSystem: (work) => run({ kind: 'system' }, work),
    runAsAdmin: (work) => run({ kind: 'admin' }, work),
    read: async (reader, statement) => {
      const ask = async (): Promise<ReadAnswer> => database.read(eyesOf(reader), statement)
      const { found, rows } = await (tracing.current() === null ? ask() : tracing.span(`read ${statement.name}`, {}, ask))
      if (reader.kind === 'arriving') await reader.admit(found)
      return rows
    },
  }
}

const eyesOf = (reader: Reader): ReadAs => (reader.kind === 'arriving' ? { kind: 'caller', lookup: reader.lookup }
  : { kind: 'tenant', orgId: reader.orgId, userId: reader.userId, principals: reader.principals })
