import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@intellidocs/kernel'
import { bound } from './process.ts'

const BINARY = join(homedir(), '.cache', 'intellidocs', 'temporal-cli-1.5.1', 'temporal')
/** Registering a namespace later takes seconds, so that many stand ready, one for each test file that asks. */
const NAMESPACES = 48

export type TemporalForRun = {
  readonly address: string
  readonly takeNamespace: () => string
  /** All that the server keeps; beside it its journal (`-wal`). */
  readonly databaseFile: string
  /** Ends the server and keeps what it has, for an outage. */
  stop(): Promise<void>
  /** Starts it again at the same address, with what it had. */
  start(): Promise<void>
  close(): Promise<void>
}

/** One development server for a test run, or for a test that stops it: that one needs few `namespaces`. Throws with what to do when its binary is missing. */
export async function startTemporalForRun({ namespaces = NAMESPACES }: { namespaces?: number } = {}): Promise<TemporalForRun> {
  const names = Array.from({ length: namespaces }, (_, index) => `test-${index + 1}`)
  if (!existsSync(BINARY)) throw new Error(`the Temporal server is not built (${BINARY}): run \`node scripts/setup.mjs --test\``)
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-temporal-'))
  const port = await freePort()
  const [program, args] = bound(BINARY, [
    'server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--http-port', String(await freePort()),
    '--db-filename', join(folder, 'temporal.db'), '--dynamic-config-value', 'matching.enableFairness=true', '--dynamic-config-value', 'history.timerProcessorMaxTimeShift="50ms"', '--log-level', 'error',
    ...names.flatMap((name) => ['--namespace', name]),
    ...['OrgId', 'DocumentId', 'VersionId'].flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ])
  let child = await started()
  let taken = 0
  async function started(): Promise<ChildProcess> {
    const server = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] ?? '', HOME: folder } })
    let said = ''
    server.stderr.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-2000) })
    await listening(port, () => (server.exitCode === null ? undefined : said || 'it ended at once'))
    return server
  }
  async function stop(): Promise<void> {
    const gone = once(child, 'exit')
    if (child.exitCode === null && child.kill('SIGTERM')) await gone
  }
  return {
    address: `127.0.0.1:${port}`, databaseFile: join(folder, 'temporal.db'), stop,
    async start() { child = await started() },
    takeNamespace() {
      const name = names[taken++]
      if (name === undefined) throw new Error('no Temporal namespace is left: add some to NAMESPACES')
      return name
    },
    async close() {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function listening(port: number, failure: () => string | undefined): Promise<void> {
  for (let waited = 0; waited < 60_000; waited += 100) {
    const reason = failure()
    if (reason !== undefined) throw new Error(`the Temporal server did not start: ${reason}`)
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ host: '127.0.0.1', port })
      socket.once('connect', () => { socket.destroy(); resolve(true) })
      socket.once('error', () => { resolve(false) })
    })
    if (open) return
    await delay(100)
  }
  throw new Error('the Temporal server did not listen within 60 s')
}
