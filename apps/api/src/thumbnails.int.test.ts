import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, get, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
let admin: pg.Client
let headers: Record<string, string>
let pdf = ''

async function upload(name: string, bytes: string | Buffer, mime: string): Promise<string> {
  const body = new Blob([new Uint8Array(Buffer.from(bytes))])
  const response = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', headers: { ...headers, 'content-type': 'application/octet-stream', 'x-file-name': name }, body })
  const { document } = (await response.json()) as { document: { id: string } }
  await admin.query("update document_version set mime = $2, pages = 1, state = 'ready' where document_id = $1", [document.id, mime])
  return document.id
}

beforeAll(async () => {
  api = await startTestApi()
  admin = new pg.Client({ connectionString: api.database.adminUrl })
  await admin.connect()
  headers = await signIn(api.url)
  pdf = await upload('report.pdf', await readFile(join(import.meta.dirname, '..', '..', '..', 'examples', 'annual-report-2025.pdf')), 'application/pdf')
})
afterAll(async () => {
  await admin.end()
  await api.close()
})

const ask = (id: string, more = '') => fetch(`${api.url}/api/v1/documents/${id}/thumbnail${more}`, { headers })
const kept = async () => (await admin.query<{ webp: Buffer }>('select webp from document_thumbnail')).rows.map(({ webp }) => webp)
const looks = async () => Number((await admin.query<{ n: string }>("select count(*) as n from audit where action = 'documents.page-image'")).rows[0]?.n)

test('the first page comes as a small picture, drawn once and kept beside its version, and each look is written down', async () => {
  expect(await kept()).toEqual([])
  const first = await ask(pdf)
  expect([first.status, first.headers.get('content-type'), first.headers.get('cache-control')]).toEqual([200, 'image/webp', 'private, no-cache'])
  const bytes = Buffer.from(await first.arrayBuffer())
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 320 })
  expect(await kept()).toEqual([bytes])
  // That the kept one is what comes shows once it is another.
  const other = await sharp({ create: { width: 3, height: 4, channels: 3, background: '#fff' } }).webp().toBuffer()
  await admin.query('update document_thumbnail set webp = $1', [other])
  expect(Buffer.from(await (await ask(pdf, '?version=1')).arrayBuffer())).toEqual(other)
  expect(await looks()).toBe(2)
})

test('what has none says why, and what may not be given is not given from what was kept either', async () => {
  const url = (id: string, more = '') => `${api.url}/api/v1/documents/${id}/thumbnail${more}`
  expect(codeOf(await get(url(await upload('notes.txt', 'no pages to be seen', 'text/plain')), headers))).toBe('page.no_picture')
  expect(codeOf(await get(url(await upload('broken.pdf', '%PDF-1.7 nothing', 'application/pdf')), headers))).toBe('page.not_drawn')
  expect(codeOf(await get(url(pdf, '?version=2'), headers))).toBe('version.not_found')
  expect(codeOf(await get(url('nothing'), headers))).toBe('document.not_found')
  const before = await looks()
  await admin.query("update document_version set scan = 'infected' where document_id = $1", [pdf])
  expect(codeOf(await get(url(pdf), headers))).toBe('document.infected')
  expect(await looks()).toBe(before)
  await admin.query('delete from document where id = $1', [pdf])
  expect(await kept()).toEqual([])
})
