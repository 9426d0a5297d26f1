import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { migrate } from '@intellidocs/db'
import { environmentWith, freePort } from '@intellidocs/kernel'
import { prepareNativePostgres, withDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { answers } from '../../../apps/launcher/src/ports.ts'
import { findTemporal } from '../../../apps/launcher/src/preflight.ts'
import { postgresService, programs, temporalService } from '../../../apps/launcher/src/services.ts'
import { createManagedProcess, type Env, type ManagedProcess } from './managed-process.ts'

const lifeline = pathToFileURL(join(dirname(programs.api), '..', '..', 'launcher', 'src', 'lifeline.ts')).href

export type Postgres = {
  readonly kind: 'native' | 'pglite'
  readonly process: ManagedProcess
  /** What the product connects as. */
  readonly url: string
  /** A superuser's. */
  readonly adminUrl: string
  remove(): Promise<void>
}

/** Whether a statement is answered; false while the server is away, starting or in recovery. */
async function replies(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined) // the statement below fails with the same error
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

const silent = { info: () => undefined, warn: () => undefined }

/** PostgreSQL 17 with fsync, migrated, started. */
export async function startNative(): Promise<Postgres> {
  const { url, command, args, cwd, remove } = await prepareNativePostgres({ durable: true })
  const process = createManagedProcess({
    name: 'postgres', command, args, cwd, env: environmentWith({}), ready: () => replies(url), tries: 40, endSignal: 'SIGINT',
  })
  try {
    await process.start()
    await migrate({ url, log: silent })
  } catch (error) {
    await process.stop()
    await remove()
    throw error
  }
  return { kind: 'native', process, url: withDatabase(url, 'postgres', 'app_login'), adminUrl: url, remove }
}

/** The embedded database as the launcher starts it, migrated. */
export async function startPGlite(dataDir: string): Promise<Postgres> {
  const [port, password] = [await freePort(), randomBytes(24).toString('base64url')]
  const { name, command, args, env, firstLine = '' } = postgresService(dataDir, port, password)
  const process = createManagedProcess({ name, command, args, env, firstLine, ready: 'line', tries: 3 })
  const url = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`
  try {
    await process.start()
    await migrate({ url, log: silent })
  } catch (error) {
    await process.stop()
    throw error
  }
  return { kind: 'pglite', process, url, adminUrl: url, remove: async () => undefined }
}

export type Temporal = {
  readonly process: ManagedProcess
  readonly address: string
  /** Its whole state: remove it while it is down. */
  readonly file: string
}

/** Temporal's server as the launcher starts it, without its UI. Not started yet. */
export async function prepareTemporal(dataDir: string): Promise<Temporal> {
  const port = await freePort()
  const { name, command, args, env } = temporalService({ binary: findTemporal(), dataDir, port, uiPort: null })
  const process = createManagedProcess({ name, command, args, env, ready: () => answers(port), leash: true, tries: 3 })
  return { process, address: `127.0.0.1:${port}`, file: join(dataDir, 'temporal.db') }
}

/** An API or worker. They end with us: their stdin is a pipe that we hold. */
export function prepareProgram(program: 'api' | 'worker', name: string, env: Env): ManagedProcess {
  return createManagedProcess({
    name, command: process.execPath, args: ['--import', lifeline, programs[program]], env: environmentWith(env), ready: 'line',
  })
}
