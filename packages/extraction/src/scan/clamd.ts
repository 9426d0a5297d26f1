import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { ScanError, type ScanVerdict, type VirusScanner } from './scan.types.ts'

export type ClamdOptions = {
  /** Until there is a connection, milliseconds. */
  readonly connectMs?: number
  /** Without a byte in either direction; clamd itself gives up a scan after `MaxScanTime`, 120 s unless told otherwise. */
  readonly idleMs?: number
}

const FRAME_BYTES = 64 * 1024
/** An answer is one short line; whoever sends more is no clamd. */
const ANSWER_BYTES = 4_096

/**
 * ClamAV's daemon by its `INSTREAM` command (clamd(8)): frames of a big-endian length and as many bytes, an empty frame at the end, one line as the
 * answer. One connection a scan. The bytes never lie on a disk that both can see. `address`: `host:port`, or `unix:` and the path of a socket.
 */
export function createClamd(address: string, { connectMs = 5_000, idleMs = 180_000 }: ClamdOptions = {}): VirusScanner {
  const limits = { connectMs, idleMs }
  return {
    scan: (source, signal) => talk({ address, limits, signal }, 'zINSTREAM\0', source).then(verdictOf).finally(() => source.destroy()),
    async ping() {
      const answer = await talk({ address, limits: { connectMs, idleMs: connectMs }, signal: null }, 'zPING\0', null)
      if (answer !== 'PONG') throw new ScanError('answer', 'the scanner answers in no known form')
    },
  }
}

type To = { readonly address: string; readonly limits: Required<ClamdOptions>; readonly signal: AbortSignal | null }

async function talk({ address, limits, signal }: To, command: string, source: Readable | null): Promise<string> {
  signal?.throwIfAborted()
  const socket = await open(address, limits.connectMs)
  const stop = (): void => { socket.destroy() }
  signal?.addEventListener('abort', stop, { once: true })
  try {
    socket.setTimeout(limits.idleMs, () => socket.destroy(new ScanError('timeout', 'the scanner fell silent')))
    const answer = listen(socket)
    socket.write(command)
    // What fails here fails the answer as well, unless it is the source itself.
    if (source !== null) await Promise.race([send(socket, source, answer), answer.line])
    return await answer.line
  } catch (error) {
    signal?.throwIfAborted()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
    socket.destroy()
  }
}

async function open(address: string, withinMs: number): Promise<Socket> {
  const at = address.lastIndexOf(':')
  const socket = address.startsWith('unix:') ? connect({ path: address.slice('unix:'.length) })
    : connect({ host: address.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(address.slice(at + 1)) })
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(withinMs) })
    return socket
  } catch (cause) {
    socket.destroy()
    throw new ScanError('connection', 'the scanner cannot be reached', { cause })
  }
}

type Answer = { readonly line: Promise<string>; came: boolean }

/** The one line that is answered, perhaps before everything was sent. */
function listen(socket: Socket): Answer {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const answer: Answer = { line: promise, came: false }
  let text = ''
  const end = (settle: () => void): void => {
    answer.came = true
    settle()
  }
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1')
    if (text.includes('\0')) end(() => { resolve(text.slice(0, text.indexOf('\0'))) })
    else if (text.length > ANSWER_BYTES) end(() => { reject(new ScanError('answer', 'the scanner answers in no known form')) })
  })
  socket.once('close', () => end(() => { reject(new ScanError('connection', 'the scanner hung up')) }))
  socket.on('error', (cause) => end(() => {
    reject(cause instanceof ScanError ? cause : new ScanError('connection', 'the connection to the scanner broke', { cause }))
  }))
  // Told to whoever waits for it; until then a failure must not count as unhandled.
  promise.catch(() => undefined)
  return answer
}

/** Stops when an answer came: a scanner that has had enough says so, and reads no more. */
async function send(socket: Socket, source: Readable, answer: Answer): Promise<void> {
  for await (const chunk of source as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; at += FRAME_BYTES) {
      // An answer that has come is read before more is written: the write would fail, and take the answer with it.
      await turn()
      if (answer.came) return
      const frame = chunk.subarray(at, at + FRAME_BYTES)
      socket.write(lengthOf(frame))
      if (!socket.write(frame)) await Promise.race([once(socket, 'drain'), answer.line])
    }
  }
  socket.write(lengthOf(Buffer.alloc(0)))
}

function lengthOf(frame: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(frame.length)
  return length
}

/** What a scanner says of files that it only looked at in part, with `AlertExceedsMax`. */
const BEYOND_LIMITS = 'Heuristics.Limits.Exceeded'

function verdictOf(line: string): ScanVerdict {
  if (line === 'stream: OK') return { verdict: 'clean' }
  const found = /^stream: (.+) FOUND$/.exec(line)?.[1]
  if (found !== undefined) return found.startsWith(BEYOND_LIMITS) ? { verdict: 'too_large' } : { verdict: 'infected', signature: printable(found) }
  if (line.startsWith('INSTREAM size limit exceeded')) return { verdict: 'too_large' }
  throw new ScanError('answer', `the scanner gave no verdict: ${printable(line)}`)
}

const printable = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200)
