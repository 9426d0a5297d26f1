import { access, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openDatabase, startEmbeddedPostgres, type Database } from '@intellidocs/db'
import { createLog, isSet, loadConfig, type TemporalConfig } from '@intellidocs/kernel'
import { createBlobStore, type BlobStore } from '@intellidocs/storage'
import type { Env } from '../context.ts'
import { CommandError } from '../failure.ts'

export type Target = {
  readonly database: Database
  readonly blobs: BlobStore
  /** Null where nobody said where it is: the embedded one runs beside the launcher alone. */
  readonly temporal: TemporalConfig | null
  close(): Promise<void>
}

/**
 * Database and blobs of the installation on this machine, by the same variables as the servers'. Without `DATABASE_URL` it is the embedded one
 * in `DATA_DIR`: that of the running product, or, where it is stopped, its database started for the time of the command.
 */
export async function openTarget(env: Env): Promise<Target> {
  await assertInstallation(env)
  const config = loadConfig({ ...env })
  const { url, stop } = env['DATABASE_URL'] ? { url: config.databaseUrl, stop: async () => undefined } : await embeddedDatabase(config.dataDir)
  const database = openDatabase({ url, maxConnections: 2, log: createLog({ level: 'error', name: 'cli' }) })
  return {
    database,
    blobs: createBlobStore(config.blobs),
    temporal: isSet('TEMPORAL_ADDRESS', env) ? config.temporal : null,
    async close() {
      await database.close()
      await stop()
    },
  }
}

/**
 * Reading the configuration would make a data folder where there is none: so this is asked before.
 * @throws CommandError where there is neither a `DATABASE_URL` nor a data folder
 */
export async function assertInstallation(env: Env): Promise<void> {
  const dataDir = resolve(env['DATA_DIR'] || '.intellidocs')
  if (env['DATABASE_URL'] || await exists(dataDir)) return
  const sentence = `There is no installation here: neither DATABASE_URL nor the folder ${dataDir}`
  throw new CommandError(`${sentence}. Run this on the server, with its variables.`)
}

/** The database in a data folder, running or started for this command. The launcher leaves the address behind; after a crash nobody answers there. */
export async function embeddedDatabase(dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const running = await readFile(join(dataDir, 'database.url'), 'utf8').then((text) => text.trim(), () => null) // never started
  if (running && await answers(running)) return { url: running, stop: async () => undefined }
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') })
  return { url: postgres.url, stop: () => postgres.close() }
}

async function answers(url: string): Promise<boolean> {
  const database = openDatabase({ url, maxConnections: 1, log: createLog({ level: 'fatal', name: 'cli' }) })
  return database.ping().then(() => true, () => false).finally(() => database.close())
}

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false)
