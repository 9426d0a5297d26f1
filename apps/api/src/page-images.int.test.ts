import { join } from 'node:path'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, data, get, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
let admin: pg.Client
let headers: Record<string, string>
let [pdf, text] = ['', '']

async function upload(name: string, bytes: string | Uint8Array<ArrayBuffer>): Promise<string> {
  const response = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', headers: { ...headers, 'content-type': 'application/octet-stream', 'x-file-name': name }, body: bytes })
  return ((await response.json()) as { document: { id: string } }).document.id
}
const read = (id: string, mime: string, pages: number) =>
  admin.query("update document_version set mime = $2, pages = $3, state = 'ready' where document_id = $1", [id, mime, pages])

/** One word of the page's text, packed: from a tenth to half of the page across, and a tenth of it high. */
const packed = '0004d00fd00fa01fd00f'

beforeAll(async () => {
  api = await startTestApi()
  admin = new pg.Client({ connectionString: api.database.adminUrl })
  await admin.connect()
  headers = await signIn(api.url)
  pdf = await upload('report.pdf', await readFile(join(import.meta.dirname, '..', '..', '..', 'examples', 'annual-report-2025.pdf')))
  text = await upload('notes.txt', 'no pages to be seen')
  await read(pdf, 'application/pdf', 4)
  await read(text, 'text/plain', 1)
  await admin.query(`begin; set local session_replication_role = replica;
    insert into page (org_id, version_id, number, text, source, attempt) select org_id, current_version_id, 1, 'Keel and mast', 'text', 1 from document where id = '${pdf}';
    insert into page_layout (org_id, version_id, number, boxes, attempt) select org_id, current_version_id, 1, decode('${packed}', 'hex'), 1 from document where id = '${pdf}'; commit`)
})
afterAll(async () => {
  await admin.end()
  await api.close()
})

type Drawn = { mime: string; width: number; height: number; data: string; boxes: unknown[] }
const ask = (id: string, more: object) => query(api.url, 'documents.pageImage', { id, page: 1, ...more }, headers)
async function yellow(bytes: Buffer, [x, y]: [number, number]): Promise<boolean> {
  const { data: pixels, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true })
  const at = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels
  return (pixels[at + 2] ?? 255) < 100 && (pixels[at] ?? 0) > 200
}
const word = { left: 0.1, top: 0.1, right: 0.5, bottom: 0.2 }

test('a page is a picture of the width that is asked for, with a span of its text coloured where it stands', async () => {
  const drawn = data<Drawn>(await ask(pdf, { width: 400, format: 'png', spans: [{ start: 0, end: 4 }] }))
  const bytes = Buffer.from(drawn.data, 'base64')
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: drawn.width, height: drawn.height })
  expect(drawn).toMatchObject({ mime: 'image/png', width: 400, boxes: [word] })
  expect([await yellow(bytes, [0.49, 0.11]), await yellow(bytes, [0.52, 0.11])]).toEqual([true, false])
  const plain = data<Drawn>(await ask(pdf, {}))
  expect([plain.mime, plain.width, plain.boxes]).toEqual(['image/webp', 1_000, []])
  expect(data<Drawn>(await ask(pdf, { width: 100, boxes: [word] })).boxes).toEqual([word])
})

test('the same comes as bytes, for the browser of whoever asks and no cache between', async () => {
  const url = `${api.url}/api/v1/documents/${pdf}/pages/1/image`
  const response = await fetch(`${url}?width=400&format=png&highlight=0-4`, { headers })
  expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([200, 'image/png', 'private, no-cache'])
  expect(await yellow(Buffer.from(await response.arrayBuffer()), [0.49, 0.11])).toBe(true)
  for (const wrong of ['width=1e9', 'width=wide', 'format=svg', 'highlight=4', 'version=0', 'more=1', `highlight=${'0-1,'.repeat(101)}0-1`]) {
    expect([wrong, codeOf(await get(`${url}?${wrong}`, headers))]).toEqual([wrong, 'input.invalid'])
  }
})

test('what cannot be drawn says why', async () => {
  expect(codeOf(await ask(text, {}))).toBe('page.no_picture')
  expect(codeOf(await ask(pdf, { page: 5 }))).toBe('page.not_found')
  expect(codeOf(await ask(pdf, { version: 2 }))).toBe('version.not_found')
  const broken = await upload('broken.pdf', '%PDF-1.7 nothing')
  await read(broken, 'application/pdf', 1)
  expect(codeOf(await ask(broken, {}))).toBe('page.not_drawn')
  await admin.query("update document_version set scan = 'infected' where document_id = $1", [broken])
  expect(codeOf(await ask(broken, {}))).toBe('document.infected')
})

test('a look at a page leaves a row that says who looked at what', async () => {
  await ask(pdf, { width: 50 })
  const { rows } = await admin.query<{ data: unknown; subject_id: string }>("select data, subject_id from audit where action = 'documents.page-image' order by id desc limit 1")
  expect(rows).toEqual([{ data: { version: 1, page: 1 }, subject_id: pdf }])
})
