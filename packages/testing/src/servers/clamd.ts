import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '@intellidocs/kernel'
import { bound } from './process.ts'

const BUILD = fileURLToPath(new URL('../../clamd/build.sh', import.meta.url))
const HOME = join(homedir(), '.cache', 'intellidocs', 'clamd-1')

/** What the test scanner finds, harmless by itself; in two parts, so that no scanner takes this file for it. */
export const TEST_VIRUS = ['EICAR-STANDARD', 'ANTIVIRUS-TEST-FILE'].join('-')
/** Bytes that the test scanner takes of one stream. */
export const TEST_STREAM_BYTES = 2 * 1024 * 1024

/** `stand-in`: a server of our own that speaks the protocol, where ClamAV cannot be had; said aloud. */
export type TestClamd = { readonly kind: 'clamd' | 'stand-in'; readonly address: string; close(): Promise<void> }

/** ClamAV's own daemon with a database of one signature (`TEST_VIRUS`), fetched once per machine, about 30 s; it takes `TEST_STREAM_BYTES` of a stream. */
export async function startTestClamd(): Promise<TestClamd> {
  try {
    return await startReal()
  } catch (error) {
    process.stderr.write(`\n*** No clamd for tests: ${error instanceof Error ? error.message : String(error)}\n`
      + '*** A stand-in that speaks its protocol takes its place: what is tested is our side of it alone.\n\n')
    return startStandIn()
  }
}

async function startReal(): Promise<TestClamd> {
  if (!existsSync(join(HOME, 'ready'))) {
    process.stderr.write('fetching ClamAV for tests (once, about 30 s)…\n')
    const { status, stderr, error } = spawnSync('bash', [BUILD, HOME], { encoding: 'utf8', timeout: 240_000 })
    if (status !== 0) throw error ?? new Error(stderr.trim().split('\n').slice(-3).join(' | '))
  }
  const folder = mkdtempSync(join(tmpdir(), 'intellidocs-clamd-'))
  const port = await freePort()
  const config = join(folder, 'clamd.conf')
  chmodSync(folder, 0o755)
  writeFileSync(config, [
    `DatabaseDirectory ${join(HOME, 'database')}`, `TemporaryDirectory ${folder}`, `TCPSocket ${port}`, 'TCPAddr 127.0.0.1', 'Foreground yes',
    `StreamMaxLength ${TEST_STREAM_BYTES}`, 'AlertExceedsMax yes', '',
  ].join('\n'))
  const [command, args] = bound(join(HOME, 'root', 'usr', 'sbin', 'clamd'), ['-c', config])
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { LD_LIBRARY_PATH: join(HOME, 'root', 'usr', 'lib', `${machine()}-linux-gnu`) } })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => { said = (said + chunk.toString()).slice(-1000) })
  const close = async (): Promise<void> => {
    const gone = new Promise((resolve) => { child.once('exit', resolve) })
    if (child.exitCode === null && child.kill('SIGKILL')) await gone
    await rm(folder, { recursive: true, force: true })
  }
  for (let waited = 0; waited < 30_000 && child.exitCode === null; waited += 50) {
    if (await accepts(port)) return { kind: 'clamd', address: `127.0.0.1:${port}`, close }
    await delay(50)
  }
  await close()
  throw new Error(`clamd did not answer: ${said}`)
}

const machine = (): string => (process.arch === 'arm64' ? 'aarch64' : 'x86_64')

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host: '127.0.0.1', port })
  socket.once('connect', () => { resolve(true) }).once('error', () => { resolve(false) })
  return promise.finally(() => socket.destroy())
}

async function startStandIn(): Promise<TestClamd> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket)).on('error', () => undefined)
    answer(socket)
  })
  const port = await freePort()
  await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve) })
  return {
    kind: 'stand-in', address: `127.0.0.1:${port}`,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => { server.close(resolve) })
    },
  }
}

/** One command, as clamd(8) describes it. */
function answer(socket: Socket): void {
  let unread = Buffer.alloc(0)
  let begun = false
  let taken = Buffer.alloc(0)
  socket.on('data', (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes])
    if (!begun) {
      const end = unread.indexOf(0)
      if (end < 0) return
      const command = unread.subarray(0, end).toString('latin1')
      if (command !== 'zINSTREAM') return void socket.end(command === 'zPING' ? 'PONG\0' : 'UNKNOWN COMMAND\0')
      begun = true
      unread = unread.subarray(end + 1)
    }
    while (unread.length >= 4 && unread.length >= 4 + unread.readUInt32BE(0)) {
      const length = unread.readUInt32BE(0)
      if (length === 0) return void socket.end(taken.includes(TEST_VIRUS) ? 'stream: Test.Eicar.UNOFFICIAL FOUND\0' : 'stream: OK\0')
      taken = Buffer.concat([taken, unread.subarray(4, 4 + length)])
      unread = unread.subarray(4 + length)
      if (taken.length > TEST_STREAM_BYTES) return void socket.end('INSTREAM size limit exceeded. ERROR\0')
    }
  })
}
