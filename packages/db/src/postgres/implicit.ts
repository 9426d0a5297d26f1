import pg from 'pg'
import type { ReadValue, Statement } from '../types.ts'

/*
 * Several statements before one Sync are one implicit transaction: one round trip, and when one of them fails the server itself skips the
 * rest. pg has no public way to send them, so this is a query class of our own, as pg-cursor is one, on the messages of pg's connection.
 * They are its inner side: the version of pg is pinned, and implicit.int.test.ts holds what is relied on.
 */

type Field = { readonly name: string; readonly dataTypeID: number }
type Column = { readonly name: string; readonly parse: (text: string) => unknown }
export type Row = Record<string, unknown>

/** What is used of pg's connection. */
type Wire = {
  readonly stream: { cork(): void; uncork(): void }
  /** Names that the server knows on this connection, with their text. Shared with pg's own queries. */
  readonly parsedStatements: Record<string, string | undefined>
  parse(message: { name: string; text: string }): void
  bind(message: { portal: string; statement: string; values: (string | null)[] }): void
  describe(message: { type: 'P'; name: string }): void
  execute(message: { portal: string }): void
  sync(): void
  on(event: 'parseComplete', listener: () => void): void
  removeListener(event: 'parseComplete', listener: () => void): void
}

/** `named`: the server keeps text and plan for the next time on this connection. Not on the embedded database, whose connections share one session. */
export type ImplicitOptions = { readonly named: boolean }

const USED = ['parse', 'bind', 'describe', 'execute', 'sync', 'on', 'removeListener']
const isWire = (connection: object): connection is Wire =>
  'parsedStatements' in connection && 'stream' in connection && USED.every((name) => typeof Reflect.get(connection, name) === 'function')

const TIMESTAMPTZ = 1184

/** PostgreSQL's text of a moment as ISO 8601 in UTC with milliseconds, as `Date` writes it but without making one where the session is in UTC. */
export function isoTime(text: string): string {
  if (!text.endsWith('+00') || text.length < 22 || text.charCodeAt(4) !== 45) return new Date(text).toISOString()
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0').slice(0, 3)}Z`
}

const parserOf = ({ dataTypeID }: Field): Column['parse'] => (dataTypeID === TIMESTAMPTZ ? isoTime : pg.types.getTypeParser(dataTypeID, 'text'))

function textOf(value: ReadValue): string | null {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'object') return `{${value.map((item) => `"${item.replace(/[\\"]/g, '\\$&')}"`).join(',')}}`
  return String(value)
}

/** The columns of named statements; they stay, because the server refuses a kept plan whose columns have changed (0A000). */
const known = new WeakMap<Wire, Map<string, Column[]>>()

function columnsOf(wire: Wire): Map<string, Column[]> {
  let columns = known.get(wire)
  if (columns === undefined) known.set(wire, columns = new Map())
  return columns
}

class Implicit {
  readonly #statements: readonly Statement[]
  readonly #named: boolean
  readonly #settle: (error: Error | null, results: Row[][]) => void
  readonly #results: Row[][] = []
  readonly #parsing: Statement[] = []
  #columns: Map<string, Column[]> | undefined
  #current: Column[] = []
  #rows: Row[] = []
  #wire: Wire | undefined
  #failed: Error | null = null

  constructor(statements: readonly Statement[], { named }: ImplicitOptions, settle: (error: Error | null, results: Row[][]) => void) {
    this.#statements = statements
    this.#named = named
    this.#settle = settle
  }

  /** Called by pg when it is this query's turn; an error that is answered here was not sent. */
  submit(wire: object): Error | null {
    if (!isWire(wire)) return new Error('this release of pg speaks to its connection in another way: see implicit.ts')
    const taken = this.#named ? this.#statements.find(({ name, text }) => (wire.parsedStatements[name] ?? this.#firstOf(name)?.text) !== text) : undefined
    if (taken !== undefined) return new Error(`the statement ${taken.name} was sent with another text before`)
    this.#wire = wire
    this.#columns = this.#named ? columnsOf(wire) : new Map()
    this.#begin()
    wire.stream.cork()
    try {
      for (const statement of this.#statements) this.#send(wire, statement)
      wire.sync()
    } finally {
      wire.stream.uncork()
    }
    if (this.#parsing.length > 0) wire.on('parseComplete', this.#parsed)
    return null
  }

  #firstOf(name: string): Statement | undefined {
    return this.#statements.find((statement) => statement.name === name)
  }

  #send(wire: Wire, statement: Statement): void {
    const name = this.#named ? statement.name : ''
    // One that is asked twice is told the server once.
    if (name === '' || (wire.parsedStatements[name] === undefined && this.#firstOf(name) === statement)) {
      wire.parse({ name, text: statement.text })
      this.#parsing.push(statement)
    }
    wire.bind({ portal: '', statement: name, values: statement.values.map(textOf) })
    if (this.#columns?.get(name) === undefined) wire.describe({ type: 'P', name: '' })
    wire.execute({ portal: '' })
  }

  readonly #parsed = (): void => {
    const statement = this.#parsing.shift()
    if (this.#named && statement !== undefined && this.#wire !== undefined) this.#wire.parsedStatements[statement.name] = statement.text
  }

  #begin(): void {
    const statement = this.#statements[this.#results.length]
    this.#current = statement === undefined ? [] : this.#columns?.get(statement.name) ?? []
    this.#rows = []
  }

  handleRowDescription({ fields }: { fields: readonly Field[] }): void {
    this.#current = fields.map((field) => ({ name: field.name, parse: parserOf(field) }))
    const statement = this.#statements[this.#results.length]
    if (this.#named && statement !== undefined) this.#columns?.set(statement.name, this.#current)
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    if (this.#failed !== null) return
    try {
      const row: Row = {}
      for (let at = 0; at < fields.length; at += 1) {
        const column = this.#current[at]
        const text = fields[at]
        if (column !== undefined) row[column.name] = text === null || text === undefined ? null : column.parse(text)
      }
      this.#rows.push(row)
    } catch (error) {
      this.#failed = error instanceof Error ? error : new Error(String(error))
    }
  }

  handleCommandComplete(): void {
    this.#results.push(this.#rows)
    this.#begin()
  }

  handleEmptyQuery(): void { this.handleCommandComplete() }

  handleError(error: Error): void {
    this.#wire?.removeListener('parseComplete', this.#parsed)
    this.#settle(error, [])
  }

  handleReadyForQuery(): void {
    this.#wire?.removeListener('parseComplete', this.#parsed)
    this.#settle(this.#failed, this.#results)
  }
}

/** What is used of pg's client: which query the next message is for, and whether another one may be sent. */
type Turn = { _activeQuery: object | null; readyForQuery: boolean }

/**
 * Several implicit transactions that leave with one write, each with a Sync of its own: what fails in one is nothing to the next. To pg they are one
 * query, which stays the active one until the last has answered.
 */
class Several {
  readonly #turn: Turn
  #left: readonly Implicit[]
  #failed = false

  constructor(turn: Turn, all: readonly Implicit[]) {
    this.#turn = turn
    this.#left = all
  }

  submit(wire: object): Error | null {
    if (!isWire(wire)) return new Error('this release of pg speaks to its connection in another way: see implicit.ts')
    const refused = (one: Implicit): boolean => {
      const error = one.submit(wire)
      if (error !== null) one.handleError(error)
      return error !== null
    }
    wire.stream.cork()
    try {
      this.#left = this.#left.filter((one) => !refused(one))
    } finally {
      wire.stream.uncork()
    }
    return this.#left.length === 0 ? new Error('nothing was sent') : null
  }

  handleRowDescription(message: { fields: readonly Field[] }): void { this.#left[0]?.handleRowDescription(message) }
  handleDataRow(message: { fields: readonly (string | null)[] }): void { this.#left[0]?.handleDataRow(message) }
  handleCommandComplete(): void { this.#left[0]?.handleCommandComplete() }
  handleEmptyQuery(): void { this.#left[0]?.handleEmptyQuery() }

  /** What the server says ends one; a connection that is lost ends all. */
  handleError(error: Error): void {
    this.#failed = error instanceof pg.DatabaseError
    if (this.#failed) {
      this.#left[0]?.handleError(error)
      this.#turn._activeQuery = this
      return
    }
    for (const one of this.#left) one.handleError(error)
    this.#left = []
  }

  handleReadyForQuery(): void {
    const [one, ...left] = this.#left
    if (!this.#failed) one?.handleReadyForQuery()
    this.#failed = false
    this.#left = left
    if (left.length === 0) return
    this.#turn._activeQuery = this
    this.#turn.readyForQuery = false
  }
}

const hasTurn = (client: object): client is Turn => '_activeQuery' in client && 'readyForQuery' in client

type Settled = { readonly query: Implicit; readonly rows: Promise<Row[][]> }

function settled(statements: readonly Statement[], options: ImplicitOptions): Settled {
  const { promise: rows, resolve, reject } = Promise.withResolvers<Row[][]>()
  return { query: new Implicit(statements, options, (error, results) => (error === null ? resolve(results) : reject(error))), rows }
}

/** Runs the statements in order in one implicit transaction; answers the rows of each. Rejects with the first error, after which none ran. */
export function implicit(client: pg.ClientBase, statements: readonly Statement[], options: ImplicitOptions): Promise<Row[][]> {
  const { query, rows } = settled(statements, options)
  client.query(query)
  return rows
}

/** Whether the connection has run each of these named statements before. What it has not must go alone: its name is taken only once it was parsed. */
export function isKnown(client: pg.ClientBase, statements: readonly Statement[]): boolean {
  const wire: unknown = Reflect.get(client, 'connection')
  if (typeof wire !== 'object' || wire === null || !isWire(wire)) return false
  return statements.every(({ name }) => name !== '' && wire.parsedStatements[name] !== undefined && columnsOf(wire).has(name))
}

/** As `implicit`, for several that leave together; of each only known statements (see `isKnown`). One that fails fails alone. */
export function implicitEach(client: pg.ClientBase, groups: readonly (readonly Statement[])[]): Promise<Row[][]>[] {
  if (!hasTurn(client)) throw new Error('this release of pg keeps its queries in another way: see implicit.ts')
  const all = groups.map((statements) => settled(statements, { named: true }))
  client.query(new Several(client, all.map(({ query }) => query)))
  return all.map(({ rows }) => rows)
}
