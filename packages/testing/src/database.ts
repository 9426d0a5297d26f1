import { randomUUID } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase, startEmbeddedPostgres, type Database } from '@intellidocs/db'
import { ask } from './broker.ts'
import { asAdmin, silent, TEMPLATE, withDatabase, type PostgresSource } from './servers/postgres.ts'

export type TestDatabase = {
  readonly database: Database
  /** What the product would be given. */
  readonly url: string
  /** A superuser's, for looking behind the walls and for killing sessions. */
  readonly adminUrl: string
  readonly kind: 'native' | 'pglite'
  close(): Promise<void>
}

/**
 * A fresh, migrated database for one test file; call it in `beforeAll` and `close` it in `afterAll`.
 * @param options.maxConnections of `database`'s pool; default 10
 */
export async function testDatabase(options: { maxConnections?: number } = {}): Promise<TestDatabase> {
  const source = await ask<PostgresSource>('postgres')
  const place = source.kind === 'native' ? await copyNative(source.url) : await copyPGlite(source.templateDir)
  const database = openDatabase({ url: place.url, log: silent, ...options })
  return {
    database, url: place.url, adminUrl: place.adminUrl, kind: source.kind,
    async close() {
      await database.close()
      await place.drop()
    },
  }
}

type Place = { url: string; adminUrl: string; drop(): Promise<void> }

async function copyNative(serverUrl: string): Promise<Place> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await asAdmin(serverUrl, `create database ${name} template ${TEMPLATE}`)
  return {
    url: withDatabase(serverUrl, name, 'app_login'),
    adminUrl: withDatabase(serverUrl, name),
    drop: () => asAdmin(serverUrl, `drop database ${name} with (force)`),
  }
}

async function copyPGlite(templateDir: string): Promise<Place> {
  const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-pglite-'))
  await cp(templateDir, dataDir, { recursive: true })
  const server = await startEmbeddedPostgres({ dataDir })
  return {
    url: server.url,
    adminUrl: server.url,
    async drop() {
      await server.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
