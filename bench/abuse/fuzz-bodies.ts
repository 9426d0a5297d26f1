import { connect } from 'node:net'
import { createRandom, type Random } from '@intellidocs/testing'
import { signInAdministrator, type Headers } from './client.ts'
import { hostileText, procedures } from './hostile-json.ts'
import type { Target } from './target.ts'

const types = ['application/json', 'application/json; charset=utf-7', 'text/plain', 'application/xml', 'multipart/form-data', 'multipart/form-data; boundary=b', 'application/octet-stream', 'application/x-www-form-urlencoded', '', 'x'.repeat(300)]
const AT_ONCE = 8
const ANSWER_MS = 20_000

type Request = { line: string; headers: Headers; body: Buffer }

const trpc = (random: Random): Request => {
  const path = Array.from({ length: random.pick([1, 1, 2, 20, 21, 200]) }, () => random.pick(procedures)).join(',')
  const search = random.pick(['', '?batch=1', '?batch=2', '?batch=1&input=%7B', `?input=${encodeURIComponent(hostileText(random).slice(0, 3000))}`, '?input=%', `?batch=1&input=${encodeURIComponent('{"0":{"__proto__":1}}')}`])
  const method = random.pick(['POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'])
  return { line: `${method} /trpc/${encodeURI(path).slice(0, 6000)}${search}`, headers: { 'content-type': random.pick(types) }, body: Buffer.from(hostileText(random)) }
}

const part = (random: Random): string => random.pick([
  'content-disposition: form-data; name="file"; filename="a.txt"', 'content-disposition: form-data', 'content-disposition: x', `content-disposition: form-data; name="${'n'.repeat(500)}"`,
  'content-disposition: form-data; name="__proto__"', 'content-disposition: form-data; name="file"; filename="../../\u0000x"', 'x', 'content-disposition: form-data; name="folderId"', `${'h: v\r\n'.repeat(80)}a: b`,
])
const form = (random: Random): Request => {
  const parts = Array.from({ length: random.pick([0, 1, 2, 15]) }, () => `--b\r\n${part(random)}\r\n\r\n${hostileText(random).slice(0, 3000)}\r\n`)
  return {
    line: 'POST /api/v1/documents', headers: { 'content-type': random.pick(['multipart/form-data; boundary=b', 'multipart/form-data; boundary=c', 'multipart/form-data; boundary=', `multipart/form-data; boundary=${'b'.repeat(200)}`]) },
    body: Buffer.from(`${parts.join('')}${random.pick(['--b--\r\n', '--b', '', '\r\n', '--b--\r\n--b--'])}`),
  }
}

const odd = (random: Random): string => random.pick(['', '0', '-1', '1', '99999999999999999999', '1.5', 'NaN', '0x10', ' 7 ', 'x', '__proto__', '1'.repeat(400), '%00', 'YQ==', 'filename', 'filename !!!', 'filename YQ==,filename Yg==', 'filename AAAA'])
const tus = (random: Random): Request => ({
  line: `${random.pick(['POST', 'PATCH', 'HEAD', 'DELETE', 'GET', 'OPTIONS', 'PUT'])} /api/v1/uploads${random.pick(['', '', '/x', '/..%2f..%2fetc', `/${'0'.repeat(32)}`, '/%', '/a/b'])}`,
  headers: {
    'tus-resumable': random.pick(['1.0.0', '1.0.0', '1.0.0', '0.2.2', 'x', '']), 'upload-length': odd(random), 'upload-offset': odd(random), 'upload-metadata': odd(random), 'upload-concat': random.pick(['', 'partial', 'final;/x /y', odd(random)]),
    'upload-defer-length': odd(random), 'upload-checksum': odd(random), 'content-type': random.pick(['application/offset+octet-stream', ...types]),
  },
  body: random.bytes(random.int(0, 1999)),
})

const direct = (random: Random): Request => ({
  line: `POST /api/v1/documents${random.pick(['', '?x=1', '/', '/%E0%A4%A/content'])}`,
  headers: {
    'x-file-name': random.pick(['a.txt', '', 'n'.repeat(3000), '%', "UTF-8''%ff", '../x', 'CON', '\u00e4\u00ff']), 'x-folder-id': odd(random), 'x-document-id': odd(random), 'idempotency-key': odd(random), 'x-content-sha256': odd(random), 'x-on-duplicate': odd(random),
    'content-type': random.pick(types),
  },
  body: random.bytes(random.int(0, 2999)),
})

/** Sends that many requests that are wrong in their own ways, most of them signed in. Answers how often each status came, and the faults of ours. */
export async function fuzzBodies(target: Target, { count, seed = 5 }: { count: number; seed?: number }) {
  const random = createRandom(seed)
  const headers = await signInAdministrator(target)
  const statuses: Record<string, number> = {}
  const faults: string[] = []
  let sent = 0
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (sent < count) {
      sent += 1
      const request = random.pick([trpc, trpc, form, tus, direct])(random)
      const signed = random.int(0, 9) === 0 ? {} : headers
      const status = await exchange(target.port, { ...request, headers: { ...signed, ...request.headers } })
      statuses[status] = (statuses[status] ?? 0) + 1
      if (status >= 500 || status === 0) faults.push(`${status} to ${request.line.slice(0, 120)} ${request.headers['content-type'] ?? ''} ${request.body.toString('latin1', 0, 80)}`)
    }
  }))
  return { bodies: count, statuses, faults }
}

/** The status of the answer; 0 when there was none. In the plain, because no client would send some of it. */
function exchange(port: number, { line, headers, body }: Request): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1' })
  const { promise, resolve } = Promise.withResolvers<number>()
  let heard = ''
  socket.on('error', () => undefined).on('data', (piece: Buffer) => { heard += piece.toString('latin1', 0, 64) })
  socket.setTimeout(ANSWER_MS, () => socket.destroy())
  socket.once('close', () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0)))
  const clean = Object.entries(headers).map(([name, value]) => `${name}: ${value.replace(/[\r\n\0]/g, '')}\r\n`).join('')
  socket.write(Buffer.from(`${line} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n${clean}content-length: ${body.length}\r\n\r\n`, 'latin1'))
  socket.write(body)
  return promise
}
