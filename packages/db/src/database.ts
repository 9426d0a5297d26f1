import { assertFinished } from './backup/load-target.ts'
import type pg from 'pg'
import { brokenWalls } from './check/rules.ts'
import { PrismaClient } from './generated/client.ts'
import { listenOn, type Listening } from './postgres/listen.ts'
import type { DbLog } from './postgres/log.ts'
import { createPool, isPrivileged, MAX_WAIT_MS, probe, type Server } from './postgres/pool.ts'
import { createReads, READ_SETTINGS, type Reads } from './postgres/read.ts'
import { createStatementNames } from './postgres/statement-names.ts'
import { currentUnit, unitAdapter, type UnitPool } from './postgres/tenant-adapter.ts'
import type { Database } from './types.ts'

/** Longest unit, milliseconds. Nothing slow may happen inside one, but the embedded database makes units wait for each other. */
const UNIT_TIMEOUT_MS = 30_000
/** Reads are short and take processor time alone: more of them at once than Postgres has processors only make these change between them. */
const READ_CONNECTIONS = 4

type Pools = UnitPool & { readonly reads: pg.Pool; readonly reading: Reads }

function createPools(url: string, server: Server, options: { maxConnections: number; log: DbLog }): Pools {
  const { embedded } = server
  const maxConnections = Math.min(options.maxConnections, READ_CONNECTIONS)
  const reads = createPool(url, server, { ...options, maxConnections, pipeline: false, ...(embedded ? {} : { settings: READ_SETTINGS }) })
  // BEGIN and the first query of a unit leave together on a real server.
  const pool = createPool(url, server, { ...options, pipeline: !embedded })
  return { pool, reads, reading: createReads(reads, { named: !embedded }), embedded, nameOf: embedded ? undefined : createStatementNames() }
}

function count({ pool, reads, reading }: Pools): { total: number; idle: number; waiting: number } {
  const sum = (of: (one: pg.Pool) => number): number => of(pool) + of(reads)
  return { total: sum((one) => one.totalCount), idle: sum((one) => one.idleCount), waiting: sum((one) => one.waitingCount) + reading.waiting() }
}

/**
 * Opens the database of `url`. Nothing is sent before the first use, so that a process can start while the database is still away.
 * Any login works: connections give up the rights of a privileged one (see `probe`). Default: 10 connections for units, and as many for reads up to 4.
 */
export function openDatabase(options: { url: string; maxConnections?: number; log: DbLog }): Database {
  const { url, log, maxConnections = 10 } = options
  const listeners = new Set<Listening>()
  let opening: Promise<Pools> | undefined
  let opened: Pools | undefined
  let closed = false

  function pool(): Promise<Pools> {
    if (closed) return Promise.reject(new Error('the database was closed'))
    opening ??= probe(url).then((server) => (opened = createPools(url, server, { maxConnections, log }))).catch((error: unknown) => { opening = undefined; throw error })
    return opening
  }

  const prisma = new PrismaClient({
    adapter: unitAdapter(pool),
    transactionOptions: { maxWait: MAX_WAIT_MS, timeout: UNIT_TIMEOUT_MS },
    errorFormat: 'minimal',
  })

  return {
    async read(as, statement) {
      if (currentUnit.getStore()) throw new Error('read inside a unit of work: ask tx')
      return (await pool()).reading.read(as, statement)
    },
    async write(statements) {
      if (currentUnit.getStore()) throw new Error('write inside a unit of work: ask tx')
      return (await pool()).reading.write(statements)
    },
    run(unit, work) {
      if (currentUnit.getStore()) return Promise.reject(new Error('unit of work inside a unit of work: pass tx on'))
      return currentUnit.run(Object.freeze({ ...unit }), () => prisma.$transaction(work))
    },
    async listen(channel, onNotify) {
      const listening = await listenOn({ url, channel, onNotify, log })
      listeners.add(listening)
      return { close: async () => { listeners.delete(listening); await listening.close() } }
    },
    async notify(channel, payload) {
      await (await pool()).pool.query('select pg_catalog.pg_notify($1, $2)', [channel, payload])
    },
    connections: () => (opened === undefined ? { total: 0, idle: 0, waiting: 0 } : count(opened)),
    async ping() {
      await (await pool()).pool.query('select 1')
    },
    async assertWalls() {
      const { pool: connections, embedded } = await pool()
      await assertFinished(connections)
      const broken = await brokenWalls(connections)
      // The embedded database has no other user than its superuser; there each unit gives the rights up by itself.
      if (!embedded && await isPrivileged(url)) broken.push({ rule: 'login-is-privileged', object: 'the user of the connection' })
      if (broken.length === 0) return
      throw new Error(`the database does not keep organizations apart: ${broken.map(({ rule, object }) => `${rule} (${object})`).join(', ')}`)
    },
    async close() {
      if (closed) return
      const pending = opening
      closed = true
      await Promise.all([...listeners].map((listening) => listening.close()))
      await prisma.$disconnect()
      // A pool that never came to be holds nothing.
      await pending?.then((source) => Promise.all([source.pool.end(), source.reads.end()]), () => undefined)
    },
  }
}
