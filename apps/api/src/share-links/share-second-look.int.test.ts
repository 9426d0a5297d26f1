import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { DocumentId, FolderId } from '@intellidocs/contracts'
import type { BlobStore } from '@intellidocs/storage'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { browser, openLinks, type Links } from './share-links.testkit.ts'

let house: Links
let a: TestOrg
let folderId: FolderId
let elsewhere: FolderId
let url: string
/** Called when bytes are opened, once: what happens while a picture is made. */
let onOpen: (() => Promise<unknown>) | null = null
/** The bytes that were opened last. */
let last: Readable | null = null
const watched = (blobs: BlobStore): BlobStore => ({ ...blobs, open: async (...given) => {
  const [happens] = [onOpen, onOpen = null]
  await happens?.()
  last = await blobs.open(...given)
  return last
} })
beforeAll(async () => { house = await openLinks({ wrapBlobs: watched }) })
afterAll(() => house.close())
beforeEach(async () => {
  a = await house.org()
  folderId = (await house.documents.folders.create(a.owner, { name: 'For the auditors', parentId: null })).id
  elsewhere = (await house.documents.folders.create(a.owner, { name: 'Elsewhere', parentId: null })).id
  url = (await house.link(a.owner, { folderId })).url
  onOpen = null
})

const taken: [string, (id: DocumentId) => Promise<unknown>][] = [
  ['is moved to the trash', (id) => house.documents.trash(a.owner, { id })],
  ['is sent back to the scanner', (id) => house.rows("update document_version set scan = 'waiting' where document_id = $1", [id])],
  ['is moved out of the folder', (id) => house.documents.move(a.owner, { id, folderId: elsewhere })],
  ['is hidden from the maker of the link', async (id) => {
    await house.rows('update document set owner_id = $1 where id = $2', [a.admin.userId, id])
    await house.documents.update(a.admin, { id, visibility: 'restricted' })
  }],
]

describe('of a document in a folder\'s link that, while it is given,', () => {
  test.each(taken)('%s, no more bytes go out', async (_what, take) => {
    // More than sockets hold, so that the sender waits for a reader who takes nothing.
    const id = await house.upload(a.owner, { folderId, text: Buffer.alloc(24 * 1024 ** 2, 7) })
    const visitor = browser(url)
    await visitor.open()
    const asking = request(`${url}/d/${id}/content`, { headers: { cookie: visitor.jar.cookie ?? '' } }).end()
    const [answer] = await once(asking, 'response') as [IncomingMessage]
    answer.pause()
    await take(id)
    const cut = once(answer, 'error')
    await expect.poll(() => last?.destroyed, { timeout: 10_000 }).toBe(true)
    answer.resume()
    expect(await cut).toMatchObject([{ code: 'ECONNRESET' }])
  })

  test.each(taken)('%s, no picture goes out', async (_what, take) => {
    const id = await house.upload(a.owner, { name: 'Report.pdf', folderId, text: await readFile(join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'annual-report-2025.pdf')) })
    await house.rows("update document_version set mime = 'application/pdf', pages = 5, state = 'ready' where document_id = $1", [id])
    const visitor = browser(url)
    await visitor.open()
    onOpen = () => take(id)
    const [picture, nothing] = [await visitor.get(`/d/${id}/pages/1`), await browser(`${house.api.url}/s/${'x'.repeat(43)}`).get()]
    expect([picture.status, picture.text === nothing.text]).toEqual([404, true])
    expect(await house.rows('select 1 from share_look where org_id = $1', [a.org.id])).toEqual([])
  })
})
