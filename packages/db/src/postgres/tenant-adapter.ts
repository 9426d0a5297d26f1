import { AsyncLocalStorage } from 'node:async_hooks'
import { PrismaPg } from '@prisma/adapter-pg'
import {
  DriverAdapterError, type SqlDriverAdapter, type SqlDriverAdapterFactory, type SqlQuery, type SqlQueryable, type SqlResultSet, type Transaction,
} from '@prisma/driver-adapter-utils'
import pg from 'pg'
import type { Unit } from '../types.ts'
import type { StatementNames } from './statement-names.ts'
import { beginSql } from './unit.ts'

/** The unit that is running in this asynchronous context. Set by `openDatabase` alone. */
export const currentUnit = new AsyncLocalStorage<Unit>()

/** `nameOf`: names for statements whose plans the server is to keep; undefined where connections share one session, and with it the names. */
export type UnitPool = { readonly pool: pg.Pool; readonly embedded: boolean; readonly nameOf: StatementNames | undefined }

/** Gives one connection the look of a pool, because adapter-pg maps types and errors only for pools it is handed. */
class OneConnection extends pg.Pool {
  constructor(client: pg.PoolClient) {
    super({ max: 1 })
    this.query = client.query.bind(client)
  }
}

const views = new WeakMap<pg.PoolClient, Promise<SqlDriverAdapter>>()
function queryableOf(client: pg.PoolClient, nameOf: StatementNames | undefined): Promise<SqlDriverAdapter> {
  const known = views.get(client)
  if (known) return known
  const options = nameOf === undefined ? {} : { statementNameGenerator: ({ sql }: SqlQuery) => nameOf(sql) }
  const view = new PrismaPg(new OneConnection(client), options).connect()
  views.set(client, view)
  return view
}

/** A kept plan whose tables have changed since (0A000), or a name that the server does not know (26000): the connection would fail with it for ever. */
const isUnfit = (error: unknown): boolean =>
  error instanceof DriverAdapterError && error.cause.originalCode !== undefined && ['0A000', '26000'].includes(error.cause.originalCode)

const ended = (message: string): DriverAdapterError => new DriverAdapterError({
  kind: 'postgres', code: '25P02', severity: 'ERROR', message, detail: undefined, column: undefined, hint: undefined,
})

/** One transaction of one unit on one connection. */
class UnitTransaction implements Transaction {
  readonly provider = 'postgres'
  readonly adapterName = 'intellidocs-units'
  readonly options = { usePhantomQuery: false }
  readonly #client: pg.PoolClient
  readonly #queryable: SqlQueryable
  readonly #embedded: boolean
  #begin: string | undefined
  #released = false
  #unfit = false

  constructor(client: pg.PoolClient, queryable: SqlQueryable, options: { begin: string; embedded: boolean }) {
    this.#client = client
    this.#queryable = queryable
    this.#begin = options.begin
    this.#embedded = options.embedded
  }

  queryRaw(query: SqlQuery): Promise<SqlResultSet> {
    return this.#afterBegin(() => this.#queryable.queryRaw(query))
  }

  async executeRaw(query: SqlQuery): Promise<number> {
    const control = query.args.length === 0 ? query.sql.trim().toUpperCase() : ''
    if (control === 'COMMIT' || control === 'ROLLBACK') return this.#end(control)
    return this.#afterBegin(() => this.#queryable.executeRaw(query))
  }

  /**
   * BEGIN leaves together with the first query (pipelined on a real server: one round trip less). Should BEGIN fail, that query still
   * runs, outside a transaction: harmless where the login role has no rights. On the embedded database everybody is superuser: wait.
   */
  async #afterBegin<T>(send: () => Promise<T>): Promise<T> {
    const begin = this.#begin
    if (begin === undefined) return send().catch((error: unknown) => this.#failed(error))
    this.#begin = undefined
    const begun = this.#client.query(begin)
    if (this.#embedded) {
      await begun
      return send()
    }
    const [opened, result] = await Promise.allSettled([begun, send()])
    if (opened.status === 'rejected') throw opened.reason
    if (result.status === 'rejected') return this.#failed(result.reason)
    return result.value
  }

  #failed(error: unknown): never {
    this.#unfit ||= isUnfit(error)
    throw error
  }

  /** Postgres answers COMMIT of a failed transaction with ROLLBACK and no error: the caller would believe that its work was kept. */
  async #end(control: 'COMMIT' | 'ROLLBACK'): Promise<number> {
    if (this.#begin !== undefined) return 0
    const status = this.#client.getTransactionStatus()
    const { command } = await this.#client.query(control)
    if (control === 'ROLLBACK') return 0
    if (status === 'I') throw ended('the transaction was ended from inside its own unit of work')
    if (command !== 'COMMIT') throw ended('a statement had failed: the transaction was rolled back')
    return 0
  }

  async commit(): Promise<void> { this.#release() }
  async rollback(): Promise<void> { this.#release() }

  /** A connection whose transaction is not closed for certain, or with plans that do not fit any more, never returns to the pool. */
  #release(): void {
    if (this.#released) return
    this.#released = true
    this.#client.release(this.#unfit || this.#client.getTransactionStatus() !== 'I')
  }

  async createSavepoint(name: string): Promise<void> { await this.executeRaw(plain(`SAVEPOINT ${name}`)) }
  async rollbackToSavepoint(name: string): Promise<void> { await this.executeRaw(plain(`ROLLBACK TO SAVEPOINT ${name}`)) }
  async releaseSavepoint(name: string): Promise<void> { await this.executeRaw(plain(`RELEASE SAVEPOINT ${name}`)) }
}

const plain = (sql: string): SqlQuery => ({ sql, args: [], argTypes: [] })

async function refuse(): Promise<never> {
  throw new Error('query outside a unit of work: use the tx that Database.run hands to its work')
}

/**
 * A Prisma driver adapter that knows transactions of units only. Whatever Prisma sends outside one is refused here, and, should that
 * ever fail, by the database, where the login role has no rights.
 */
export function unitAdapter(open: () => Promise<UnitPool>): SqlDriverAdapterFactory {
  const adapter: SqlDriverAdapter = {
    provider: 'postgres',
    adapterName: 'intellidocs-units',
    queryRaw: refuse,
    executeRaw: refuse,
    executeScript: refuse,
    async startTransaction(isolationLevel) {
      const unit = currentUnit.getStore()
      if (!unit) throw new Error('transaction outside a unit of work: use Database.run')
      const begin = beginSql(unit, isolationLevel)
      const { pool, embedded, nameOf } = await open()
      const client = await pool.connect()
      return new UnitTransaction(client, await queryableOf(client, nameOf), { begin, embedded })
    },
    getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
    dispose: async () => { /* the pool belongs to openDatabase */ },
  }
  return { provider: 'postgres', adapterName: 'intellidocs-units', connect: async () => adapter }
}
