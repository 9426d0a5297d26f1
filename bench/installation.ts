import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IntelliDocsClient } from '@intellidocs/client'
import { environmentWith, loadConfig } from '@intellidocs/kernel'
import { startPostgresForRun, withDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { signIn } from '../apps/launcher/src/archive.ts'
import { startProduct, type Product } from '../apps/launcher/src/supervisor.ts'

export type Installation = {
  readonly product: Product
  readonly client: IntelliDocsClient
  readonly postgres: 'native' | 'pglite'
  /** A superuser's address of the database, for baselines. */
  readonly adminUrl: string
  close(): Promise<void>
}

const ADMIN = { email: 'bench@example.test', org: 'bench', password: 'bench-password-1' }

/**
 * The whole product on a throw-away folder, free ports and native Postgres where it can be had (`TEST_DB=pglite` for the embedded one),
 * with somebody signed in. Says on stderr what it does.
 */
export async function openInstallation(): Promise<Installation> {
  const say = (line: string): void => void process.stderr.write(`· ${line}\n`)
  const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-bench-'))
  const server = await startPostgresForRun()
  const native = server.source.kind === 'native' ? withDatabase(server.source.url, 'bench') : null
  if (native !== null && server.source.kind === 'native') await createDatabase(server.source.url)
  // The launcher asks the environment which servers are its own; a bench must not meet those of its caller.
  Object.assign(process.env, { DATABASE_URL: native ?? '', TEMPORAL_ADDRESS: '', DATABASE_ADMIN_URL: '' })
  const config = loadConfig(environmentWith({
    DATA_DIR: dataDir, PORT: '0', INTELLIDOCS_EMBEDDED: '1', BLOBS: '', SECRET_KEY: '', PUBLIC_URL: '', LOG_LEVEL: 'warn',
    ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password,
  }))
  Object.assign(process.env, { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password })
  const product = await startProduct({ config, ui: false, say })
  if (product.administrator === null) throw new Error('the API made no administrator on an empty database')
  const client = await signIn(product.url, { ...product.administrator, password: ADMIN.password })
  return {
    product, client, postgres: server.source.kind, adminUrl: native ?? config.databaseUrl,
    async close() {
      await client.close()
      await product.stop()
      await server.close()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

async function createDatabase(serverUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: serverUrl })
  await admin.connect()
  try {
    await admin.query('create database bench')
  } finally {
    await admin.end()
  }
}
