import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync } from 'node:fs'
import { cp, mkdir, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@intellidocs/kernel'
import pg from 'pg'
import { asRoot, bound, NOBODY } from './process.ts'

const BUILD = fileURLToPath(new URL('../../native-postgres/build.sh', import.meta.url))
const HOME = join(homedir(), '.cache', 'intellidocs', 'postgres-17')

export type Server = { readonly url: string; close(): Promise<void> }

/** Builds PostgreSQL 17 with pgvector where it is missing (about 15 s, once per machine). Throws with the build's last words. */
function build(): void {
  if (existsSync(join(HOME, 'ready'))) return
  process.stderr.write('building PostgreSQL 17 with pgvector for tests (once, about 15 s)…\n')
  const { status, stderr, error } = spawnSync('bash', [BUILD, HOME], { encoding: 'utf8', timeout: 300_000 })
  if (status !== 0) throw error ?? new Error(`PostgreSQL for tests could not be built: ${stderr.trim().split('\n').slice(-3).join(' | ')}`)
}

/** Tests throw their data away; a benchmark has to pay for every fsync as an installation does. */
const FORGETFUL = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off']

/** A server that is ready to be started, as often as one likes: it keeps its data until `remove`. */
export type PreparedPostgres = {
  readonly url: string
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  remove(): Promise<void>
}

/** `durable`: with fsync. `buffers`: memory for pages, 256MB where nothing is said. */
export type PostgresOptions = { readonly durable: boolean; readonly buffers?: string }

/** Makes the data of a server of its own in a temporary folder: 300 connections, 127.0.0.1 only. */
export async function prepareNativePostgres({ durable, buffers = '256MB' }: PostgresOptions): Promise<PreparedPostgres> {
  build()
  const folder = mkdtempSync(join(tmpdir(), 'intellidocs-postgres-'))
  let programs = join(HOME, 'pg')
  const data = join(folder, 'data')
  if (asRoot) {
    // Root's home is closed to the user that the server runs as.
    chmodSync(folder, 0o755)
    await cp(programs, join(folder, 'pg'), { recursive: true, verbatimSymlinks: true })
    programs = join(folder, 'pg')
    await mkdir(data, { mode: 0o700 })
    chownSync(data, NOBODY, NOBODY)
  }
  const [initdb, initdbArgs] = bound(join(programs, 'bin', 'initdb'), [
    '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync',
  ], { asNobody: true })
  const initialised = spawnSync(initdb, initdbArgs, { cwd: folder, encoding: 'utf8' })
  if (initialised.status !== 0) throw new Error(`initdb failed: ${initialised.stderr}`)

  const port = await freePort()
  const [command, args] = bound(join(programs, 'bin', 'postgres'), [
    '-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-c', 'max_connections=300',
    ...(durable ? [] : FORGETFUL), '-c', `shared_buffers=${buffers}`, '-c', 'log_min_messages=fatal',
  ], { asNobody: true, signal: 'INT' })
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`
  return { url, command, args, cwd: folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** Starts a server in a temporary folder, as `prepareNativePostgres` makes it. */
export async function startNativePostgres(options: PostgresOptions): Promise<Server> {
  const { url, command, args, cwd, remove } = await prepareNativePostgres(options)
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] })
  await answering(child, url)
  return {
    url,
    async close() {
      const gone = new Promise((resolve) => { child.once('exit', resolve) })
      // "Fast" shutdown: sessions are ended, not waited for.
      if (child.exitCode === null && child.kill('SIGINT')) await gone
      await remove()
    },
  }
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-2000) })
  for (let waited = 0; waited < 30_000; waited += 50) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL for tests ended at once: ${said}`)
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => { /* the attempt below fails with the same error */ })
    try {
      await client.connect()
      return
    } catch (error) {
      // Not up yet (refused, or 57P03 while starting): the loop ends by itself when it never comes up.
      said ||= String(error)
    } finally {
      await client.end().catch(() => undefined)
    }
    await delay(50)
  }
  throw new Error(`PostgreSQL for tests did not answer: ${said}`)
}
