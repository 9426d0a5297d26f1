import type pg from 'pg'
import { listSequences, listTables, type Column, type Sequence, type Table } from './catalog.ts'
import { begin, connectPastPolicies, quoted } from './connection.ts'

/** The values of one row as Postgres writes them, in the order of the table's columns. */
export type Row = readonly (string | null)[]

export type NamedBlob = { readonly orgId: string; readonly sha256: string; readonly size: number }

export type SnapshotFacts = {
  readonly takenAt: string
  /** `pg_current_snapshot()`: which transactions are in it. */
  readonly snapshot: string
  readonly postgres: string
  readonly extensions: Readonly<Record<string, string>>
  readonly migrations: readonly { readonly name: string; readonly checksum: string }[]
  /** A place in the order of events that lies behind every event of the snapshot. */
  readonly feedReached: string
  /** Rows that only the secret key opens. */
  readonly sealed: number
  /** API keys that are neither revoked nor expired. */
  readonly liveApiKeys: number
}

/** All rows as they were at one moment, while everybody goes on writing. Exists as long as its connection. */
export type DatabaseSnapshot = {
  readonly facts: SnapshotFacts
  readonly tables: readonly Table[]
  readonly sequences: readonly Sequence[]
  /** In batches of up to 4 MB, whatever the size of the table; a row that is larger comes alone. One table at a time. */
  rows(table: Table): AsyncIterable<readonly Row[]>
  /** The blobs that rows name, each once. */
  namedBlobs(): AsyncIterable<readonly NamedBlob[]>
  close(): Promise<void>
}

const BATCH_BYTES = 4 * 1024 * 1024
const MAX_ROWS = 5_000
const NAMED_BLOBS = {
  rows: 'select org_id, sha256, max(size) from document_version group by org_id, sha256 order by org_id, sha256',
  sizes: 'select 120 from document_version group by org_id, sha256',
}
/** Values stay the text that Postgres sent: a number or a time would lose digits in JavaScript. */
const AS_TEXT: pg.CustomTypesConfig = { getTypeParser: () => (text: unknown) => text }

/**
 * Takes one repeatable-read view of the database. On the embedded database everybody else waits until it is closed.
 * @param url a superuser's, or of an owner with BYPASSRLS
 */
export async function takeSnapshot(url: string): Promise<DatabaseSnapshot> {
  return takeView(url, async ({ client, facts, close }) => {
    const [tables, sequences] = [await listTables(client), await listSequences(client)]
    return {
      facts, tables, sequences, close,
      rows: ({ name, columns }) => batches(client, {
        rows: `select ${columns.map((column) => quoted(column.name)).join(', ')} from ${quoted(name)}`,
        sizes: `select ${sizeOfRow(columns)} from ${quoted(name)}`,
      }),
      async *namedBlobs() {
        for await (const rows of batches(client, NAMED_BLOBS)) {
          yield rows.map(([orgId, sha256, size]) => ({ orgId: orgId ?? '', sha256: sha256 ?? '', size: Number(size) }))
        }
      },
    }
  })
}

type View = { readonly client: pg.Client; readonly facts: SnapshotFacts; close(): Promise<void> }

/** One repeatable-read view, past every policy, and what is made of it; the connection ends with `close`, or when `make` fails. */
export async function takeView<T>(url: string, make: (view: View) => Promise<T>): Promise<T> {
  const client = await connectPastPolicies(url)
  try {
    await begin(client, 'isolation level repeatable read read only')
    const facts = await readFacts(client)
    return await make({
      client, facts,
      async close() {
        try {
          await client.query('commit')
        } finally {
          await client.end()
        }
      },
    })
  } catch (error) {
    await client.end()
    throw error
  }
}

async function readFacts(client: pg.Client): Promise<SnapshotFacts> {
  const { rows } = await client.query<{ facts: SnapshotFacts }>(`select json_build_object(
    'takenAt', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'snapshot', pg_current_snapshot()::text,
    'postgres', current_setting('server_version'),
    'extensions', (select json_object_agg(extname, extversion order by extname) from pg_extension),
    'migrations', (select json_agg(json_build_object('name', migration_name, 'checksum', checksum) order by migration_name)
      from _prisma_migrations where rolled_back_at is null),
    'feedReached', (pg_snapshot_xmax(pg_current_snapshot())::text::bigint + app.feed_offset())::text,
    'sealed', (select count(*) from document_version where password_cipher is not null),
    'liveApiKeys', (select count(*) from api_key where revoked_at is null and (expires_at is null or expires_at > now()))) as facts`)
  const facts = rows[0]?.facts
  if (facts === undefined) throw new Error('the database did not tell its facts')
  return facts
}

/** Bytes of a value; for text those of the whole text, which Postgres knows without reading it. */
const sizeOf = ({ name, type }: Column): string => `coalesce(${type === 'text' ? 'octet_length' : 'pg_column_size'}(${quoted(name)}), 0)`

/** An expression for the bytes of a row. */
export const sizeOfRow = (columns: readonly Column[]): string => columns.map(sizeOf).join(' + ')

/**
 * The rows of a query through a cursor. How large the next ones are cannot be told from the last ones: one page may be 64 MB of text behind
 * thousands that are none. So a second cursor goes ahead and tells the sizes, in the order of the rows, as both read the table from its beginning, or in the same order.
 */
export async function* batches(client: pg.Client, sql: { rows: string; sizes: string }): AsyncIterable<readonly Row[]> {
  await client.query(`set local synchronize_seqscans = off;
    declare backup_rows no scroll cursor for ${sql.rows}; declare backup_sizes no scroll cursor for ${sql.sizes}`)
  for (;;) {
    const { rows: sizes } = await client.query<[number]>({ text: `fetch forward ${MAX_ROWS} from backup_sizes`, rowMode: 'array' })
    if (sizes.length === 0) break
    for (const wanted of portions(sizes.map(([size]) => size))) {
      yield (await client.query<(string | null)[]>({ text: `fetch forward ${wanted} from backup_rows`, rowMode: 'array', types: AS_TEXT })).rows
    }
  }
  await client.query('close backup_rows; close backup_sizes')
}

/** How many rows at a time, so that they are together no larger than a batch. */
function* portions(sizes: readonly number[]): Iterable<number> {
  let [wanted, bytes] = [0, 0]
  for (const size of sizes) {
    if (wanted > 0 && bytes + size > BATCH_BYTES) {
      yield wanted
      ;[wanted, bytes] = [0, 0]
    }
    ;[wanted, bytes] = [wanted + 1, bytes + size]
  }
  yield wanted
}
