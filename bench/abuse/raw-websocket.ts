import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** A websocket client in the plain: it can stop reading, and send what no library would. */
export type RawSocket = {
  readonly socket: Socket
  /** Resolves when the server has switched protocols; rejects when it refused or hung up. */
  readonly opened: Promise<void>
  /** Code of the server's close frame; null when it just cut. Resolves at the end of the connection. */
  readonly closed: Promise<number | null>
  send(text: string): void
}

type Opening = { port: number; onText?: (text: string) => void; onBytes?: (bytes: number) => void }

const CLOSE = 8

/** One frame as clients send them, masked. `head` is the first byte: FIN, reserved bits and opcode. */
export function frame(head: number, payload: Buffer): Buffer {
  const mask = randomBytes(4)
  const masked = Buffer.from(payload)
  for (let n = 0; n < masked.length; n += 1) masked.writeUInt8(masked.readUInt8(n) ^ mask.readUInt8(n % 4), n)
  return Buffer.concat([Buffer.from([head]), lengthOf(payload.length), mask, masked])
}

function lengthOf(length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | length])
  const bytes = Buffer.alloc(length < 65_536 ? 3 : 9)
  bytes.writeUInt8(0x80 | (length < 65_536 ? 126 : 127))
  if (length < 65_536) bytes.writeUInt16BE(length, 1)
  else bytes.writeBigUInt64BE(BigInt(length), 1)
  return bytes
}

export function openRawSocket({ port, onText = () => undefined, onBytes = () => undefined }: Opening): RawSocket {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const [opened, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<number | null>()]
  let code: number | null = null
  let upgraded = false
  const read = readFrames((opcode, payload) => {
    if (opcode === CLOSE) code = payload.length >= 2 ? payload.readUInt16BE() : 1005
    else onText(payload.toString())
  })
  let head = Buffer.alloc(0)
  socket.on('data', (piece) => {
    onBytes(piece.length)
    if (upgraded) return read(piece)
    head = Buffer.concat([head, piece])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    upgraded = true
    if (!head.toString('latin1').startsWith('HTTP/1.1 101')) opened.reject(new Error(head.toString('latin1', 0, head.indexOf('\r\n'))))
    else opened.resolve()
    read(head.subarray(end + 4))
  })
  socket.on('error', () => undefined)
  socket.once('close', () => {
    opened.reject(new Error('the server hung up'))
    closed.resolve(code)
  })
  // Looked at by whoever opened it; a socket that is only closed again has nobody to look.
  opened.promise.catch(() => undefined)
  socket.write([
    'GET /trpc?connectionParams=1 HTTP/1.1', 'host: bench', 'connection: Upgrade', 'upgrade: websocket', 'sec-websocket-version: 13',
    `sec-websocket-key: ${randomBytes(16).toString('base64')}`, '', '',
  ].join('\r\n'))
  return { socket, opened: opened.promise, closed: closed.promise, send: (text) => void socket.write(frame(0x81, Buffer.from(text))) }
}

/** Cuts bytes of a server into frames; servers do not mask, and this one does not fragment. */
function readFrames(onFrame: (opcode: number, payload: Buffer) => void): (piece: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (piece) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    for (;;) {
      if (rest.length < 2) return
      const short = rest.readUInt8(1) & 127
      const start = short < 126 ? 2 : short === 126 ? 4 : 10
      if (rest.length < start) return
      const length = short < 126 ? short : short === 126 ? rest.readUInt16BE(2) : Number(rest.readBigUInt64BE(2))
      if (rest.length < start + length) return
      onFrame(rest.readUInt8(0) & 15, rest.subarray(start, start + length))
      rest = rest.subarray(start + length)
    }
  }
}
