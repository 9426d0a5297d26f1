import type pg from 'pg'
import { listSequences, listTables, type Sequence, type Table } from './catalog.ts'
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
  /** In batches of about 4 MB, whatever the size of the table. One table at a time. */
  rows(table: Table): AsyncIterable<readonly Row[]>
  /** The blobs that rows name, each once. */
  namedBlobs(): AsyncIterable<readonly NamedBlob[]>
  close(): Promise<void>
}

const BATCH_BYTES = 4 * 1024 * 1024
const MAX_ROWS = 5_000
const NAMED_BLOBS = 'select org_id, sha256, max(size) from document_version group by org_id, sha256 order by org_id, sha256'
/** Values stay the text that Postgres sent: a number or a time would lose digits in JavaScript. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig

/**
 * Takes one repeatable-read view of the database. On the embedded database everybody else waits until it is closed.
 * @param url a superuser's, or of an owner with BYPASSRLS
 */
export async function takeSnapshot(url: string): Promise<DatabaseSnapshot> {
  const client = await connectPastPolicies(url)
  try {
    await begin(client, 'isolation level repeatable read read only')
    const [facts, tables, sequences] = [await readFacts(client), await listTables(client), await listSequences(client)]
    return {
      facts, tables, sequences,
      rows: ({ name, columns }) => batches(client, `select ${columns.map((column) => quoted(column.name)).join(', ')} from ${quoted(name)}`),
      async *namedBlobs() {
        for await (const rows of batches(client, NAMED_BLOBS)) {
          yield rows.map(([orgId, sha256, size]) => ({ orgId: orgId ?? '', sha256: sha256 ?? '', size: Number(size) }))
        }
      },
      async close() {
        try {
          await client.query('commit')
        } finally {
          await client.end()
        }
      },
    }
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

/** The rows of a query through a cursor; how many at once follows from how large they turn out to be. */
async function* batches(client: pg.Client, sql: string): AsyncIterable<readonly Row[]> {
  await client.query(`declare backup_rows no scroll cursor for ${sql}`)
  for (let wanted = 100; ;) {
    const { rows } = await client.query<(string | null)[]>({ text: `fetch forward ${wanted} from backup_rows`, rowMode: 'array', types: AS_TEXT })
    if (rows.length === 0) break
    yield rows
    const bytes = rows.reduce((sum, row) => sum + row.reduce((size, value) => size + (value?.length ?? 0), 0), 1)
    wanted = Math.max(1, Math.min(MAX_ROWS, wanted * 4, Math.floor((rows.length * BATCH_BYTES) / bytes)))
  }
  await client.query('close backup_rows')
}
