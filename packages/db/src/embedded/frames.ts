/** The few pieces of Postgres' wire protocol (version 3) that stand between PGlite and its clients. */

export const SSL_REQUEST = 80877103
export const GSS_REQUEST = 80877104
export const CANCEL_REQUEST = 80877102

/** A start-up packet; all connections share the one session that it opens. */
export const STARTUP = Buffer.from('\0\0\0\x29\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1')

/** One message with its type byte and length; `body` must already be encoded. */
export function frame(type: string, body: Buffer = Buffer.alloc(0)): Buffer {
  const message = Buffer.alloc(5 + body.length)
  message.write(type, 0, 'latin1')
  message.writeInt32BE(4 + body.length, 1)
  body.copy(message, 5)
  return message
}

export const SYNC = frame('S')
export const ROLLBACK = frame('Q', Buffer.from('rollback\0'))
/** Asks the client for its password in clear: the socket is bound to loopback. */
export const ASK_PASSWORD = frame('R', Buffer.from([0, 0, 0, 3]))

export function errorFrame(severity: 'ERROR' | 'FATAL', code: string, message: string): Buffer {
  return frame('E', Buffer.from(`S${severity}\0V${severity}\0C${code}\0M${message}\0\0`))
}

export const readyFrame = (status: string): Buffer => frame('Z', Buffer.from(status, 'latin1'))

export type Frame = { readonly type: string; readonly bytes: Buffer }

/** Cuts whole messages off the front of `buffer`; what is left is an incomplete one. */
export function cutFrames(buffer: Buffer): { frames: Frame[]; rest: Buffer } {
  const frames: Frame[] = []
  let at = 0
  while (buffer.length - at >= 5) {
    const end = at + 1 + buffer.readInt32BE(at + 1)
    if (end > buffer.length || end < at + 5) break
    frames.push({ type: String.fromCharCode(buffer[at] ?? 0), bytes: buffer.subarray(at, end) })
    at = end
  }
  return { frames, rest: buffer.subarray(at) }
}

/** Splits an answer of the backend: what its client gets, what everybody gets, and the state of the transaction. */
export function readAnswer(answer: Buffer): { own: Buffer[]; notifications: Buffer[]; status: string | undefined } {
  const own: Buffer[] = []
  const notifications: Buffer[] = []
  let status: string | undefined
  for (const { type, bytes } of cutFrames(answer).frames) {
    if (type === 'Z') status = String.fromCharCode(bytes[5] ?? 0)
    else if (type === 'A') notifications.push(bytes)
    else own.push(bytes)
  }
  return { own, notifications, status }
}

/** True where a Parse message names its statement; names would be shared by all clients. */
export const namesStatement = (parse: Buffer): boolean => parse[5] !== 0
