import type { DocumentId, FolderId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { browser, openLinks, type Links } from './share-links.testkit.ts'

let house: Links
let a: TestOrg
let top: FolderId
let middle: FolderId
let deep: FolderId
let beside: FolderId
let below: DocumentId
let outside: DocumentId
beforeAll(async () => { house = await openLinks() })
afterAll(() => house.close())
const folder = async (name: string, parentId: FolderId | null = null) => (await house.documents.folders.create(a.owner, { name, parentId })).id
beforeEach(async () => {
  a = await house.org()
  top = await folder('Audit')
  middle = await folder('Contracts <1>', top)
  deep = await folder('Signed', middle)
  beside = await folder('Beside')
  below = await house.upload(a.owner, { name: 'Deed.txt', text: 'the deed', folderId: deep })
  outside = await house.upload(a.owner, { name: 'Outside.txt', folderId: beside })
})

async function opened(folderId = top, by = a.owner) {
  const { url } = await house.link(by, { folderId })
  const visitor = browser(url)
  expect((await visitor.open()).status).toBe(303)
  return { visitor, path: new URL(url).pathname }
}

test('a folder\'s link shows the folders below it, each with its documents and the way back', async () => {
  const { visitor, path } = await opened()
  expect((await visitor.get()).text).toContain(`<a href="${path}/f/${middle}">Contracts &lt;1&gt;</a>`)
  const between = await visitor.get(`/f/${middle}`)
  expect([between.status, between.text.includes('<h1>Contracts &lt;1&gt;</h1>'), between.text.includes(`<a href="${path}">Audit</a>`)]).toEqual([200, true, true])
  const last = (await visitor.get(`/f/${deep}`)).text
  for (const part of [`<a href="${path}">Audit</a>`, `<a href="${path}/f/${middle}">Contracts &lt;1&gt;</a>`, `<a href="${path}/d/${below}">Deed.txt</a>`]) expect(last).toContain(part)
  expect((await visitor.get(`/d/${below}`)).text).toContain(`<a href="${path}/f/${deep}">`)
  expect((await visitor.get(`/d/${below}/content`)).text).toBe('the deed')
})

test('nothing beside or above the folder of a link is reached by it, and nothing any more that is moved out', async () => {
  const { visitor } = await opened(middle)
  for (const path of [`/f/${top}`, `/f/${beside}`, `/f/${newId()}`, '/f/x', `/d/${outside}`, `/d/${outside}/content`]) expect((await visitor.get(path)).status, path).toBe(404)
  expect((await visitor.get(`/f/${deep}`)).text).not.toContain('Audit')
  await house.documents.folders.move(a.owner, { id: deep, parentId: beside })
  for (const path of [`/f/${deep}`, `/d/${below}`, `/d/${below}/content`]) expect((await visitor.get(path)).status, path).toBe(404)
})

test('a folder below that is kept from the maker of the link is not in it, nor is what lies there', async () => {
  const { visitor, path } = await opened(top, a.admin)
  expect((await visitor.get(`/d/${below}/content`)).status).toBe(200)
  await house.documents.folders.setVisibility(a.owner, { id: deep, visibility: 'restricted' })
  expect((await visitor.get(`/f/${middle}`)).text).not.toContain(`${path}/f/${deep}`)
  for (const one of [`/f/${deep}`, `/d/${below}`, `/d/${below}/content`]) expect((await visitor.get(one)).status, one).toBe(404)
})

test('a folder of many folders and documents is shown page by page, each of them once', async () => {
  await Promise.all(Array.from({ length: 130 }, (_, n) => house.rows(
    'insert into folder (id, org_id, parent_id, name, visibility, created_by, created_at) values ($1, $2, $3, $4, \'org\', $5, now())', [newId(), a.org.id, beside, `Part ${String(n).padStart(3, '0')}`, a.owner.userId])))
  const { visitor } = await opened(beside)
  const [first, second] = [await visitor.get(), await visitor.get(/href="[^"?]*(\?folders=[^"]*)">More folders/.exec((await visitor.get()).text)?.[1] ?? '')]
  const names = [first, second].flatMap(({ text }) => text.match(/Part \d{3}/g) ?? [])
  expect([names.length, new Set(names).size, first.text.includes('Outside.txt'), second.text.includes('Outside.txt')]).toEqual([130, 130, true, false])
})
