import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { environmentWith } from '@intellidocs/kernel'
import { startSpeaker, type Speaker } from '../api/processes.ts'
import { startTimedPostgres } from '../timed-postgres.ts'

const ADMIN = { email: 'admin@bench.example', password: 'correct horse battery' }

export type Place = { readonly api: Speaker; readonly port: number; readonly adminUrl: string; stop(): Promise<void> }

/** One API process over a Postgres that keeps the time of every commit. */
export async function startPlace(apiArgs: readonly string[] = []): Promise<Place> {
  const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-live-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })]
  const stop = async (): Promise<void> => { for (const step of undo.splice(0).reverse()) await step() }
  try {
    const postgres = await startTimedPostgres()
    undo.push(() => postgres.stop())
    const { url, adminUrl } = postgres
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
