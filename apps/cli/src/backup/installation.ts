import { join, resolve } from 'node:path'
import { startEmbeddedPostgres } from '@intellidocs/db'
import { loadConfig, secretKeyId } from '@intellidocs/kernel'
import { createBlobStore, type BlobStore } from '@intellidocs/storage'
import type { Env } from '../context.ts'
import { assertInstallation, embeddedDatabase } from '../verify/target.ts'

/** What is backed up, and what is restored into. */
export type Installation = {
  /** Past row-level security, and the owner of the schema. */
  readonly databaseUrl: string
  readonly blobs: BlobStore
  /** The present secret key's id first, then those of older keys that it still opens with. */
  readonly secretKeyIds: readonly string[]
  /** What the audit's keys are made from. */
  readonly keys: { readonly secretKey: Buffer; readonly oldSecretKeys: readonly Buffer[] }
  close(): Promise<void>
}

/** The installation on this machine, running or stopped, by the same variables as the servers'. */
export async function openInstallation(env: Env): Promise<Installation> {
  await assertInstallation(env)
  return open(env, (dataDir) => embeddedDatabase(dataDir))
}

/** A place to restore into; in the embedded mode a data folder that may be new, and that no product is running on. */
export function openEmptyPlace(env: Env): Promise<Installation> {
  return open(env, async (dataDir) => {
    const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres') })
    return { url: postgres.url, stop: () => postgres.close() }
  })
}

type OpenDatabase = (dataDir: string) => Promise<{ url: string; stop: () => Promise<void> }>

async function open(env: Env, embedded: OpenDatabase): Promise<Installation> {
  const config = loadConfig({ ...env })
  const { url, stop } = env['DATABASE_URL']
    ? { url: config.databaseAdminUrl ?? config.databaseUrl, stop: async () => undefined }
    : await embedded(resolve(config.dataDir))
  return {
    databaseUrl: url, blobs: createBlobStore(config.blobs), close: stop,
    secretKeyIds: [config.secretKey, ...config.oldSecretKeys].map(secretKeyId),
    keys: { secretKey: config.secretKey, oldSecretKeys: config.oldSecretKeys },
  }
}
