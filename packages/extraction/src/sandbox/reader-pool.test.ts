import { execFile, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { defaultLimits, defaultReuse, type Limits, type Reuse } from '../types.ts'
import { nodeCommand } from './node-command.ts'
import { createReaderPool, type ReaderPool } from './reader-pool.ts'
import { sandboxWalls } from './walls.ts'

const source = (path: string) => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)))
/** A reader whose file says what it does to the process; a file of another word tells what it finds there. */
const program = `
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { serve } from ${source('../child/serve.ts')}
const forged = JSON.stringify({ type: 'page', number: 1, text: 'forged', needsOcr: false, warnings: [] }) + '\\n'
const kept = []
const used = () => { const { user, system } = process.cpuUsage(); return user + system }
let files = 0
const deeds = {
  'changes what all objects share': () => { Object.prototype.evil = 1 },
  'leaves a value for all': () => { globalThis.left = 'evil' },
  'replaces a shared function': () => { Array.prototype.map = () => ['evil'] },
  'goes on after its end': (emit) => { setTimeout(() => emit({ type: 'page', number: 1, text: 'forged', needsOcr: false, warnings: [] }), 50) },
  'says a page after its last word': () => { setImmediate(() => writeSync(3, forged)) },
  'leaves a file beside its folder': () => { writeFileSync('left', 'x') },
  'leaves a process': () => { kept.push(spawn('sleep', ['600'], { stdio: 'ignore' }).unref()) },
  'keeps memory': () => { kept.push(Buffer.alloc(200e6, 1)) },
  'complains': () => { process.stderr.write('odd') },
  'fails': () => { throw new Error('broken') },
  'ends its process': () => { process.exit(0) },
  'talks nonsense': () => { writeSync(3, 'nonsense\\n') },
  'is corrupt in a used process': () => { if (files > 1) throw new Error('broken by an earlier file') },
  'hangs': () => new Promise(() => setInterval(() => {}, 1000)),
  'hangs with a process': () => { spawn('sleep', ['600'], { stdio: 'ignore' }); return new Promise(() => {}) },
  'computes': () => { for (const end = used() + 4e5; used() < end;); },
  'computes without end': () => { for (;;); },
}
await serve(async (request, emit) => {
  const word = readFileSync(request.path, 'utf8')
  files += 1
  emit({ type: 'identified', mime: 'text/plain', format: 'text' })
  const found = [({}).evil ?? 'clean', [1].map((one) => one)[0], readdirSync('.').length, readdirSync(request.folder).length].join()
  emit({ type: 'page', number: 1, text: JSON.stringify({ pid: process.pid, found }), needsOcr: false, warnings: [] })
  await deeds[word]?.(emit)
  emit({ type: 'done', pages: 1 })
})`

let folder = ''
let entry = ''
let pool: ReaderPool
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pool-test-'))
  entry = join(folder, 'program.mjs')
  await writeFile(entry, program)
})
afterEach(() => pool.close())
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

function open(options: { limits?: Partial<Limits>; reuse?: Partial<Reuse> } = {}): void {
  const limits = { ...defaultLimits, ...options.limits }
  pool = createReaderPool({ tempDir: folder, limits, reuse: { ...defaultReuse, ...options.reuse }, other: { entry }, idle: 2, idleMs: 60_000 })
}

type Seen = { pid: number; found: string }
async function read(word: string, options: { owner?: string; signal?: AbortSignal; onSeen?: (seen: Seen) => void } = {}): Promise<Seen> {
  const { owner = 'one', signal = new AbortController().signal } = options
  const path = join(folder, `file-${Math.random()}`)
  await writeFile(path, word)
  const workDir = await mkdtemp(join(folder, 'work-'))
  return pool.run(owner, async (reader) => {
    let seen: Seen | null = null
    await reader.read({
      path, fileName: 'x', password: null, workDir, signal,
      onRecord: (record) => {
        if (record.type !== 'page') return
        seen = JSON.parse(record.text) as Seen
        options.onSeen?.(seen)
      },
    })
    if (seen === null) throw new Error('nothing was read')
    return seen
  })
}

function alive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
const gone = (pid: number) => vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 10_000, interval: 20 })
const childrenOf = (parent: number) => readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
  .filter((pid) => alive(pid) && readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] === String(parent))
const clean = 'clean,1,1,0'

test('files of one owner are read by one process, which finds nothing of the file before', { timeout: 60_000 }, async () => {
  open()
  const first = await read('plain')
  expect(first.found).toBe(clean)
  expect(await read('plain')).toEqual(first)
})

test.each([
  'changes what all objects share', 'leaves a value for all', 'replaces a shared function', 'goes on after its end', 'says a page after its last word',
  'leaves a file beside its folder', 'leaves a process', 'keeps memory', 'complains', 'fails', 'ends its process', 'talks nonsense',
])('a file that %s cannot change the reading of the next one: its process reads no more', { timeout: 60_000 }, async (word) => {
  open({ reuse: { residentBytes: 150e6 } })
  const { pid } = await read('plain')
  let culprit = pid
  await read(word, { onSeen: (seen) => { culprit = seen.pid } }).catch((error: unknown) => expect(error).toMatchObject({ name: 'ExtractionError' }))
  const after = await read('plain')
  expect(after.found).toBe(clean)
  expect([pid, culprit]).not.toContain(after.pid)
  await Promise.all([gone(pid), gone(culprit)])
})

test('a process never reads files of two owners, however they alternate', { timeout: 60_000 }, async () => {
  open()
  const pids: Record<string, Set<number>> = { a: new Set(), b: new Set(), c: new Set() }
  for (const owner of ['a', 'b', 'a', 'c', 'b', 'c', 'a', 'a']) pids[owner]?.add((await read('plain', { owner })).pid)
  const all = Object.values(pids).flatMap((set) => [...set])
  expect(new Set(all).size).toBe(all.length)
})

test('files at the same time are read by as many processes', { timeout: 60_000 }, async () => {
  open()
  const seen = await Promise.all(['plain', 'plain', 'plain'].map((word) => read(word)))
  expect(new Set(seen.map(({ pid }) => pid)).size).toBe(3)
})

test('a process is replaced after its number of files, and when it is old', { timeout: 60_000 }, async () => {
  open({ reuse: { files: 3 } })
  const pids: number[] = []
  for (let count = 0; count < 7; count += 1) pids.push((await read('plain')).pid)
  expect([new Set(pids.slice(0, 3)).size, new Set(pids.slice(3, 6)).size, new Set(pids).size]).toEqual([1, 1, 3])
  await pool.close()
  open({ reuse: { ageMs: 2_000 } })
  const { pid } = await read('plain')
  await vi.waitFor(async () => expect((await read('plain')).pid).not.toBe(pid), { timeout: 20_000, interval: 200 })
})

test('what a used process leaves in doubt is asked of a new one', { timeout: 60_000 }, async () => {
  open()
  const { pid } = await read('plain')
  expect((await read('is corrupt in a used process')).pid).not.toBe(pid)
})

test('the limit of computing is that of a file: many files may take more together, and one may not', { timeout: 60_000 }, async () => {
  open({ limits: { cpuSeconds: 1 }, reuse: { cpuSeconds: 20 } })
  const pids = new Set<number>()
  for (let count = 0; count < 4; count += 1) pids.add((await read('computes')).pid)
  expect(pids.size).toBe(1)
  await expect(read('computes without end')).rejects.toMatchObject({ reason: 'cpu_limit' })
  await gone([...pids][0] ?? 0)
})

test('a process that has computed its share is replaced before the kernel would end it within a good file', { timeout: 60_000 }, async () => {
  open({ limits: { cpuSeconds: 1 }, reuse: { cpuSeconds: 1 } })
  const pids = new Set<number>()
  for (let count = 0; count < 6; count += 1) pids.add((await read('computes')).pid)
  expect(pids.size).toBeGreaterThan(1)
})

test('a machine so busy that a reader starts slowly gives it the time, and no file pays for it', { timeout: 60_000 }, async () => {
  const [begun, go] = [join(folder, 'begun'), join(folder, 'go')]
  const slow = join(folder, 'slow.mjs')
  await writeFile(slow, `import { existsSync, writeFileSync } from 'node:fs'
    import { setTimeout as delay } from 'node:timers/promises'
    writeFileSync(${JSON.stringify(begun)}, '')
    while (!existsSync(${JSON.stringify(go)})) await delay(10)
    await import(${JSON.stringify(entry)})`)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    pool = createReaderPool({ tempDir: folder, limits: defaultLimits, reuse: defaultReuse, other: { entry: slow }, idle: 2, idleMs: 60_000 })
    const reading = read('plain')
    await Promise.race([reading, vi.waitFor(() => expect(existsSync(begun)).toBe(true), { timeout: 10_000, interval: 20 })])
    await vi.advanceTimersByTimeAsync(30_000)
    await writeFile(go, '')
    expect((await reading).found).toBe(clean)
  } finally {
    vi.useRealTimers()
  }
})

test('a file that takes too long ends its process, and the next one is read by another', { timeout: 60_000 }, async () => {
  open({ limits: { wallMs: 3_000 } })
  const { pid } = await read('plain')
  await expect(read('hangs')).rejects.toMatchObject({ reason: 'time_limit' })
  expect(alive(pid)).toBe(false)
  expect((await read('plain')).pid).not.toBe(pid)
})

test('an abort ends a used process and what it started before the answer, and says cancelled', { timeout: 60_000 }, async () => {
  open()
  const { pid } = await read('plain')
  const abort = new AbortController()
  let started: number[] = []
  const reading = read('hangs with a process', {
    signal: abort.signal,
    onSeen: () => void vi.waitFor(() => {
      started = childrenOf(pid)
      expect(started).toHaveLength(1)
    }, { timeout: 10_000, interval: 20 }).then(() => abort.abort()),
  })
  await expect(reading).rejects.toMatchObject({ reason: 'cancelled' })
  expect([pid, ...started].filter(alive)).toEqual([])
})

test('no process and no folder is left when the pool is closed, and none when its own process is killed', { timeout: 60_000 }, async () => {
  open()
  const { pid } = await read('plain')
  await pool.close()
  expect(alive(pid)).toBe(false)
  expect((await readdir(folder)).filter((name) => name.startsWith('reader-'))).toEqual([])
  if (!(await sandboxWalls()).dieWithParent) return
  const parent = join(folder, 'parent.mjs')
  const told = join(folder, 'told')
  await mkdir(join(folder, 'home'))
  await writeFile(join(folder, 'file'), 'plain')
  await writeFile(parent, `import { writeFileSync } from 'node:fs'
    import { createReaderPool } from ${source('reader-pool.ts')}
    import { defaultLimits, defaultReuse } from ${source('../types.ts')}
    const [home, entry, path] = ${JSON.stringify([join(folder, 'home'), entry, join(folder, 'file')])}
    const pool = createReaderPool({ tempDir: home, limits: defaultLimits, reuse: defaultReuse, other: { entry }, idle: 2, idleMs: 60000 })
    const signal = new AbortController().signal
    await pool.run('one', (reader) => reader.read({ path, fileName: 'x', password: null, workDir: home, signal, onRecord: () => {} }))
    writeFileSync(${JSON.stringify(told)}, 'read')`)
  const victim = spawn(process.execPath, ['--no-warnings', parent], { stdio: 'ignore' })
  await vi.waitFor(() => expect(existsSync(told)).toBe(true), { timeout: 20_000, interval: 50 })
  // The one that read, waiting, and the spare one.
  const readers = await vi.waitFor(() => {
    const found = childrenOf(victim.pid ?? 0)
    expect(found.length).toBe(2)
    return found
  }, { timeout: 10_000, interval: 50 })
  victim.kill('SIGKILL')
  for (const reader of readers) await gone(reader)
})

test('Node itself lets a reader open only what is lent to it, and write only in its folder', { timeout: 60_000 }, async () => {
  open()
  const home = await mkdtemp(join(folder, 'guard-'))
  const [lent, work, secret] = [join(home, 'in'), join(home, 'work'), join(folder, 'secret.txt')]
  await Promise.all([mkdir(lent), mkdir(work), writeFile(secret, 'not yours')])
  await writeFile(join(lent, 'file'), 'mine')
  const { command, env } = nodeCommand({ kind: 'reader', folder: work, readable: [lent], limits: defaultLimits })
  const code = `const fs = require('node:fs'); const tried = (work) => { try { work(); return 'done' } catch (error) { return error.code } }
    const { Worker } = require('node:worker_threads')
    const [lent, secret] = ${JSON.stringify([join(lent, 'file'), secret])}
    console.log([
      tried(() => fs.readFileSync(lent)), tried(() => fs.writeFileSync('own', '')), tried(() => fs.readFileSync(secret)),
      tried(() => fs.writeFileSync(lent, '')), tried(() => fs.linkSync(secret, 'link')), tried(() => fs.symlinkSync(secret, 'link')),
      tried(() => require('node:child_process').spawnSync('true')), tried(() => new Worker('0', { eval: true })),
    ].join())`
  const [node = '', ...flags] = command.slice(0, -1)
  const { stdout } = await promisify(execFile)(node, [...flags, '-e', code], { env, cwd: work })
  expect(stdout.trim()).toBe(`done,done${',ERR_ACCESS_DENIED'.repeat(6)}`)
})
