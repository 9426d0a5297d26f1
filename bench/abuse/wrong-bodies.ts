import { connect } from 'node:net'
import { signInAdministrator, until, type Headers } from './client.ts'
import { temporaryFiles } from './data-folder.ts'
import type { Target } from './target.ts'

/** As MAX_UPLOAD_BYTES of the API. */
const MOST = 5 * 1024 ** 3
const CALL_MOST = 1_000_000
const PIECE = Buffer.alloc(1024 * 1024, 'x')
/** A connection on which nothing goes either way for so long was neither answered nor closed. */
const SILENT_MS = 30_000

type Case = {
  name: string
  head: (headers: Headers) => string
  /** Bytes that are really sent; the connection stays open after them. */
  sends: number
  chunked?: boolean
  before?: string
  expected: readonly number[]
}

const upload = (extra: string) => (headers: Headers): string =>
  `POST /api/v1/documents HTTP/1.1\r\nhost: bench\r\nx-file-name: wrong.bin\r\n${lines(headers)}${extra}\r\n\r\n`
const call = (extra: string) => (headers: Headers): string =>
  `POST /trpc/documents.folders.create HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n${lines(headers)}${extra}\r\n\r\n`
const lines = (headers: Headers): string => Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
const FORM = '--b\r\ncontent-disposition: form-data; name="file"; filename="wrong.bin"\r\n\r\n'

const cases: readonly Case[] = [
  { name: 'upload one byte over, announced', head: upload(`content-length: ${MOST + 1}`), sends: 1024, expected: [413] },
  { name: 'upload endless, chunked', head: upload('transfer-encoding: chunked'), sends: MOST + 64 * PIECE.length, chunked: true, expected: [413] },
  { name: 'form one byte over in its file, chunked', head: upload('content-type: multipart/form-data; boundary=b\r\ntransfer-encoding: chunked'), sends: MOST + 1, chunked: true, before: FORM, expected: [413] },
  { name: 'upload shorter than announced', head: upload('content-length: 100000'), sends: 50_000, expected: [408] },
  { name: 'form shorter than announced', head: upload('content-type: multipart/form-data; boundary=b\r\ncontent-length: 100000'), sends: 50_000, before: FORM, expected: [408] },
  { name: 'upload chunked that stops', head: upload('transfer-encoding: chunked'), sends: 1000, chunked: true, expected: [408] },
  // What lies behind the announced length is the next request to HTTP, and none.
  { name: 'form longer than announced', head: upload('content-type: multipart/form-data; boundary=b\r\ncontent-length: 200'), sends: 5000, before: FORM, expected: [400] },
  { name: 'upload that announces no number', head: upload('content-length: 12x'), sends: 100, expected: [400] },
  { name: 'upload that announces two lengths', head: upload('content-length: 10\r\ncontent-length: 20'), sends: 100, expected: [400] },
  { name: 'upload with length and chunks', head: upload('content-length: 10\r\ntransfer-encoding: chunked'), sends: 100, chunked: true, expected: [400] },
  { name: 'call one byte over, announced', head: call(`content-length: ${CALL_MOST + 1}`), sends: CALL_MOST + 1, expected: [413] },
  { name: 'call endless, chunked', head: call('transfer-encoding: chunked'), sends: 16 * PIECE.length, chunked: true, expected: [413] },
  { name: 'call shorter than announced', head: call('content-length: 1000'), sends: 10, expected: [408] },
]

type Outcome = { name: string; status: number; expected: readonly number[]; left: number }

/** Bodies that are too long, endless or not what was announced: the answer to each, and the files that stay. `large`: also those of 5 GB. */
export async function measureWrongBodies(target: Target, { large, say }: { large: boolean; say: (line: string) => void }) {
  const headers = await signInAdministrator(target)
  const outcomes: Outcome[] = []
  for (const one of cases.filter(({ sends }) => large || sends < MOST)) {
    const status = await send(target, one, headers)
    await until('temporary files go', 5000, async () => (await temporaryFiles(target.dataDir)).length === 0).catch(() => undefined)
    const left = (await temporaryFiles(target.dataDir)).length
    outcomes.push({ name: one.name, status, expected: one.expected, left })
    say(`${one.name}: ${status}${left > 0 ? `, ${left} files left` : ''}`)
  }
  const resumable = await resumableCases(target, headers)
  for (const { name, status, left } of resumable) say(`${name}: ${status}, ${left} bytes kept`)
  const all = [...outcomes, ...resumable]
  return {
    wrong_bodies: all.length, wrong_bodies_as_expected: all.filter(({ status, expected, left }) => expected.includes(status) && left === 0).length,
    wrong_bodies_unexpected: all.filter(({ status, expected, left }) => !expected.includes(status) || left > 0), alive: target.alive(),
  }
}

/** Sends as told for as long as the other side takes it; answers the first status, 0 for none. */
function send(target: Target, one: Case, headers: Headers): Promise<number> {
  const socket = connect({ port: target.port, host: '127.0.0.1' })
  const { promise, resolve } = Promise.withResolvers<number>()
  let heard = ''
  let left = one.sends
  let answered = false
  const write = (): void => {
    while (left > 0 && !answered && !socket.destroyed) {
      const piece = PIECE.subarray(0, Math.min(left, PIECE.length))
      left -= piece.length
      const more = one.chunked === true ? socket.write(Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n')])) : socket.write(piece)
      if (!more) return void socket.once('drain', write)
    }
  }
  socket.on('error', () => undefined).on('data', (piece: Buffer) => {
    heard += piece.toString('latin1')
    answered = true
  })
  socket.once('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0)))
  socket.setTimeout(SILENT_MS, () => socket.destroy())
  socket.write(one.head(headers))
  if (one.before !== undefined) socket.write(one.chunked === true ? `${one.before.length.toString(16)}\r\n${one.before}\r\n` : one.before)
  write()
  return promise
}

/** Resumable uploads keep what arrived, on purpose, until they are ended or expire; so each is ended, and nothing may stay after. */
async function resumableCases(target: Target, headers: Headers): Promise<Outcome[]> {
  const tus = { ...headers, 'tus-resumable': '1.0.0' }
  const create = (length: Record<string, string>): Promise<Response> => fetch(`${target.url}/api/v1/uploads`, {
    method: 'POST', headers: { ...tus, ...length, 'upload-metadata': `filename ${Buffer.from('wrong.bin').toString('base64')}` },
  })
  const over = await create({ 'upload-length': String(MOST + 1) })
  const small = await create({ 'upload-length': '1000' })
  const location = new URL(small.headers.get('location') ?? '', target.url)
  const patch = await fetch(location, {
    method: 'PATCH', headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }, body: PIECE,
  })
  await fetch(location, { method: 'DELETE', headers: tus })
  const left = (await temporaryFiles(target.dataDir)).reduce((sum, { bytes }) => sum + bytes, 0)
  return [
    { name: 'resumable upload one byte over, announced', status: over.status, expected: [413], left: 0 },
    { name: 'resumable upload with more than it announced', status: patch.status, expected: [413], left },
  ]
}
