import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { bound, freePort } from './process.ts'

const BINARY = join(homedir(), '.cache', 'intellidocs', 'temporal-cli-1.5.1', 'temporal')
/** Registering a namespace later takes seconds, so that many stand ready, one for each test file that asks. */
const NAMESPACES = Array.from({ length: 32 }, (_, index) => `test-${index + 1}`)

export type TemporalForRun = {
  readonly address: string
  readonly takeNamespace: () => string
  /** All that the server keeps; beside it its journal (`-wal`). */
  readonly databaseFile: string
  close(): Promise<void>
}

/** One development server for a test run. Throws with what to do when its binary is missing. */
export async function startTemporalForRun(): Promise<TemporalForRun> {
  if (!existsSync(BINARY)) throw new Error(`the Temporal server is not built (${BINARY}): run \`node scripts/setup.mjs --test\``)
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-temporal-'))
  const port = await freePort()
  const [program, args] = bound(BINARY, [
    'server', 'start-dev', '--headless', '--ip', '127.0.0.1', '--port', String(port), '--http-port', String(await freePort()),
    '--db-filename', join(folder, 'temporal.db'), '--dynamic-config-value', 'matching.enableFairness=true', '--log-level', 'error',
    ...NAMESPACES.flatMap((name) => ['--namespace', name]),
    ...['OrgId', 'DocumentId', 'VersionId'].flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ])
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env['PATH'] ?? '', HOME: folder } })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-2000) })
  const gone = new Promise((resolve) => { child.once('exit', resolve) })
  await listening(port, () => (child.exitCode === null ? undefined : said || 'it ended at once'))

  let taken = 0
  return {
    address: `127.0.0.1:${port}`, databaseFile: join(folder, 'temporal.db'),
    takeNamespace() {
      const name = NAMESPACES[taken++]
      if (name === undefined) throw new Error('no Temporal namespace is left: add some to NAMESPACES')
      return name
    },
    async close() {
      if (child.exitCode === null && child.kill('SIGTERM')) await gone
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
