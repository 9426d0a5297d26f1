import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DocumentId } from '@intellidocs/contracts'
import { AppError, newId } from '@intellidocs/kernel'
import { StorageError, type BlobStore } from '@intellidocs/storage'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { mailsTo } from '../people.testkit.ts'
import { browser, openLinks, type Links } from './share-links.testkit.ts'

let house: Links
let a: TestOrg
/** Thrown where bytes are opened. */
let fault: Error | null = null
const failing = (blobs: BlobStore): BlobStore => ({ ...blobs, open: (...given) => (fault === null ? blobs.open(...given) : Promise.reject(fault)) })
beforeAll(async () => { house = await openLinks({ wrapBlobs: failing }) })
afterAll(() => house.close())
beforeEach(async () => {
  a = await house.org()
  fault = null
})

async function openedReport(): Promise<{ visitor: ReturnType<typeof browser>; documentId: DocumentId }> {
  const documentId = await house.upload(a.owner, { name: 'Report.pdf', text: await readFile(join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'annual-report-2025.pdf')) })
  await house.rows("update document_version set mime = 'application/pdf', pages = 5, state = 'ready' where document_id = $1", [documentId])
  const visitor = browser((await house.link(a.owner, { documentId, version: null })).url)
  expect((await visitor.open()).status).toBe(303)
  return { visitor, documentId }
}

test.each<[string, () => Error, number]>([
  ['a disk that is full', () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }), 507],
  ['a store that is full', () => new StorageError('full', 'no space is left'), 507],
  ['a part that is away', () => new AppError('service.unavailable'), 503],
  ['a plan that allows no more', () => new AppError('quota.exceeded'), 503],
  ['bytes that are not there', () => new StorageError('missing', 'there is no such blob'), 500],
])('%s is told as our fault that passes, not as a link that is gone', async (_what, make, status) => {
  const { visitor, documentId } = await openedReport()
  fault = make()
  for (const path of ['pages/1', 'content']) {
    const seen = await visitor.get(`/d/${documentId}/${path}`)
    expect([seen.status, seen.text.includes('<h1>Something went wrong</h1>'), seen.text.includes('Report')], path).toEqual([status, true, false])
  }
  fault = null
  expect((await visitor.get(`/d/${documentId}/content`)).status).toBe(200)
})

test('a code that cannot be mailed is told of in the log, and the answer tells nobody that the address may open the link', async () => {
  const [ada, other] = [`${newId()}@example.org`, `${newId()}@example.org`]
  const { url } = await house.link(a.owner, { documentId: await house.upload(a.owner), version: null, emails: [ada] })
  await house.rows(`create function refuse_mail() returns trigger language plpgsql as $$ begin raise exception 'no mail today'; end $$`)
  await house.rows('create trigger refuse_mail before insert on mail_message for each row execute function refuse_mail()')
  try {
    const [one, two] = [await browser(url).post('/code', { email: ada }), await browser(url).post('/code', { email: other })]
    expect([one.status, one.text.replaceAll(ada, 'typed')]).toEqual([200, two.text.replaceAll(other, 'typed')])
    expect([two.status, await mailsTo(house.api, ada, a.org.id)]).toEqual([200, []])
    expect(house.api.logLines.filter((line) => line.includes('the code of a link was not mailed'))).toHaveLength(1)
  } finally {
    await house.rows('drop function refuse_mail() cascade')
  }
})
