import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const SERVER = fileURLToPath(new URL('../commands/pglite-server.ts', import.meta.url))
const STOP_MS = 15_000

export type EmbeddedPostgres = {
  /** With its password; new at each start. */
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Settles when the process has ended, for whatever reason. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Ends it cleanly; after 15 s by force. */
  close(): Promise<void>
}

/**
 * Starts PGlite in a process of its own on 127.0.0.1. `port` 0 (default) takes a free one.
 * It ends by itself when this process goes away. Errors carry what it said: a folder in use is one clear sentence.
 */
export async function startEmbeddedPostgres(options: { dataDir: string; port?: number }): Promise<EmbeddedPostgres> {
  const password = randomBytes(24).toString('base64url')
  const child = spawn(process.execPath, [SERVER, '--data-dir', options.dataDir, '--port', String(options.port ?? 0)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {},
  })
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', () => resolve({ code: null, signal: null }))
  })
  // A child that is already gone closes the pipe; `exited` tells why.
  child.stdin.on('error', () => { /* see above */ })
  child.stdin.write(`${password}\n`)

  const port = await readyPort(child, exited)
  return {
    url: `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`,
    port,
    pid: child.pid ?? 0,
    exited,
    async close() {
      child.kill('SIGTERM')
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
      await exited
      clearTimeout(force)
    },
  }
}

async function readyPort(child: ChildProcess, exited: Promise<unknown>): Promise<number> {
  const said: string[] = []
  if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => { said.push(line); said.splice(0, said.length - 20) })
  const ready = new Promise<number>((resolve) => {
    if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => resolve(Number((JSON.parse(line) as { port: number }).port)))
  })
  const port = await Promise.race([ready, exited.then(() => undefined)])
  if (port === undefined) throw new Error(said.join('\n') || 'the embedded database ended before it was ready')
  return port
}
