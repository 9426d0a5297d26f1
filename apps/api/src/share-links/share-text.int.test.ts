import type { DocumentId } from '@intellidocs/contracts'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { browser, openLinks, readAs, type Links } from './share-links.testkit.ts'

let house: Links
let a: TestOrg
beforeAll(async () => { house = await openLinks() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.org() })

const DOCX = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
async function minutes(pages: readonly string[]): Promise<DocumentId> {
  const id = await house.upload(a.owner, { name: 'Minutes.docx' })
  await readAs(house, id, { mime: DOCX, pages, language: 'pt' })
  return id
}
async function opened(documentId: DocumentId, more: object = {}) {
  const { share, url } = await house.link(a.owner, { documentId, version: null, ...more })
  const visitor = browser(url)
  expect((await visitor.open()).status).toBe(303)
  return { share, visitor }
}

test('a link for looking only shows the words of a file of which there are no pictures, with who looks and since when, as nothing but text', async () => {
  const documentId = await minutes(['Present: <script>alert(1)</script> & others', 'The second page'])
  const { share, visitor } = await opened(documentId, { download: false })
  const first = await visitor.get()
  expect(first.text).toContain('<div class="text" lang="pt">Present: &lt;script&gt;alert(1)&lt;/script&gt; &amp; others</div>')
  const since = house.clock.now().toISOString().slice(0, 16).replace('T', ' ')
  expect(first.text.split(`<p class="mark">Shown to 127.0.0.0/24 ${since} UTC</p>`)).toHaveLength(3)
  expect([/<script|<img|\/content/.test(first.text), first.text.includes('?page=2">Next page</a>')]).toEqual([false, true])
  const second = await visitor.get('?page=2')
  expect([second.text.includes('>The second page</div>'), second.text.includes('?page=1">Previous page</a>'), second.text.includes('Next page')]).toEqual([true, true, false])
  expect((await visitor.get('?page=999999&part=999999')).text).toContain('>The second page</div>')
  const { items: [visit] } = await house.sharing.shares.activity(a.owner, { id: share.id, limit: 10 })
  expect(visit?.pages.map(({ page, times }) => [page, times])).toEqual([[1, 1], [2, 2]])
})

test('a page that is long is shown in parts, none of it twice and none left out', async () => {
  const long = Array.from({ length: 9_000 }, (_, n) => `${n}`.padStart(5, '0')).join('')
  const { visitor } = await opened(await minutes([long, 'after']))
  const seen: string[] = []
  let at: string | undefined = ''
  for (let n = 0; at !== undefined && n < 10; n += 1) {
    const { text } = await visitor.get(at)
    seen.push(/<div class="text"[^>]*>([^<]*)</.exec(text)?.[1] ?? '')
    at = /href="[^"?]*(\?[^"]*)">Next page/.exec(text)?.[1]?.replaceAll('&amp;', '&')
  }
  expect([seen.map(({ length }) => length), seen.slice(0, 3).join('') === long, seen[3]]).toEqual([[20_000, 20_000, 5_000, 5], true, 'after'])
})

test('a link that gives the file shows its words without a mark; a folder\'s link does the same below it', async () => {
  const documentId = await minutes(['All of it'])
  const { text } = await (await opened(documentId)).visitor.get()
  expect([text.includes('>All of it</div>'), text.includes('class="mark"'), text.includes('/content')]).toEqual([true, false, true])
  const folder = await house.documents.folders.create(a.owner, { name: 'For the auditors', parentId: null })
  await house.documents.move(a.owner, { id: documentId, folderId: folder.id })
  const visitor = browser((await house.link(a.owner, { folderId: folder.id, download: false })).url)
  await visitor.open()
  const shown = await visitor.get(`/d/${documentId}`)
  expect([shown.text.includes('>All of it</div>'), shown.text.includes('class="mark"')]).toEqual([true, true])
})

test('no words are shown before the link was opened, of what was opened with a password, nor of what waits for the scanner', async () => {
  const documentId = await minutes(['The quiet part'])
  const { url } = await house.link(a.owner, { documentId, version: null })
  expect((await browser(url).get()).text).not.toContain('quiet')
  const { visitor } = await opened(documentId)
  await house.rows("update document_version set password_cipher = '\\x00' where document_id = $1", [documentId])
  const sealed = await visitor.get()
  expect([sealed.text.includes('quiet'), sealed.text.includes('There are no pictures of the pages of this file.')]).toEqual([false, true])
  await house.rows("update document_version set password_cipher = null, scan = 'waiting' where document_id = $1", [documentId])
  expect((await visitor.get()).status).toBe(404)
})
