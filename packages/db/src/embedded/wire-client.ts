import { createHash, timingSafeEqual } from 'node:crypto'
import type { Socket } from 'node:net'
import {
  ASK_PASSWORD, CANCEL_REQUEST, cutFrames, errorFrame, GSS_REQUEST, namesStatement, SSL_REQUEST, SYNC, type Frame,
} from './frames.ts'

/** Messages that the backend must see without another client's in between. */
export type Unit = {
  readonly bytes: Buffer
  /** The client waits for ReadyForQuery after this. False after a Flush, which is answered without one. */
  readonly answersReady: boolean
  /** Set where the unit is answered with this error instead of being run. */
  readonly refused?: string
}

const HELD = new Set(['P', 'B', 'D', 'E', 'C'])
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** One connection: start-up, password, and the cutting of its stream into units. */
export class WireClient {
  readonly socket: Socket
  closed = false
  started = false
  readonly #password: string
  readonly #onUnit: (unit: Unit) => void
  #buffer: Buffer = Buffer.alloc(0)
  readonly #greeting: readonly Buffer[]
  #greeted = false
  #held: Buffer[] = []
  #refused: string | undefined

  constructor(socket: Socket, options: { password: string; greeting: readonly Buffer[]; onUnit: (unit: Unit) => void; onClose: () => void }) {
    this.socket = socket
    this.#password = options.password
    this.#greeting = options.greeting
    this.#onUnit = options.onUnit
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    // A lost connection is not ours to report: 'close' follows and cleans up.
    socket.on('error', () => { socket.destroy() })
    socket.on('close', () => { this.closed = true; options.onClose() })
  }

  send(frames: readonly Buffer[]): void {
    if (!this.closed && this.socket.writable) this.socket.write(Buffer.concat(frames))
  }

  fail(code: string, message: string): void {
    this.send([errorFrame('FATAL', code, message)])
    this.socket.end()
    this.socket.destroySoon()
  }

  #read(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    if (!this.#greeted && !this.#readStartup()) return
    const { frames, rest } = cutFrames(this.#buffer)
    this.#buffer = rest
    const announced = rest.length >= 5 ? rest.readInt32BE(1) : 4
    if (announced < 4 || announced > MAX_MESSAGE_BYTES) return this.fail('08P01', 'a message of this length is not accepted')
    for (const message of frames) {
      if (this.closed) return
      this.#message(message)
    }
  }

  /** The first packets have no type byte. True once the start-up packet was read. */
  #readStartup(): boolean {
    while (this.#buffer.length >= 8) {
      const length = this.#buffer.readInt32BE(0)
      const code = this.#buffer.readInt32BE(4)
      if (length < 8 || length > 10_000) { this.fail('08P01', 'not a start-up packet'); return false }
      if (this.#buffer.length < length) return false
      this.#buffer = this.#buffer.subarray(length)
      if (code === SSL_REQUEST || code === GSS_REQUEST) { this.socket.write('N'); continue }
      // Cancelling would need the running query to yield, which it does not: the promise is only that one may ask.
      if (code === CANCEL_REQUEST) { this.socket.end(); return false }
      this.#greeted = true
      this.send([ASK_PASSWORD])
      return true
    }
    return false
  }

  #message({ type, bytes }: Frame): void {
    if (!this.started) return this.#authenticate(type, bytes)
    if (type === 'X') return void this.socket.end()
    if (type === 'P' && namesStatement(bytes)) this.#refused = 'named statements cannot be used here: all connections share one session'
    this.#held.push(bytes)
    if (HELD.has(type)) return
    const batch = Buffer.concat(this.#held)
    this.#held = []
    const answersReady = type !== 'H' && type !== 'd'
    if (this.#refused === undefined) return this.#onUnit({ bytes: batch, answersReady })
    if (type !== 'S') return
    this.#onUnit({ bytes: SYNC, answersReady: true, refused: this.#refused })
    this.#refused = undefined
  }

  #authenticate(type: string, bytes: Buffer): void {
    const given = type === 'p' ? bytes.toString('utf8', 5, bytes.length - 1) : ''
    if (!timingSafeEqual(digest(given), digest(this.#password))) return this.fail('28P01', 'password authentication failed')
    this.started = true
    this.send(this.#greeting)
  }
}

