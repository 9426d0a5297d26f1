import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rolePermissions, type UploadAnswer } from '@intellidocs/contracts'
import { StorageError, type BlobStore } from '@intellidocs/storage'
import { codeOf, data, get, mutate, query, signIn, startTestApi, type Answer, type TestApi } from './api.testkit.ts'

let api: TestApi
let headers: Record<string, string>
let diskFull = false

const sometimesFull = (blobs: BlobStore): BlobStore => ({
  ...blobs,
  put: (...args) => (diskFull ? Promise.reject(new StorageError('full', 'no space')) : blobs.put(...args)),
})

beforeAll(async () => {
  api = await startTestApi({ wrapBlobs: sometimesFull })
  headers = await signIn(api.url)
})
afterAll(async () => { await api.close() })

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

async function upload(bytes: Uint8Array<ArrayBuffer> | string, extra: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: bytes, headers: { ...headers, 'content-type': 'application/octet-stream', ...extra } })
  return { status: response.status, headers: response.headers, body: await response.json() }
}
const answerOf = (answer: Answer): UploadAnswer => {
  if (answer.status !== 200 && answer.status !== 201) throw new Error(`refused with ${answer.status}: ${JSON.stringify(answer.body)}`)
  return answer.body as UploadAnswer
}
const contentUrl = (id: string) => `${api.url}/api/v1/documents/${id}/content`
const countDocuments = async () => data<{ items: unknown[] }>(await query(api.url, 'documents.list', { limit: 200 }, headers)).items.length
async function storedBlobs(): Promise<number> {
  let count = 0
  for await (const blob of api.blobs.list()) count += blob.size > 0 ? 1 : 0
  return count
}

describe('upload and download', () => {
  test('what is downloaded is byte for byte what was uploaded, whole and in ranges', async () => {
    const bytes = randomBytes(3_000_000)
    const uploaded = await upload(bytes, { 'x-file-name': 'data.bin', 'x-content-sha256': sha256(bytes) })
    expect(uploaded.status).toBe(201)
    const { document } = answerOf(uploaded)
    expect(document).toMatchObject({ name: 'data.bin', size: bytes.length, sha256: sha256(bytes), version: 1, state: 'queued' })

    const whole = await fetch(contentUrl(document.id), { headers })
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
    expect(whole.headers.get('etag')).toBe(`"${document.sha256}"`)
    expect(whole.headers.get('repr-digest')).toBe(`sha-256=:${Buffer.from(document.sha256, 'hex').toString('base64')}:`)
    expect(whole.headers.get('content-security-policy')).toContain('sandbox')
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff')

    for (const [range, start, end] of [['bytes=0-0', 0, 1], ['bytes=1000-1999', 1000, 2000], ['bytes=2999000-', 2_999_000, 3_000_000], ['bytes=-10', 2_999_990, 3_000_000]] as const) {
      const part = await fetch(contentUrl(document.id), { headers: { ...headers, range } })
      expect(part.status).toBe(206)
      expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/3000000`)
      expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(start, end))).toBe(true)
    }
    expect((await fetch(contentUrl(document.id), { headers: { ...headers, range: 'bytes=3000000-' } })).status).toBe(416)
    expect((await fetch(contentUrl(document.id), { headers: { ...headers, 'if-none-match': `"${document.sha256}"` } })).status).toBe(304)
  })

  test.each([
    'naïve résumé – 日本語 📄.pdf', '../../etc/passwd', 'CON', 'a"b;c=d.txt', 'with\u202ertl.txt', 'x'.repeat(300), '100% sure.txt',
  ])('the name %s survives', async (name) => {
    const { document } = answerOf(await upload(`name ${name}`, { 'x-file-name': `UTF-8''${encodeURIComponent(name)}` }))
    expect(document.name).toBe(name.normalize('NFC'))
    const answer = await get(contentUrl(document.id), headers)
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename/)
    expect(answer.body).toBe(`name ${name}`)
  })

  test.each([['line\r\nbreak', 400], ['nul\0', 400], ['', 400], ['x'.repeat(301), 400]])('the name %j is refused and nothing is kept', async (name, status) => {
    const before = await storedBlobs()
    const answer = await upload('refused name', { 'x-file-name': `UTF-8''${encodeURIComponent(name)}` })
    expect([answer.status, codeOf(answer)]).toEqual([status, 'input.invalid'])
    expect(await storedBlobs()).toBe(before)
  })

  test('a form with one file is taken, whatever the order of its parts', async () => {
    const form = new FormData()
    form.append('file', new File(['from a form'], 'förm.txt', { type: 'text/plain' }))
    form.append('onDuplicate', 'create')
    const response = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: form, headers })
    expect(response.status).toBe(201)
    const { document } = await response.json() as UploadAnswer
    expect(document.name).toBe('förm.txt')
    expect((await get(contentUrl(document.id), headers)).body).toBe('from a form')
  })

  test('a form with two files, with none, or cut short is refused', async () => {
    const two = new FormData()
    two.append('a', new File(['1'], '1.txt'))
    two.append('b', new File(['2'], '2.txt'))
    const none = new FormData()
    none.append('name', 'x')
    for (const body of [two, none]) expect((await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body, headers })).status).toBe(400)
    const cut = '--b\r\ncontent-disposition: form-data; name="f"; filename="x"\r\n\r\nhalf'
    const answer = await upload(cut, { 'content-type': 'multipart/form-data; boundary=b' })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'input.invalid'])
  })

  test('an empty file and a wrong checksum are refused, and no document appears', async () => {
    const before = await countDocuments()
    expect(codeOf(await upload('', { 'x-file-name': 'empty.txt' }))).toBe('document.empty')
    expect(codeOf(await upload('abc', { 'x-file-name': 'abc.txt', 'x-content-sha256': '0'.repeat(64) }))).toBe('document.checksum')
    expect(await countDocuments()).toBe(before)
  })

  test('a full disk is told as such and nothing is left behind', async () => {
    const before = [await countDocuments(), await storedBlobs()]
    diskFull = true
    try {
      const answer = await upload(randomBytes(2_000_000), { 'x-file-name': 'late.bin' })
      expect([answer.status, codeOf(answer)]).toEqual([507, 'storage.full'])
    } finally {
      diskFull = false
    }
    expect([await countDocuments(), await storedBlobs()]).toEqual(before)
  })

  test('nobody uploads or downloads without being allowed to', async () => {
    const { document } = answerOf(await upload('private', { 'x-file-name': 'private.txt' }))
    const { secret } = data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'reader', scopes: rolePermissions.viewer }, headers))
    const byViewer = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', body: 'x', headers: { authorization: `Bearer ${secret}`, 'x-file-name': 'x.txt' } })
    expect(byViewer.status).toBe(403)
    expect((await get(contentUrl(document.id), { authorization: `Bearer ${secret}` })).body).toBe('private')
    expect(codeOf(await get(contentUrl(document.id)))).toBe('auth.required')
    data(await mutate(api.url, 'orgs.create', { name: 'Elsewhere', slug: 'elsewhere' }, headers))
    const foreign = await get(contentUrl(document.id), { ...headers, 'x-intellidocs-org': 'elsewhere' })
    const unknown = await get(contentUrl(crypto.randomUUID()), headers)
    expect([foreign.status, codeOf(foreign)]).toEqual([404, 'document.not_found'])
    expect([unknown.status, codeOf(unknown)]).toEqual([404, 'document.not_found'])
  })

  test('fifty uploads under one idempotency key make one document', async () => {
    const before = await countDocuments()
    const bytes = randomBytes(20_000)
    const send = () => upload(bytes, { 'x-file-name': 'once.bin', 'idempotency-key': 'fifty' })
    const answers = await Promise.all(Array.from({ length: 50 }, send))
    const ids = new Set(answers.map((answer) => answerOf(answer).document.id))
    expect(ids.size).toBe(1)
    expect(await countDocuments()).toBe(before + 1)
    const other = await upload(randomBytes(100), { 'x-file-name': 'once.bin', 'idempotency-key': 'fifty' })
    expect([other.status, codeOf(other)]).toEqual([422, 'idempotency.mismatch'])
  })

  test('a document of the same bytes is named, or returned when asked for', async () => {
    const first = answerOf(await upload('twice', { 'x-file-name': 'one.txt' }))
    const second = answerOf(await upload('twice', { 'x-file-name': 'two.txt' }))
    expect(second).toMatchObject({ duplicateOf: first.document.id, created: true })
    const third = await upload('twice', { 'x-file-name': 'three.txt', 'x-on-duplicate': 'return' })
    expect(third.status).toBe(200)
    expect(answerOf(third).created).toBe(false)
  })

  test('damaged bytes are never served', async () => {
    const bytes = randomBytes(600_000)
    const { document } = answerOf(await upload(bytes, { 'x-file-name': 'damaged.bin' }))
    const orgs = await readdir(join(api.dataDir, 'blobs', 'org'))
    const paths = orgs.map((org) => join(api.dataDir, 'blobs', 'org', org, document.sha256))
    const path = (await Promise.all(paths.map(async (at) => readFile(at).then(() => at, () => null)))).find((at) => at !== null) ?? ''
    const damaged = Buffer.from(bytes)
    damaged[300_000] = (damaged[300_000] ?? 0) ^ 1
    await writeFile(path, damaged)
    for (const range of [undefined, 'bytes=0-9']) {
      const answer = await get(contentUrl(document.id), { ...headers, ...(range === undefined ? {} : { range }) })
      expect([answer.status, codeOf(answer)]).toEqual([500, 'blob.integrity'])
      expect(answer.headers.get('content-disposition')).toBeNull()
    }
  })
})

describe('resumable uploads', () => {
  const encode = (text: string) => Buffer.from(text).toString('base64')
  const tus = { 'tus-resumable': '1.0.0' }
  const create = async (size: number, name = 'big.bin', as = headers) => {
    const answer = await get2('POST', `${api.url}/api/v1/uploads`, { ...as, ...tus, 'upload-length': String(size), 'upload-metadata': `filename ${encode(name)}` })
    expect(answer.status).toBe(201)
    return new URL(answer.headers.get('location') ?? '', api.url).href
  }
  const patch = (url: string, offset: number, body: Uint8Array<ArrayBuffer>, as = headers) =>
    get2('PATCH', url, { ...as, ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' }, body)
  const get2 = async (method: string, url: string, more: Record<string, string>, body?: Uint8Array<ArrayBuffer>): Promise<Answer> => {
    const response = await fetch(url, { method, headers: more, ...(body === undefined ? {} : { body }) })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) as unknown : text }
  }

  test('a cut upload goes on where it was and ends as the whole document', async () => {
    const bytes = randomBytes(1_000_000)
    const url = await create(bytes.length)
    // Half of the bytes, announced as all of them, and the line goes dead.
    const half = request(url, { method: 'PATCH', headers: { ...headers, ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream', 'content-length': String(bytes.length) } })
    half.on('error', () => undefined)
    half.write(bytes.subarray(0, 500_000))
    const received = async () => ((await get2('GET', url, headers)).body as { offset: number }).offset
    await expect.poll(received, { timeout: 10_000 }).toBeGreaterThan(0)
    half.destroy()
    const head = async () => get2('HEAD', url, { ...headers, ...tus })
    await expect.poll(async () => (await head()).status, { timeout: 10_000 }).toBe(200)
    const offset = Number((await head()).headers.get('upload-offset'))
    expect(offset).toBeGreaterThan(0)
    const last = await patch(url, offset, bytes.subarray(offset))
    const { document } = answerOf(last)
    expect(document).toMatchObject({ name: 'big.bin', sha256: sha256(bytes), size: bytes.length })
    const whole = await fetch(contentUrl(document.id), { headers })
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
  })

  test('the answer can be asked for again when it was lost', async () => {
    const before = await countDocuments()
    const bytes = randomBytes(1000)
    const url = await create(bytes.length)
    const { document } = answerOf(await patch(url, 0, bytes))
    expect((await get2('HEAD', url, { ...headers, ...tus })).headers.get('x-document-id')).toBe(document.id)
    expect((await get2('GET', url, headers)).body).toMatchObject({ state: 'finished', created: true, document: { id: document.id } })
    expect(await countDocuments()).toBe(before + 1)
  })

  test('an upload is not called done before its document is kept, and who asks meanwhile is told to ask again instead of beginning anew', async () => {
    const before = await countDocuments()
    const bytes = randomBytes(1000)
    const url = await create(bytes.length)
    diskFull = true
    try {
      const answer = await patch(url, 0, bytes)
      expect([answer.status, codeOf(answer)]).toEqual([507, 'storage.full'])
      expect((await get2('HEAD', url, { ...headers, ...tus })).status).toBe(423)
    } finally {
      diskFull = false
    }
    expect(await countDocuments()).toBe(before)
    expect((await get2('HEAD', url, { ...headers, ...tus })).headers.get('upload-offset')).toBe('1000')
    expect(await countDocuments()).toBe(before + 1)
  })

  test('an upload of somebody else, or of another organization, is not there', async () => {
    const url = await create(1000)
    const elsewhere = { ...headers, 'x-intellidocs-org': 'elsewhere' }
    for (const answer of [await get2('HEAD', url, { ...elsewhere, ...tus }), await patch(url, 0, randomBytes(1000), elsewhere), await get2('DELETE', url, { ...elsewhere, ...tus })]) {
      expect(answer.status).toBe(404)
    }
    expect((await get2('HEAD', url, tus)).status).toBe(401)
    expect((await get2('HEAD', url, { ...headers, ...tus })).headers.get('upload-offset')).toBe('0')
  })

  test.each(['..%2f..%2fetc%2fpasswd', 'x'.repeat(32), '0'.repeat(32)])('the upload %s is not there', async (id) => {
    expect((await get2('HEAD', `${api.url}/api/v1/uploads/${id}`, { ...headers, ...tus })).status).toBe(404)
  })

  test('a name that documents cannot have is refused before any byte', async () => {
    const answer = await get2('POST', `${api.url}/api/v1/uploads`, { ...headers, ...tus, 'upload-length': '10', 'upload-metadata': `filename ${encode('a\nb')}` })
    expect([answer.status, codeOf(answer)]).toEqual([400, 'input.invalid'])
  })
})
