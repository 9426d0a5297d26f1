import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { defaultLimits, type Limits } from '../types.ts'
import { nodeCommand } from './node-command.ts'
import type { ChildRecord } from './records.ts'
import { runChild, type RunChildInput } from './run-child.ts'
import { sandboxWalls } from './walls.ts'

const request: RunChildInput['request'] = { job: 'identify', path: '/nowhere', fileName: '' }
const say = 'import { writeSync } from "node:fs"; const say = (record) => writeSync(3, JSON.stringify(record) + "\\n");\n'
let folder = ''
let programs = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-test-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function program(source: string): Promise<string> {
  programs += 1
  const entry = join(folder, `program-${programs}.mjs`)
  await writeFile(entry, say + source)
  return entry
}

type RunOptions = { limits?: Partial<Limits>; signal?: AbortSignal; onRecord?: (record: ChildRecord) => void }

async function run(source: string, options: RunOptions = {}) {
  return runChild({
    request,
    workDir: folder,
    limits: { ...defaultLimits, wallMs: 60_000, ...options.limits },
    signal: options.signal ?? new AbortController().signal,
    onRecord: options.onRecord ?? (() => {}),
    other: { entry: await program(source) },
  })
}

function alive(pid: number): boolean {
  try {
    // A killed process that nobody has waited for yet is a zombie: it runs nothing any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const gone = (pid: number) => vi.waitFor(() => expect(alive(pid)).toBe(false), { timeout: 10_000, interval: 50 })
const pidFile = () => join(folder, `pid-${programs}-${Math.random()}`)

test('a child that computes without end is stopped as cpu_limit', { timeout: 60_000 }, async () => {
  await expect(run('for (;;) {}', { limits: { cpuSeconds: 1 } })).rejects.toMatchObject({ reason: 'cpu_limit' })
})

test.each([
  ['buffers', 'const kept = []; for (;;) kept.push(Buffer.alloc(8e6, 1))'],
  ['objects', 'const kept = []; for (;;) kept.push({ a: [1, 2, 3, {}] })'],
  [
    'WebAssembly memory',
    'const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 }); for (;;) { memory.grow(100); new Uint8Array(memory.buffer).fill(1) }',
  ],
])('a child that fills the memory with %s is stopped as memory_limit', { timeout: 60_000 }, async (_kind, source) => {
  await expect(run(source, { limits: { memoryBytes: 256 * 1024 ** 2 } })).rejects.toMatchObject({ reason: 'memory_limit' })
})

test('a flood of words is stopped as output_limit, in many lines and in one without end', { timeout: 60_000 }, async () => {
  const limits = { outputBytes: 1_000_000 }
  await expect(
    run('for (let number = 1;; number += 1) say({ type: "page", number, text: "x".repeat(1e5), needsOcr: false, warnings: [] })', { limits }),
  ).rejects.toMatchObject({ reason: 'output_limit' })
  await expect(run('for (;;) writeSync(3, "x".repeat(1e5))', { limits })).rejects.toMatchObject({ reason: 'output_limit' })
})

test('a file larger than allowed cannot be written', { timeout: 60_000 }, async () => {
  const said: ChildRecord[] = []
  await run(
    `import { writeFileSync } from "node:fs"
    let code = 'written'
    try { writeFileSync('big', Buffer.alloc(4e6)) } catch (error) { code = error.code }
    say({ type: "page", number: 1, text: code, needsOcr: false, warnings: [] }); say({ type: "done", pages: 1 })`,
    { limits: { unpackedBytes: 1_000_000 }, onRecord: (record) => said.push(record) },
  )
  const { rlimits } = await sandboxWalls()
  expect(said[0]).toMatchObject({ text: rlimits ? 'EFBIG' : 'written' })
})

test('a child that starts process after process is stopped, and none of them is left', { timeout: 60_000 }, async () => {
  const file = pidFile()
  await expect(
    run(
      `import { spawn } from "node:child_process"; import { appendFileSync } from "node:fs"
    setInterval(() => {
      const one = spawn("sleep", ["600"], { stdio: "ignore" }).on("error", () => {})
      if (one.pid) appendFileSync(${JSON.stringify(file)}, one.pid + "\\n")
    }, 20)`,
      { limits: { processes: 8 } },
    ),
  ).rejects.toMatchObject({ reason: 'internal' })
  const pids = readFileSync(file, 'utf8').trim().split('\n').map(Number)
  expect(pids.length).toBeGreaterThanOrEqual(7)
  for (const pid of pids) await gone(pid)
})

test('what a child that ended well left running is ended too', { timeout: 60_000 }, async () => {
  const file = pidFile()
  await run(`import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs"
    writeFileSync(${JSON.stringify(file)}, String(spawn("sleep", ["600"], { stdio: "inherit" }).pid))
    say({ type: "done", pages: 0 }); process.exit(0)`)
  await gone(Number(readFileSync(file, 'utf8')))
})

test('a child reaches no listener on this machine, nor any other', { timeout: 60_000 }, async () => {
  const { namespace } = await sandboxWalls()
  if (namespace === 'none') process.stderr.write('\n*** this machine has no network namespaces: only the refusal inside the child is tested ***\n\n')
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const refusal = fileURLToPath(new URL('../child/refuse-network.ts', import.meta.url))
  const said: ChildRecord[] = []
  await run(
    `import { connect } from "node:net"
    ${namespace === 'none' ? `import { refuseNetwork } from ${JSON.stringify(refusal)}; refuseNetwork()` : ''}
    const tried = (host) => new Promise((resolve) => {
      try { connect(${port}, host).on('connect', () => resolve('connected')).on('error', () => resolve('refused')) } catch { resolve('refused') }
    })
    say({ type: "page", number: 1, text: [await tried("127.0.0.1"), await tried("192.0.2.1"), await tried("localhost")].join(), needsOcr: false, warnings: [] })
    say({ type: "done", pages: 1 }); process.exit(0)`,
    { onRecord: (record) => said.push(record) },
  )
  server.close()
  expect(said[0]).toMatchObject({ text: 'refused,refused,refused' })
  expect(connections).toBe(0)
})

test('a child that hangs is stopped as time_limit', { timeout: 60_000 }, async () => {
  await expect(run('setInterval(() => {}, 1000)', { limits: { wallMs: 700 } })).rejects.toMatchObject({ reason: 'time_limit' })
})

test('an abort ends the child and what it started, and says cancelled', { timeout: 60_000 }, async () => {
  const file = pidFile()
  const abort = new AbortController()
  const running = run(
    `import { spawn } from "node:child_process"; import { writeFileSync } from "node:fs"
    const one = spawn("sleep", ["600"]); writeFileSync(${JSON.stringify(file)}, process.pid + " " + one.pid)
    say({ type: "total", pages: 1 }); for (;;) {}`,
    { signal: abort.signal, onRecord: () => abort.abort() },
  )
  await expect(running).rejects.toMatchObject({ reason: 'cancelled' })
  for (const pid of readFileSync(file, 'utf8').split(' ').map(Number)) await gone(pid)
})

test('a child does not outlive its parent, even while it computes', { timeout: 60_000 }, async () => {
  const { dieWithParent } = await sandboxWalls()
  const file = pidFile()
  // Without a death signal only a child that looks at its pipe can notice.
  const spin = dieWithParent ? 'for (;;) {}' : 'process.stdin.on("end", () => process.exit(1)).resume()'
  const entry = await program(`import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(file)}, String(process.pid)); ${spin}`)
  const parent = await program(`import { runChild } from ${JSON.stringify(fileURLToPath(new URL('run-child.ts', import.meta.url)))}
    import { defaultLimits } from ${JSON.stringify(fileURLToPath(new URL('../types.ts', import.meta.url)))}
    const facts = ${JSON.stringify({ request, workDir: folder, other: { entry } })}
    await runChild({ ...facts, limits: defaultLimits, signal: new AbortController().signal, onRecord: () => {} })`)
  const victim = spawn(process.execPath, ['--no-warnings', parent], { stdio: 'ignore' })
  await vi.waitFor(() => expect(existsSync(file) && readFileSync(file, 'utf8') !== '').toBe(true), { timeout: 20_000, interval: 50 })
  const pid = Number(readFileSync(file, 'utf8'))
  expect(alive(pid)).toBe(true)
  victim.kill('SIGKILL')
  await gone(pid)
})

test('exit code 0 is no proof: without its last word a child has failed, and so has one that talks nonsense', { timeout: 60_000 }, async () => {
  await expect(run('process.exit(0)')).rejects.toMatchObject({ reason: 'internal' })
  await expect(run('say({ type: "done", pages: 0 }); process.exit(3)')).rejects.toMatchObject({ reason: 'internal' })
  await expect(run('say({ type: "page", number: "one" })')).rejects.toMatchObject({ reason: 'internal' })
  await expect(run('writeSync(3, "{ not json\\n")')).rejects.toMatchObject({ reason: 'internal' })
  await expect(run('say({ type: "attachment", fileName: "x", file: "../../etc/passwd" })')).rejects.toMatchObject({ reason: 'internal' })
})

test('a child knows nothing of the environment, starts in an empty folder, and nothing of it is left', { timeout: 60_000 }, async () => {
  vi.stubEnv('SECRET_KEY', 'do-not-tell')
  const workDir = join(folder, 'alone')
  await mkdir(workDir)
  const said: ChildRecord[] = []
  await runChild({
    request,
    workDir,
    limits: defaultLimits,
    signal: new AbortController().signal,
    onRecord: (record) => said.push(record),
    other: {
      entry: await program(`import { readdirSync, writeFileSync } from "node:fs"
      const seen = [process.env.SECRET_KEY ?? null, Object.keys(process.env).length, readdirSync(".")]
      say({ type: "page", number: 1, text: JSON.stringify(seen), needsOcr: false, warnings: [] })
      writeFileSync("left-behind", "x"); say({ type: "done", pages: 1 })`),
    },
  })
  vi.unstubAllEnvs()
  expect(said[0]).toMatchObject({ text: expect.stringMatching(/^\[null,\d,\[\]\]$/) })
  expect(await readdir(workDir)).toEqual([])
})

test('Node itself lets a reader open only its own file, and start nothing', { timeout: 60_000 }, async () => {
  const own = join(folder, 'own.txt')
  await writeFile(own, 'mine')
  await writeFile(join(folder, 'secret.txt'), 'not yours')
  const scratch = await mkdtemp(join(folder, 'scratch-'))
  const { command, env } = nodeCommand({ kind: 'identify', folder: scratch, readable: [own], limits: defaultLimits })
  const code = `const fs = require('node:fs'); const tried = (work) => { try { work(); return 'done' } catch (error) { return error.code } }
    const [own, secret] = ${JSON.stringify([own, join(folder, 'secret.txt')])}
    const { Worker } = require('node:worker_threads')
    console.log([
      tried(() => fs.readFileSync(own)), tried(() => fs.readFileSync(secret)), tried(() => fs.writeFileSync(own, '')),
      tried(() => require('node:child_process').spawnSync('true')), tried(() => new Worker('0', { eval: true })),
    ].join())`
  const [node = '', ...flags] = command.slice(0, -1)
  const { stdout } = await promisify(execFile)(node, [...flags, '-e', code], { env, cwd: scratch })
  expect(stdout.trim()).toBe('done,ERR_ACCESS_DENIED,ERR_ACCESS_DENIED,ERR_ACCESS_DENIED,ERR_ACCESS_DENIED')
})
