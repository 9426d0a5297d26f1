import { connect } from 'node:net'
import { once } from 'node:events'
import { rounded } from '../figures.ts'
import { signInAdministrator, type Headers } from './client.ts'
import { watchRss, type Target } from './target.ts'

const HEAD = '--bench\r\ncontent-disposition: form-data; name="file"; filename="form.bin"\r\n\r\n'
const TAIL = '\r\n--bench--\r\n'
const MB = 1024 * 1024

/** Four uploads at once, one of each kind and a second direct one: how far the process grows above itself before them. MB each. */
export async function measureUploads(target: Target, { megabytes, say }: { megabytes: number; say: (line: string) => void }) {
  const headers = await signInAdministrator(target)
  // Code paths and buffers of first uploads are not growth.
  await Promise.all([direct, form, resumable].map((upload, n) => upload({ target, headers, megabytes: 1, seed: 200 + n })))
  await target.inspector.settledMemory()
  const before = target.rssMb()
  const rss = watchRss(target, 20)
  const began = performance.now()
  await Promise.all([direct, direct, form, resumable].map((upload, n) => upload({ target, headers, megabytes, seed: n })))
  const seconds = (performance.now() - began) / 1000
  const growth = rss.stop() - before
  say(`4 uploads of ${megabytes} MB: ${rounded(growth)} MB growth together, ${rounded(seconds)} s`)
  return { uploads: 4, upload_mb: megabytes, upload_growth_mb: rounded(growth / 4), upload_growth_together_mb: rounded(growth), upload_s: rounded(seconds) }
}

type Upload = { target: Target; headers: Headers; megabytes: number; seed: number }

function direct({ target, headers, megabytes, seed }: Upload): Promise<void> {
  return send(target, { line: 'POST /api/v1/documents', headers: { ...headers, 'x-file-name': `direct-${seed}.bin` }, before: '', after: '', megabytes, seed })
}

function form({ target, headers, megabytes, seed }: Upload): Promise<void> {
  return send(target, {
    line: 'POST /api/v1/documents', headers: { ...headers, 'content-type': 'multipart/form-data; boundary=bench' }, before: HEAD, after: TAIL, megabytes, seed,
  })
}

async function resumable({ target, headers, megabytes, seed }: Upload): Promise<void> {
  const tus = { ...headers, 'tus-resumable': '1.0.0' }
  const created = await fetch(`${target.url}/api/v1/uploads`, {
    method: 'POST', headers: { ...tus, 'upload-length': String(megabytes * MB), 'upload-metadata': `filename ${Buffer.from(`tus-${seed}.bin`).toString('base64')}` },
  })
  if (created.status !== 201) throw new Error(`a resumable upload was answered ${created.status}`)
  const { pathname } = new URL(created.headers.get('location') ?? '', target.url)
  await send(target, {
    line: `PATCH ${pathname}`, headers: { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' }, before: '', after: '', megabytes, seed,
  })
}

type Sending = { line: string; headers: Headers; before: string; after: string; megabytes: number; seed: number }

/** In the plain, so that the sender costs little of the two cores. Throws unless the answer is a success. */
async function send(target: Target, { line, headers, before, after, megabytes, seed }: Sending): Promise<void> {
  const socket = connect({ port: target.port, host: '127.0.0.1' })
  const answer = once(socket, 'data') as Promise<[Buffer]>
  const length = megabytes * MB + before.length + after.length
  const head = Object.entries({ host: 'bench', connection: 'close', ...headers, 'content-length': String(length) }).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`${line} HTTP/1.1\r\n${head}\r\n${before}`)
  const piece = Buffer.alloc(MB)
  for (let n = 0; n < megabytes; n += 1) {
    // Each megabyte of each upload is another, so that nothing is the same as anything.
    piece.fill((seed * 37 + n) % 251)
    piece.writeUInt32LE(seed * 65_536 + n)
    if (!socket.write(Buffer.from(piece))) await Promise.race([once(socket, 'drain'), answer])
  }
  socket.write(after)
  const [first] = await answer
  const status = first.toString('latin1').slice(9, 12)
  socket.destroy()
  if (!status.startsWith('2')) throw new Error(`${line} was answered ${status}`)
}
