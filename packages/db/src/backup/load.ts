import pg from 'pg'
import { migrate } from '../migrate/migrate.ts'
import { readMigrations } from '../migrate/migrations.ts'
import type { DbLog } from '../postgres/log.ts'
import { inLoadOrder, listForeignKeys, listSequences, listTables, type Sequence, type Table } from './catalog.ts'
import { begin, BackupError, connectPastPolicies, quoted } from './connection.ts'
import { assertEmpty, assertKnownMigrations, assertSameLevel, clearUnfinished, markUnfinished } from './load-target.ts'
import type { Row, SnapshotFacts } from './snapshot.ts'

export type DatabaseBackup = {
  /** `organization`: some tables, and of these some columns; the others keep what migrations put there, or get their defaults. */
  readonly of: 'installation' | 'organization'
  readonly facts: Pick<SnapshotFacts, 'migrations' | 'feedReached'>
  readonly tables: readonly (Table & { readonly rows: number })[]
  /** An organization names none: they go on behind its rows, and behind all that was given out there. */
  readonly sequences: readonly Sequence[]
  rows(table: Table): AsyncIterable<readonly Row[]>
}

export type LoadOptions = {
  /** Past row-level security, and the owner of the schema. */
  readonly url: string
  readonly backup: DatabaseBackup
  /** Forget what only another secret key opens. */
  readonly dropSealed: boolean
  readonly revokeApiKeys: boolean
  /** An organization, into a database that has others, of the same migrations and with nobody connected to it. Nothing of theirs is changed. */
  readonly beside?: boolean
  /** What must be done before the rows may be seen. Aborted when the database goes away. */
  readonly beforeCommit: (signal: AbortSignal) => Promise<void>
  readonly log: DbLog
}

const HEARTBEAT_MS = 10_000

/**
 * Fills an empty database: migrates it to the backup's level, loads everything in one transaction that holds all tables locked, and migrates on.
 * Until that transaction is committed the database stays empty and says of itself that a restore is unfinished (`assertWalls` refuses it); the
 * same call can then be repeated.
 * @throws BackupError when the database is not empty, in use, or older or newer than the backup; nothing is changed then
 */
export async function loadDatabase(options: LoadOptions): Promise<void> {
  const { url, backup, log } = options
  const known = await readMigrations()
  assertKnownMigrations(backup.facts.migrations, known)
  const client = await connectPastPolicies(url)
  try {
    await begin(client, 'isolation level read committed read only')
    await assertPlace(client, options)
    await client.query('rollback')
    // Beside others all is in one transaction, and what is there already is served whatever becomes of it.
    if (options.beside !== true) {
      await migrate({ url, log, upTo: backup.facts.migrations.at(-1)?.name })
      await markUnfinished(client)
    }
    await loadAll(client, options)
  } finally {
    await client.end()
  }
  await migrate({ url, log })
}

const assertPlace = (client: pg.Client, { beside, backup }: LoadOptions): Promise<void> =>
  (beside === true ? assertSameLevel(client, backup.facts.migrations) : assertEmpty(client, backup.facts.migrations))

async function loadAll(client: pg.Client, options: LoadOptions): Promise<void> {
  const { backup, beforeCommit } = options
  await begin(client, 'isolation level read committed')
  const [tables, keys] = [await listTables(client), await listForeignKeys(client)]
  if (backup.of === 'installation') assertSameShape(backup.tables, tables)
  else assertPart(backup.tables, tables)
  const names = tables.map(({ name }) => quoted(name)).join(', ')
  await client.query(`lock table ${names} in access exclusive mode`)
  await assertPlace(client, options)
  // Triggers would refuse the emptying of append-only tables and count words that are counted already.
  for (const { name } of tables) await client.query(`alter table ${quoted(name)} disable trigger user`)
  const ownKeys = keys.filter(({ child, parent, deferred }) => child === parent && !deferred)
  for (const { child, name } of ownKeys) {
    await client.query(`alter table ${quoted(child)} alter constraint ${quoted(name)} deferrable initially deferred`)
  }
  if (backup.of === 'installation') await client.query(`truncate ${names} cascade`)

  for (const table of inLoadOrder(backup.tables, keys)) await loadTable(client, table, backup.rows(table))
  for (const { table, column, last } of backup.of === 'installation' ? backup.sequences : await reachedSequences(client)) {
    if (last !== null) await client.query('select setval(pg_get_serial_sequence($1, $2), $3)', [quoted(table), column, last])
  }
  if (options.dropSealed) await client.query('update document_version set password_cipher = null where password_cipher is not null')
  if (options.revokeApiKeys) await client.query('update api_key set revoked_at = now() where revoked_at is null')
  await raiseFeed(client, backup.facts.feedReached)

  await client.query('set constraints all immediate')
  for (const { child, name } of ownKeys) await client.query(`alter table ${quoted(child)} alter constraint ${quoted(name)} not deferrable`)
  for (const { name } of tables) await client.query(`alter table ${quoted(name)} enable trigger user`)
  await clearUnfinished(client)
  await withHeartbeat(client, beforeCommit)
  await client.query('commit')
}

/** Same level of migrations, same tables: anything else is a damaged backup or a changed database. */
function assertSameShape(wanted: readonly Table[], there: readonly Table[]): void {
  const shape = (tables: readonly Table[]) =>
    JSON.stringify(tables.map(({ name, columns }) => [name, columns.map((column) => [column.name, column.type])]))
  if (shape(wanted) !== shape(there)) throw new BackupError('The tables of the database are not those of the backup, though the migrations are.')
}

/** @throws BackupError unless every table and column that is given is there, of the same type */
function assertPart(given: readonly Table[], there: readonly Table[]): void {
  for (const { name, columns } of given) {
    const known = new Map(there.find((table) => table.name === name)?.columns.map((column) => [column.name, column.type]))
    const strange = columns.find((column) => known.get(column.name) !== column.type)
    if (columns.length === 0 || strange !== undefined) throw new BackupError(`The database has no table ${name} with the column ${strange?.name ?? ''}.`)
  }
}

/** Columns that count by themselves, and the largest number that stands in each now, or was ever given out. */
async function reachedSequences(client: pg.Client): Promise<Sequence[]> {
  const reached: Sequence[] = []
  for (const { table, column, last } of await listSequences(client)) {
    const { rows: [row] } = await client.query<{ last: string | null }>(`select greatest(max(${quoted(column)})::bigint, $1::bigint)::text as last from ${quoted(table)}`, [last])
    reached.push({ table, column, last: row?.last ?? null })
  }
  return reached
}

async function loadTable(client: pg.Client, table: DatabaseBackup['tables'][number], rows: AsyncIterable<readonly Row[]>): Promise<void> {
  const { name, columns } = table
  const sql = `insert into ${quoted(name)} (${columns.map((column) => quoted(column.name)).join(', ')}) overriding system value
    select ${columns.map(({ type }, at) => `v.c${at}::${type}`).join(', ')}
    from unnest(${columns.map((_, at) => `$${at + 1}::text[]`).join(', ')}) as v(${columns.map((_, at) => `c${at}`).join(', ')})`
  let loaded = 0
  for await (const batch of rows) {
    await client.query(sql, columns.map((_, at) => batch.map((row) => row[at] ?? null))).catch((error: unknown) => { throw takenOf(name, error) })
    loaded += batch.length
  }
  if (loaded !== table.rows) throw new BackupError(`The backup names ${table.rows} rows of ${name} and holds ${loaded}.`)
}

/** An id or number that the rows bring along and that is another one's there already. */
function takenOf(table: string, error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError) || error.code !== '23505') return error
  return new BackupError(`An id of the export is taken in this database: ${table}, ${error.detail ?? error.constraint ?? ''} Ids are kept, so nothing was imported; an empty installation takes it.`)
}

/**
 * Puts every event to come behind every place that anybody was ever given: no cluster counts 2^30 transactions a second, so the seconds since
 * 1970 times 2^30 lie ahead of all that was counted before now, also by an installation that went on after this backup.
 */
async function raiseFeed(client: pg.Client, reached: string): Promise<void> {
  const now = BigInt(Math.floor(Date.now() / 1000)) << 30n
  await client.query(`do $do$ begin
    execute format('create or replace function app.feed_offset() returns bigint language sql stable parallel safe as $$ select %s::bigint $$',
      greatest(${now}, ${BigInt(reached)}, app.feed_offset()));
  end $do$`)
}

/** The embedded database takes a connection that is silent in a transaction for a minute to be dead. */
async function withHeartbeat(client: pg.Client, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const gone = new AbortController()
  const timer = setInterval(() => { client.query('select 1').catch((error: unknown) => { gone.abort(error) }) }, HEARTBEAT_MS)
  try {
    await work(gone.signal)
  } finally {
    clearInterval(timer)
  }
}
