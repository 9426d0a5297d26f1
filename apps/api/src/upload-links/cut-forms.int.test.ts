import type { FolderId } from '@intellidocs/contracts'
import { StorageError, type BlobStore } from '@intellidocs/storage'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { mailsTo } from '../people.testkit.ts'
import { openLinks, type Links } from '../share-links/share-links.testkit.ts'
import { linkDefaults, send, sendRaw, sha256, type File } from './upload-links.testkit.ts'

let house: Links
let a: TestOrg
let folderId: FolderId
/** Called before bytes are stored, with which file of the test it is. */
let beforePut: (n: number) => unknown = () => undefined
let puts = 0
const watched = (blobs: BlobStore): BlobStore => ({ ...blobs, put: async (...given) => {
  puts += 1
  await beforePut(puts)
  return blobs.put(...given)
} })
beforeAll(async () => { house = await openLinks({ wrapBlobs: watched }) })
afterAll(() => house.close())
beforeEach(async () => {
  a = await house.org()
  folderId = (await house.documents.folders.create(a.editor, { name: 'Inbox', parentId: null })).id
  ;[puts, beforePut] = [0, () => undefined]
})

const requests = () => house.api.api.modules.intake.requests
async function link(more: { maxFiles?: number } = {}) {
  const { request, url } = await requests().create(a.editor, { ...linkDefaults, folderId, ...more })
  return { request, url: house.api.url + new URL(url).pathname }
}
const names = async () => (await house.rows<{ name: string }>('select name from document where org_id = $1 order by created_at, name', [a.org.id])).map(({ name }) => name)
const three: File[] = [['a.txt', 'one'], ['b.txt', 'two'], ['c.txt', 'three']]

/** Reached by whoever had `a.txt` received, whatever became of the rest. */
function expectReceipt(got: Awaited<ReturnType<typeof send>>, lines: readonly string[]): void {
  expect([got.status, got.text.includes('<h1>Received</h1>'), got.text.includes(sha256('one'))]).toEqual([200, true, true])
  expect(got.text.match(/(?<=<li>)[^<]+: .*(?=<\/li>)/g)).toEqual(lines)
}

test('a link that is revoked in the middle of a form leaves a receipt of what came before', async () => {
  const { request, url } = await link()
  beforePut = (n) => (n === 2 ? requests().revoke(a.editor, { id: request.id }) : undefined)
  expectReceipt(await send(url, three), ['b.txt: the link takes no more files', 'c.txt: the link takes no more files'])
  expect(await names()).toEqual(['a.txt'])
})

test('a store that is full in the middle of a form leaves a receipt of what came before, and is told of in the log', async () => {
  const { url } = await link()
  beforePut = (n) => { if (n === 2) throw new StorageError('full', 'no space is left') }
  expectReceipt(await send(url, three, { email: 'cut@example.org' }), [2, 3].map((n) => `${'abc'[n - 1]}.txt: our storage is full at the moment; try again later`))
  expect([await names(), puts]).toEqual([['a.txt'], 2])
  expect(await mailsTo(house.api, 'cut@example.org', a.org.id)).toMatchObject([{ data: { count: '1', items: [{ sha256: sha256('one') }] } }])
  expect(house.api.logLines.filter((line) => line.includes('storage.full'))).toHaveLength(1)
})

test('of a form of which nothing came, the failure is the answer', async () => {
  const { url } = await link()
  beforePut = () => { throw new StorageError('full', 'no space is left') }
  const got = await send(url, three)
  expect([got.status, got.text.includes('Something went wrong'), await names()]).toEqual([507, true, []])
})

test('a form that ends early leaves a receipt of the files that came as a whole', async () => {
  const { url } = await link()
  const part = (name: string, text: string) => `--x\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n${text}`
  expectReceipt(await sendRaw(url, `${part('a.txt', 'one')}\r\n${part('b.txt', 'tw')}`), [
    'b.txt: the form ended before all of it had come', 'Whatever of the form is not named here: the form ended before all of it had come',
  ])
  expect(await names()).toEqual(['a.txt'])
})

test('a form of more files than are taken says so of those that were not even looked at', async () => {
  const { url } = await link({ maxFiles: 1 })
  expectReceipt(await send(url, [...three, ['d.txt', 'four']]), [
    'b.txt: the link takes no more files', 'Whatever of the form is not named here: the form brought more files than are taken at once',
  ])
  expect(await names()).toEqual(['a.txt'])
})

test('a receipt that could not be queued as mail is on the page, which says that none was mailed', async () => {
  const { url } = await link()
  await house.rows(`create function refuse_receipts() returns trigger language plpgsql as $$ begin raise exception 'no mail today'; end $$`)
  await house.rows('create trigger refuse_receipts before update of mailed_at on upload_submission for each row execute function refuse_receipts()')
  try {
    const got = await send(url, [['a.txt', 'one']], { email: 'unlucky@example.org' })
    expect([got.status, got.text.includes(sha256('one')), got.text.includes('No receipt was mailed.')]).toEqual([200, true, true])
    expect([await names(), await mailsTo(house.api, 'unlucky@example.org', a.org.id)]).toEqual([['a.txt'], []])
    expect(house.api.logLines.some((line) => line.includes('no mail today'))).toBe(true)
  } finally {
    await house.rows('drop function refuse_receipts() cascade')
  }
})
