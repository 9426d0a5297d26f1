import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, startEmbeddedPostgres, type DbLog } from '@intellidocs/db'
import pg from 'pg'
import { startNativePostgres, type PostgresOptions } from './native-postgres.ts'

export const TEMPLATE = 'intellidocs_template'
export const silent: DbLog = { info: () => undefined, warn: () => undefined }

/** What a test file needs to make a database of its own. */
export type PostgresSource =
  | { readonly kind: 'native'; readonly url: string }
  | { readonly kind: 'pglite'; readonly templateDir: string }

export type PostgresForRun = { readonly source: PostgresSource; close(): Promise<void> }

/**
 * The Postgres of one test run, with a migrated template to copy. Native unless it cannot be had: then PGlite, said aloud, because
 * PGlite has one session and no concurrency to test. `TEST_DB=native|pglite` forces one. `options` are for benchmarks.
 */
export async function startPostgresForRun(
  wanted: string | undefined = process.env['TEST_DB'], options: Partial<PostgresOptions> = {},
): Promise<PostgresForRun> {
  if (wanted !== undefined && wanted !== '' && wanted !== 'native' && wanted !== 'pglite') throw new Error('TEST_DB must be native or pglite')
  if (wanted === 'pglite') return pgliteTemplate()
  try {
    return await nativeTemplate({ durable: false, ...options })
  } catch (error) {
    if (wanted === 'native') throw error
    process.stderr.write(`\n*** No native PostgreSQL for tests: ${error instanceof Error ? error.message : String(error)}\n`
      + '*** Falling back to the embedded database: tests of concurrency prove less. TEST_DB=native makes this an error.\n\n')
    return pgliteTemplate()
  }
}

async function nativeTemplate(options: PostgresOptions): Promise<PostgresForRun> {
  const server = await startNativePostgres(options)
  try {
    await asAdmin(server.url, `create database ${TEMPLATE}`)
    await migrate({ url: withDatabase(server.url, TEMPLATE), log: silent })
  } catch (error) {
    await server.close()
    throw error
  }
  return { source: { kind: 'native', url: server.url }, close: () => server.close() }
}

async function pgliteTemplate(): Promise<PostgresForRun> {
  const templateDir = await mkdtemp(join(tmpdir(), 'intellidocs-pglite-'))
  const server = await startEmbeddedPostgres({ dataDir: templateDir })
  try {
    await migrate({ url: server.url, log: silent })
  } finally {
    await server.close()
  }
  return { source: { kind: 'pglite', templateDir }, close: () => rm(templateDir, { recursive: true, force: true }) }
}

/** The same server and user, another database. */
export function withDatabase(url: string, database: string, user?: string): string {
  const changed = new URL(url)
  changed.pathname = `/${database}`
  if (user !== undefined) changed.username = user
  return changed.href
}

/** Sends one statement on a connection of its own, past every wall. */
export async function asAdmin(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
