import { createServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { createClamd } from '@intellidocs/extraction'
import { startTestClamd, TEST_STREAM_BYTES, TEST_VIRUS, type TestClamd } from '@intellidocs/testing'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'

let clamd: TestClamd
const servers: { server: Server; open: Set<Socket> }[] = []
beforeAll(async () => { clamd = await startTestClamd() })
afterAll(() => clamd.close())
afterEach(async () => {
  for (const { server, open } of servers.splice(0)) {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => { server.close(resolve) })
  }
})

/** A daemon that does what a test wants of it. */
async function daemon(behave: (socket: Socket) => void): Promise<string> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket.on('error', () => undefined))
    behave(socket)
  })
  servers.push({ server, open })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
}

const never = new AbortController().signal
const scan = (bytes: Buffer | Readable, address = clamd.address) => createClamd(address, { idleMs: 5_000 }).scan(Buffer.isBuffer(bytes) ? Readable.from([bytes]) : bytes, never)

test('clean bytes are clean, and the daemon says that it is there', async () => {
  expect(await scan(Buffer.from('The tide table hangs beside the door.'))).toEqual({ verdict: 'clean' })
  await expect(createClamd(clamd.address).ping()).resolves.toBeUndefined()
})

test('a virus is found wherever it lies in the stream, also across two frames', async () => {
  for (const at of [0, 65_536 - 7, 1_000_000]) {
    const found = await scan(Buffer.concat([Buffer.alloc(at, 'a'), Buffer.from(TEST_VIRUS)]))
    expect(found).toEqual({ verdict: 'infected', signature: expect.stringMatching(/^Test\.Eicar/) })
  }
})

test('what is larger than the daemon takes is never clean, and its bytes are not read to their end', async () => {
  // The daemon closes with bytes unread, and a write at that very moment takes its answer with it: as an activity does, the test then asks again.
  await vi.waitFor(async () => {
    let given = 0
    const endless = Readable.from((function* () { for (;;) { given += 65_536; yield Buffer.alloc(65_536, 'a') } })())
    const verdict = await scan(endless).catch((error: unknown) => error)
    expect(given).toBeLessThan(50 * TEST_STREAM_BYTES)
    expect(endless.destroyed).toBe(true)
    expect(verdict).toEqual({ verdict: 'too_large' })
  }, { timeout: 20_000, interval: 50 })
})

test.each([
  ['hangs up at once', (socket: Socket) => { socket.destroy() }, 'connection'],
  ['hangs up in the middle', (socket: Socket) => { socket.once('data', () => { socket.destroy() }) }, 'connection'],
  ['says that it failed', (socket: Socket) => { socket.once('data', () => { socket.end('stream: Can\'t allocate memory ERROR\0') }) }, 'answer'],
  ['speaks another protocol', (socket: Socket) => { socket.end(`HTTP/1.1 400 Bad Request\r\n${'x'.repeat(9_000)}`) }, 'answer'],
  ['says nothing', () => undefined, 'timeout'],
] as const)('a daemon that %s gives no verdict', async (_what, behave, kind) => {
  const scanner = createClamd(await daemon(behave), { idleMs: 200 })
  const source = Readable.from([Buffer.from('bytes')])
  await expect(scanner.scan(source, never)).rejects.toMatchObject({ name: 'ScanError', kind })
  expect(source.destroyed).toBe(true)
})

test('a daemon that is not there gives no verdict', async () => {
  await expect(scan(Buffer.from('bytes'), '127.0.0.1:1')).rejects.toMatchObject({ name: 'ScanError', kind: 'connection' })
  await expect(scan(Buffer.from('bytes'), 'unix:/nowhere/clamd.ctl')).rejects.toMatchObject({ name: 'ScanError', kind: 'connection' })
})

test('bytes that break on the way give no verdict, and what broke is told', async () => {
  const broken = Readable.from((async function* () {
    yield Buffer.from('half')
    await Promise.resolve()
    throw new Error('the bytes do not match')
  })())
  await expect(scan(broken)).rejects.toThrow('the bytes do not match')
})

test('a scan that is cancelled ends at once with the reason', async () => {
  const stop = new AbortController()
  const scanner = createClamd(await daemon((socket) => { socket.once('data', () => { stop.abort(new Error('cancelled')) }) }))
  await expect(scanner.scan(Readable.from([Buffer.from('bytes')]), stop.signal)).rejects.toThrow('cancelled')
})
