import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IntelliDocsClient } from '@intellidocs/client'
import { environmentWith, freePort, loadConfig } from '@intellidocs/kernel'
import { asAdmin, startPostgresForRun, withDatabase } from '@intellidocs/testing'
import { signIn } from '../apps/launcher/src/archive.ts'
import { createServiceLog } from '../apps/launcher/src/service-log.ts'
import { createService } from '../apps/launcher/src/service.ts'
import { postgresService } from '../apps/launcher/src/services.ts'
import { startProduct, type Product } from '../apps/launcher/src/supervisor.ts'

export type Stack = {
  readonly product: Product
  readonly client: IntelliDocsClient
  readonly database: 'native' | 'pglite'
  /** A superuser's, for the baselines and for looking. */
  readonly adminUrl: string
  stop(): Promise<void>
}

type Say = (line: string) => void
type Postgres = { kind: Stack['database']; url: string; adminUrl: string; close(): Promise<void> }

/** The whole product on a throw-away data folder and free ports, over a database that the benchmark may look into. */
export async function startStack({ embedded, say }: { embedded: boolean; say: Say }): Promise<Stack> {
  const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-bench-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const postgres = embedded ? await startEmbedded(dataDir, say) : await startNative(dataDir, say)
    undo.push(() => postgres.close())
    // Where the supervisor looks for servers of one's own; the rest of this process' environment stays as it is.
    Object.assign(process.env, {
      DATABASE_URL: postgres.url, DATABASE_ADMIN_URL: postgres.adminUrl, TEMPORAL_ADDRESS: '', DATA_DIR: dataDir, PORT: '0', INTELLIDOCS_EMBEDDED: '1',
      BLOBS: '', SECRET_KEY: '', ADMIN_EMAIL: '', ADMIN_PASSWORD: '', PUBLIC_URL: '',
    })
    const product = await startProduct({ config: loadConfig(environmentWith({})), ui: false, say })
    undo.push(() => product.stop())
    const { administrator } = product
    if (administrator === null || administrator.password === null) throw new Error('the API made no administrator on an empty database')
    const client = await signIn(product.url, { ...administrator, password: administrator.password })
    undo.push(() => client.close())
    return { product, client, database: postgres.kind, adminUrl: postgres.adminUrl, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startNative(dataDir: string, say: Say): Promise<Postgres> {
  const server = await startPostgresForRun('native', { durable: true }).catch((error: unknown) => {
    say(`no native Postgres (${error instanceof Error ? error.message : String(error)}); the embedded one is measured`)
    return null
  })
  if (server === null || server.source.kind !== 'native') return startEmbedded(dataDir, say)
  const { url } = server.source
  await asAdmin(url, 'create database bench template intellidocs_template')
  return { kind: 'native', url: withDatabase(url, 'bench', 'app_login'), adminUrl: withDatabase(url, 'bench'), close: () => server.close() }
}

async function startEmbedded(dataDir: string, say: Say): Promise<Postgres> {
  const [port, password] = [await freePort(), randomBytes(24).toString('base64url')]
  const service = createService(postgresService(dataDir, port, password), createServiceLog(join(dataDir, 'logs', 'postgres.log'), say), { onExit: say, onRestart: say })
  await service.start()
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`
  return { kind: 'pglite', url, adminUrl: url, close: () => service.stop(3_500) }
}
