import type { Prisma } from './generated/client.ts'

/** A Prisma client inside one unit of work. */
export type Tx = Prisma.TransactionClient

/** What a transaction may see; sets the role and the tenant with its first round trip. */
export type Unit =
  | { readonly kind: 'tenant'; readonly orgId: string; readonly userId: string; readonly readOnly?: boolean }
  | { readonly kind: 'identity' }
  | { readonly kind: 'system' }

export type Database = {
  /** Runs `work` in one transaction of this unit. A unit inside a unit is refused: pass `tx` on. */
  run<T>(unit: Unit, work: (tx: Tx) => Promise<T>): Promise<T>
  /** A connection of its own for LISTEN; notified channels are passed on until `close`. Reconnects by itself. */
  listen(channel: string, onNotify: (payload: string) => void): Promise<{ close(): Promise<void> }>
  /** Sends NOTIFY on a connection of its own, outside any unit. */
  notify(channel: string, payload: string): Promise<void>
  /** Connections of the pool that units share: all, those at rest, and units that wait for one. */
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
