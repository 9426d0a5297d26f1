import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { environmentWith } from '@intellidocs/kernel'
import { asAdmin, startPostgresForRun, withDatabase } from '@intellidocs/testing'
import { apiNodeFlags } from '../../apps/launcher/src/services.ts'
import { openInspector, type Inspector } from './inspector.ts'

export type Target = {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly dataDir: string
  readonly database: 'native' | 'pglite'
  readonly adminUrl: string
  readonly administrator: { email: string; password: string; org: string }
  readonly inspector: Inspector
  /** Resident memory now, MB. */
  rssMb(): number
  /** Lines that the API has written to its log of errors. */
  loggedErrors(): number
  /** False once the process that was started has ended, whether or not something took its place. */
  alive(): boolean
  stop(): Promise<void>
}

type Ready = { port: number; administrator?: Target['administrator'] }

const api = join(import.meta.dirname, '..', '..', 'apps', 'api', 'src', 'main.ts')
const lifeline = pathToFileURL(join(import.meta.dirname, '..', '..', 'apps', 'launcher', 'src', 'lifeline.ts')).href
const START_MS = 60_000
/** Of the lines that the API logs. */
const SHOWN = 8

/** One API process over a database of its own, both on loopback and on a throw-away folder; no worker and no Temporal. */
export async function startTarget(say: (line: string) => void): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-abuse-'))
  const undo: (() => Promise<unknown>)[] = [() => rm(dataDir, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const server = await startPostgresForRun('native', { durable: true })
    undo.push(() => server.close())
    if (server.source.kind !== 'native') throw new Error('the abuse benchmark needs a native Postgres')
    await asAdmin(server.source.url, 'create database bench template intellidocs_template')
    const [url, adminUrl] = [withDatabase(server.source.url, 'bench', 'app_login'), withDatabase(server.source.url, 'bench')]
    const { child, inspectorUrl, ready, loggedErrors } = await startApi({ DATA_DIR: dataDir, DATABASE_URL: url, DATABASE_ADMIN_URL: adminUrl })
    undo.push(() => end(child))
    const inspector = await openInspector(inspectorUrl)
    undo.push(async () => inspector.close())
    const { pid } = child
    if (pid === undefined || ready.administrator === undefined) throw new Error('the API made no administrator on an empty database')
    say(`API at ${ready.port}, process ${pid}`)
    return {
      url: `http://127.0.0.1:${ready.port}`, port: ready.port, pid, dataDir, database: 'native', adminUrl, administrator: ready.administrator, inspector,
      rssMb: () => rssMbOf(pid),
      loggedErrors,
      alive: () => child.exitCode === null && child.signalCode === null,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Started = { child: ChildProcess; inspectorUrl: string; ready: Ready; loggedErrors: () => number }

async function startApi(env: Record<string, string>): Promise<Started> {
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', ...apiNodeFlags, '--import', lifeline, api], {
    env: environmentWith({
      ...env, INTELLIDOCS_EMBEDDED: '1', TEMPORAL_ADDRESS: '127.0.0.1:9', PORT: '0', LOG_LEVEL: 'error', BLOBS: '', NODE_OPTIONS: '',
      SECRET_KEY: randomBytes(32).toString('hex'), ADMIN_EMAIL: '', ADMIN_PASSWORD: '', PUBLIC_URL: '',
    }),
    // Its input is its lifeline: it ends when we do, however that is.
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const gone = once(child, 'exit', { signal: AbortSignal.timeout(START_MS) }).then(() => { throw new Error('the API ended at once') })
  const inspector = Promise.withResolvers<string>()
  let logged = 0
  const show = (line: string): void => {
    logged += 1
    if (logged <= SHOWN) process.stderr.write(`  api: ${line.slice(0, 400)}\n`)
  }
  createInterface({ input: child.stderr }).on('line', (line) => {
    const [, found] = /^Debugger listening on (ws:\S+)/.exec(line) ?? []
    if (found !== undefined) inspector.resolve(found)
    else if (!/^(For help|Debugger attached|Debugger ending)/.test(line)) show(line)
  })
  const answer = Promise.withResolvers<Ready>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.includes('"ready":true')) answer.resolve(JSON.parse(line) as Ready)
    else show(line)
  })
  const ready = await Promise.race([answer.promise, gone])
  return { child, inspectorUrl: await inspector.promise, ready, loggedErrors: () => logged }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Resident memory of a process, MB. Linux only. */
export function rssMbOf(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}

/** Looks at the resident memory until stopped; answers the largest value, MB. */
export function watchRss(target: Target, everyMs = 50): { stop(): number } {
  let most = target.rssMb()
  const timer = setInterval(() => { most = Math.max(most, target.rssMb()) }, everyMs)
  return { stop: () => { clearInterval(timer); return Math.max(most, target.rssMb()) } }
}
