import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { migrate } from '@intellidocs/db'
import { asAdmin, prepareNativePostgres, withDatabase } from '@intellidocs/testing'

const SERVER_MS = 30_000

type TimedPostgres = { readonly url: string; readonly adminUrl: string; stop(): Promise<void> }

/**
 * A Postgres that fsyncs and keeps the time of every commit (`track_commit_timestamp`), so that the moment a row became true is read from the
 * database and not guessed from outside; with the migrated database `bench`. `url` is what the product is given.
 */
export async function startTimedPostgres(): Promise<TimedPostgres> {
  const prepared = await prepareNativePostgres({ durable: true })
  const server = spawn(prepared.command, [...prepared.args, '-c', 'track_commit_timestamp=on'], { cwd: prepared.cwd, stdio: 'ignore' })
  const stop = async (): Promise<void> => {
    if (server.exitCode === null && server.kill('SIGINT')) await once(server, 'exit')
    await prepared.remove()
  }
  try {
    await answering(prepared.url)
    await asAdmin(prepared.url, 'create database bench')
    const [url, adminUrl] = [withDatabase(prepared.url, 'bench', 'app_login'), withDatabase(prepared.url, 'bench')]
    await migrate({ url: adminUrl, log: { info: () => undefined, warn: () => undefined } })
    return { url, adminUrl, stop }
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
