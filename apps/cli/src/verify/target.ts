import { access, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { openDatabase, startEmbeddedPostgres, type Database } from '@intellidocs/db'
import { createLog, loadConfig } from '@intellidocs/kernel'
import { createBlobStore, type BlobStore } from '@intellidocs/storage'
import type { Env } from '../context.ts'
import { CommandError } from '../failure.ts'

export type Target = { readonly database: Database; readonly blobs: BlobStore; close(): Promise<void> }

/**
 * Database and blobs of the installation on this machine, by the same variables as the servers'. Without `DATABASE_URL` it is the embedded one
 * in `DATA_DIR`: through the running product where that says how to reach it, else by starting its database for the time of the command.
 */
export async function openTarget(env: Env): Promise<Target> {
  const dataDir = resolve(env['DATA_DIR'] || '.intellidocs')
  const embedded = !env['DATABASE_URL']
  // Reading the configuration would make a data folder where there is none.
  if (embedded && !await exists(dataDir)) {
    throw new CommandError(`There is no installation here: neither DATABASE_URL nor the folder ${dataDir}. Run this on the server, with its variables.`)
  }
  const config = loadConfig({ ...env })
  const { url, stop } = embedded ? await embeddedDatabase(dataDir) : { url: config.databaseUrl, stop: async () => undefined }
  const database = openDatabase({ url, maxConnections: 2, log: createLog({ level: 'error', name: 'cli' }) })
  return {
    database,
    blobs: createBlobStore(config.blobs),
    async close() {
      await database.close()
      await stop()
    },
  }
}

async function embeddedDatabase(dataDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const running = join(dataDir, 'database.url')
  if (await exists(running)) return { url: (await readFile(running, 'utf8')).trim(), stop: async () => undefined }
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') })
  return { url: postgres.url, stop: () => postgres.close() }
}

const exists = (path: string): Promise<boolean> => access(path).then(() => true, () => false)
