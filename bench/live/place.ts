import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { migrate } from '@intellidocs/db'
import { environmentWith } from '@intellidocs/kernel'
import { asAdmin, prepareNativePostgres, withDatabase } from '@intellidocs/testing'
import { startSpeaker, type Speaker } from '../api/processes.ts'

const SERVER_MS = 30_000
const ADMIN = { email: 'admin@bench.example', password: 'correct horse battery' }

export type Place = { readonly api: Speaker; readonly port: number; readonly adminUrl: string; stop(): Promise<void> }

/**
 * One API process over a Postgres that fsyncs and keeps the time of every commit (`track_commit_timestamp`), so that the moment an event became
 * true is read from the database and not guessed from outside.
 */
export async function startPlace(apiArgs: readonly string[] = []): Promise<Place> {
  const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-live-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })]
  const stop = async (): Promise<void> => { for (const step of undo.splice(0).reverse()) await step() }
  try {
    const prepared = await prepareNativePostgres({ durable: true })
    undo.push(() => prepared.remove())
    const server = spawn(prepared.command, [...prepared.args, '-c', 'track_commit_timestamp=on'], { cwd: prepared.cwd, stdio: 'ignore' })
    undo.push(async () => { if (server.exitCode === null && server.kill('SIGINT')) await once(server, 'exit') })
    await answering(prepared.url)
    await asAdmin(prepared.url, 'create database bench')
    const [url, adminUrl] = [withDatabase(prepared.url, 'bench', 'app_login'), withDatabase(prepared.url, 'bench')]
    await migrate({ url: adminUrl, log: { info: () => undefined, warn: () => undefined } })
    const api = startSpeaker([...apiArgs, 'apps/api/src/main.ts'], environmentWith({
      DATABASE_URL: url, DATABASE_ADMIN_URL: '', DATA_DIR: dataDir, INTELLIDOCS_EMBEDDED: '1', TEMPORAL_ADDRESS: '127.0.0.1:9', PORT: '0', BLOBS: '',
      SECRET_KEY: '', LOG_LEVEL: 'warn', ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password, PUBLIC_URL: '', RATE_LIMIT_CALLS: '400000000',
    }))
    undo.push(() => api.stop())
    const { port } = await api.next<{ port: number }>()
    return { api, port, adminUrl, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function answering(url: string): Promise<void> {
  for (const until = Date.now() + SERVER_MS; ;) {
    try {
      return await asAdmin(url, 'select 1')
    } catch (error) {
      if (Date.now() > until) throw error
      await delay(50)
    }
  }
}
