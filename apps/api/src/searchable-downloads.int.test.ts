import { execFileSync } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, get, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
let admin: pg.Client
let headers: Record<string, string>
let scan = ''

/** One word of the page's text, packed: from a tenth to half of the page across, and a tenth of it high. */
const packed = '0006d00fd00fa01fd00f'

async function upload(name: string, bytes: string | Uint8Array<ArrayBuffer>, { mime, state = 'ready' }: { mime: string; state?: string }): Promise<string> {
  const response = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', headers: { ...headers, 'content-type': 'application/octet-stream', 'x-file-name': name }, body: bytes })
  const { document: { id } } = (await response.json()) as { document: { id: string } }
  await admin.query("update document_version set mime = $2, pages = 1, state = $3, reason = $4, language = 'el' where document_id = $1", [id, mime, state, state === 'needs_password' ? 'password_required' : null])
  return id
}
/** As if `word` had been recognized on the first page. */
const recognized = (id: string, word: string) => admin.query(`begin; set local session_replication_role = replica;
  insert into page (org_id, version_id, number, text, source, attempt) select org_id, current_version_id, 1, '${word}', 'ocr', 1 from document where id = '${id}';
  insert into page_layout (org_id, version_id, number, boxes, attempt) select org_id, current_version_id, 1, decode('${packed}', 'hex'), 1 from document where id = '${id}'; commit`)
const picture = () => sharp({ create: { width: 400, height: 600, channels: 3, background: '#c0d0e0' } }).png().toBuffer()
const contentOf = (id: string, query = '?form=searchable-pdf', init: RequestInit = {}) => fetch(`${api.url}/api/v1/documents/${id}/content${query}`, { headers, ...init })
const downloads = async (id: string) => (await admin.query<{ data: unknown }>("select data from audit where action = 'documents.download' and subject_id = $1 order by id", [id])).rows.map(({ data }) => data)
const poppler = (tool: string, args: string[], input: Buffer): Buffer => execFileSync(tool, args, { input, stdio: ['pipe', 'pipe', 'ignore'] })

beforeAll(async () => {
  api = await startTestApi()
  admin = new pg.Client({ connectionString: api.database.adminUrl })
  await admin.connect()
  headers = await signIn(api.url)
  scan = await upload('scan of 1923.png', await picture(), { mime: 'image/png' })
  await recognized(scan, 'Ελλάδα')
})
afterAll(async () => {
  await admin.end()
  await api.close()
})

test('a scan comes as a PDF that looks like it and in which its words are found; that is written down, and nothing is left of it', async () => {
  const response = await contentOf(scan)
  const pdf = Buffer.from(await response.arrayBuffer())
  expect(response.status).toBe(200)
  expect(Object.fromEntries(['content-type', 'content-length', 'content-disposition', 'accept-ranges', 'cache-control', 'content-security-policy'].map((name) => [name, response.headers.get(name)]))).toEqual({
    'content-type': 'application/pdf', 'content-length': String(pdf.length), 'content-disposition': 'attachment; filename="scan of 1923.pdf"', 'accept-ranges': 'none',
    'cache-control': 'private, no-cache', 'content-security-policy': "sandbox; default-src 'none'",
  })
  expect(poppler('pdftotext', ['-', '-'], pdf).toString().trim()).toBe('Ελλάδα')
  const shown = await sharp(poppler('pdftoppm', ['-png', '-scale-to-x', '400', '-scale-to-y', '600', '-'], pdf)).removeAlpha().raw().toBuffer()
  expect(shown.equals(await sharp(await picture()).raw().toBuffer())).toBe(true)
  expect(await downloads(scan)).toEqual([expect.objectContaining({ version: 1, form: 'searchable-pdf' })])
  expect(await readdir(join(api.dataDir, 'pictures'))).toEqual([])
})

test('a PDF with text of its own comes as it is', async () => {
  const pdf = await upload('own.pdf', '%PDF-1.7 with words', { mime: 'application/pdf' })
  expect(await (await contentOf(pdf)).text()).toBe('%PDF-1.7 with words')
})

test('a head is answered without bytes', async () => {
  const response = await contentOf(scan, '?form=searchable-pdf&version=1', { method: 'HEAD' })
  expect([response.status, response.headers.get('content-type'), (await response.arrayBuffer()).byteLength]).toEqual([200, 'application/pdf', 0])
})

test('what has no such form says why', async () => {
  const url = (id: string, query = '?form=searchable-pdf') => `${api.url}/api/v1/documents/${id}/content${query}`
  expect(codeOf(await get(url(scan, '?form=docx'), headers))).toBe('input.invalid')
  expect(codeOf(await get(url(scan, '?form=searchable-pdf&version=2'), headers))).toBe('version.not_found')
  expect(codeOf(await get(url(await upload('notes.txt', 'words', { mime: 'text/plain' })), headers))).toBe('document.not_searchable')
  expect(codeOf(await get(url(await upload('new.png', await picture(), { mime: 'image/png', state: 'processing' })), headers))).toBe('document.not_read')
  expect(codeOf(await get(url(await upload('locked.pdf', '%PDF-1.7 locked', { mime: 'application/pdf', state: 'needs_password' })), headers))).toBe('document.locked')
  const broken = await upload('broken.pdf', '%PDF-1.7 broken', { mime: 'application/pdf' })
  await recognized(broken, 'broken')
  expect(codeOf(await get(url(broken), headers))).toBe('document.not_made')
  expect(await downloads(broken)).toEqual([])
  await admin.query("update document_version set scan = 'infected' where document_id = $1", [broken])
  expect(codeOf(await get(url(broken), headers))).toBe('document.infected')
  expect(await readdir(join(api.dataDir, 'pictures'))).toEqual([])
})
