import type { Prisma } from './generated/client.ts'

/** A Prisma client inside one unit of work. */
export type Tx = Prisma.TransactionClient

/**
 * What a transaction may see; sets the role and the tenant with its first round trip. `lazy`: its commit does not wait for the disk. A server that is killed
 * may forget it with all that came after, and give its transaction's number to another one: never where an event or a row of the audit is written, whose
 * order these numbers are, and only for what is done again until something behind it is on disk.
 */
export type Unit =
  | { readonly kind: 'tenant'; readonly orgId: string; readonly userId: string; readonly readOnly?: boolean; readonly lazy?: boolean }
  | { readonly kind: 'identity' }
  | { readonly kind: 'system' }
  | { readonly kind: 'admin' }

export type ReadValue = string | number | boolean | null | readonly string[]

/**
 * SQL with `$1`… and its values. `name` stands for `text` for ever: the server plans it once on each connection, whatever the values, since
 * planning takes longer than most reads do. `plan: 'each'`: the best plan depends on the values, so it is planned each time. Moments
 * (timestamptz) are answered as ISO 8601 text.
 */
export type Statement = { readonly name: string; readonly text: string; readonly values: readonly ReadValue[]; readonly plan?: 'each' }

/**
 * Whose eyes a read has. `tenant`: a user who is known. `caller`: somebody who is found by the read itself: `lookup` runs first, as
 * `app_identity`, and answers at most one row with at least `orgId`, `userId` and `principals` (text, commas between); without a row, or with
 * an `orgId` of null, the statement behind it runs with no organization set and sees nothing.
 */
export type ReadAs =
  | { readonly kind: 'tenant'; readonly orgId: string; readonly userId: string; readonly principals: readonly string[] }
  | { readonly kind: 'caller'; readonly lookup: Statement }

/** `found` is what the lookup answered; null without a row, and for a user who was known. */
export type ReadAnswer = { readonly found: Readonly<Record<string, unknown>> | null; readonly rows: Record<string, unknown>[] }

export type Database = {
  /**
   * One statement that reads, in one round trip: who reads, role, tenant and the statement itself are one implicit transaction, which is
   * read-only. The statement finds its reader's principals in `string_to_array(current_setting('app.principals'), ',')`.
   */
  read(as: ReadAs, statement: Statement): Promise<ReadAnswer>
  /**
   * Statements of the installation itself in one round trip and one transaction, all of them or none; answers the rows of each. For what is asked many
   * times a second: a unit of as many statements costs a round trip for each and one more.
   */
  write(statements: readonly Statement[]): Promise<Record<string, unknown>[][]>
  /** Runs `work` in one transaction of this unit. A unit inside a unit is refused: pass `tx` on. */
  run<T>(unit: Unit, work: (tx: Tx) => Promise<T>): Promise<T>
  /** A connection of its own for LISTEN; notified channels are passed on until `close`. Reconnects by itself. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<{ close(): Promise<void> }>
  /** Sends NOTIFY on a connection of its own, outside any unit. */
  notify(channel: string, payload: string): Promise<void>
  /** Connections that units and reads share: all, those at rest, and who waits for one. */
  connections(): { total: number; idle: number; waiting: number }
  /** One cheap round trip; throws when the database does not answer. */
  ping(): Promise<void>
  /**
   * Throws, naming what is wrong, unless row-level security is forced on every tenant table of the live database and our roles hold no
   * privilege that passes it by, and unless every restore into it came to its end. Asked before anything is served.
   */
  assertWalls(): Promise<void>
  close(): Promise<void>
}
