import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { parseArgs } from 'node:util'

/*
 * node bench/upload-memory.ts [--mb 1024]
 * One upload of that size to the real API process, over the embedded database; prints how far its memory grew above the idle process.
 * The last line is JSON: { upload_mb, upload_growth_mb, seconds }.
 */
const { values } = parseArgs({ options: { mb: { type: 'string', default: '1024' } } })
const megabytes = Number(values.mb)
const root = join(import.meta.dirname, '..')

type Ready = { port: number; administrator?: { email: string; org: string; password: string } }

async function start(args: string[], env: Record<string, string>, firstLine?: string): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'inherit'] })
  if (firstLine !== undefined) child.stdin?.write(`${firstLine}\n`)
  if (child.stdout === null) throw new Error('no standard output')
  const lines = createInterface({ input: child.stdout })
  const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => { throw new Error(`${args[0] ?? ''} ended`) })]) as [string]
  return { child, ready: JSON.parse(line) as Ready }
}

/** Resident memory of a process, MB. */
async function rssOf(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid ?? 'self'}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024
}

function* pieces(): Generator<Buffer> {
  for (let n = 0; n < megabytes; n += 1) yield Buffer.alloc(1024 * 1024, n % 251)
}

async function post(url: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string>): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body, headers, duplex: 'half' })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  return response.json()
}

const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-bench-'))
const children: ChildProcess[] = []
try {
  const postgres = await start(['packages/db/src/commands/pglite-server.ts', '--data-dir', join(dataDir, 'postgres')], {}, 'bench')
  children.unshift(postgres.child)
  const url = `postgresql://postgres:bench@127.0.0.1:${postgres.ready.port}/postgres`
  const api = await start(['apps/api/src/main.ts'], {
    DATA_DIR: dataDir, DATABASE_URL: url, DATABASE_ADMIN_URL: url, INTELLIDOCS_EMBEDDED: '1', TEMPORAL_ADDRESS: '127.0.0.1:9', PORT: '0', LOG_LEVEL: 'warn',
  })
  children.unshift(api.child)
  const base = `http://127.0.0.1:${api.ready.port}`
  const { email, password, org } = api.ready.administrator ?? { email: '', password: '', org: '' }
  const signedIn = await post(`${base}/trpc/auth.signIn`, JSON.stringify({ email, password, transport: 'token' }), { 'content-type': 'application/json' }) as { result: { data: { token: string } } }
  const headers = { authorization: `Bearer ${signedIn.result.data.token}`, 'x-intellidocs-org': org }
  // Code paths and buffers of a first upload are not growth.
  await post(`${base}/api/v1/documents`, 'warm', { ...headers, 'x-file-name': 'warm.txt' })
  const before = await rssOf(api.child.pid)
  let most = before
  const sampling = setInterval(() => { void rssOf(api.child.pid).then((rss) => { most = Math.max(most, rss) }) }, 50)
  const began = performance.now()
  await post(`${base}/api/v1/documents`, Readable.from(pieces(), { objectMode: false }), { ...headers, 'x-file-name': 'large.bin' })
  clearInterval(sampling)
  const seconds = (performance.now() - began) / 1000
  process.stdout.write(`${JSON.stringify({ upload_mb: megabytes, upload_growth_mb: Math.round(most - before), seconds: Number(seconds.toFixed(1)) })}\n`)
} finally {
  for (const child of children) {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
  await rm(dataDir, { recursive: true, force: true })
}
