import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DocumentId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { mailsTo } from '../people.testkit.ts'
import { browser, openLinks, type Links } from './share-links.testkit.ts'

let house: Links
let a: TestOrg
beforeAll(async () => { house = await openLinks() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.org() })

const to = (documentId: DocumentId, more: object = {}) => ({ documentId, version: null, ...more })
const code = (value: string) => expect.objectContaining({ code: value }) as unknown
const report = () => readFile(join(import.meta.dirname, '..', '..', '..', '..', 'examples', 'annual-report-2025.pdf'))

/** As the worker leaves it once it was read. */
async function uploadReport(org = a): Promise<DocumentId> {
  const id = await house.upload(org.owner, { name: 'Report.pdf', text: await report() })
  await house.rows("update document_version set mime = 'application/pdf', pages = 5, state = 'ready' where document_id = $1", [id])
  return id
}

describe('a link for certain addresses', () => {
  let url: string
  let shareId: string
  let ada: string
  beforeEach(async () => {
    ada = `${newId()}@example.org`
    const made = await house.link(a.owner, to(await house.upload(a.owner), { emails: [ada, ada.toUpperCase()] }))
    ;[url, shareId] = [made.url, made.share.id]
    expect(made.share.emails).toEqual([ada])
  })
  const mailed = async (address = ada) => (await mailsTo(house.api, address, a.org.id)).flatMap((mail) => (mail.template === 'share-code' ? [mail.data.code] : []))
  const views = async () => (await house.rows<{ views: number }>('select views from share where id = $1', [shareId]))[0]?.views

  test('is opened by a code that was mailed, in the reader\'s language, and that is worth nothing afterwards', async () => {
    const visitor = browser(url)
    // Enter presses the first button of a form, which is the only one.
    expect((await visitor.get()).text.match(/<form .*|<button.*?>/g)).toEqual([`<form method="post" action="${new URL(url).pathname}/code">`, '<button>'])
    expect((await visitor.open({ email: ada, code: '00000000' })).status).toBe(403)
    const sent = await visitor.ask('/code', { method: 'POST', headers: { 'accept-language': 'pt' }, body: new URLSearchParams({ email: ` ${ada.toUpperCase()} ` }) })
    expect([sent.status, sent.text.includes('role="status"')]).toEqual([200, true])
    const [mail] = await mailsTo(house.api, ada, a.org.id)
    expect(mail).toMatchObject({ locale: 'pt', template: 'share-code' })
    const [given = ''] = await mailed()
    expect(JSON.stringify(await house.rows('select * from share_code'))).not.toContain(given)
    expect((await visitor.open({ email: ada, code: `${given.slice(0, 4)} ${given.slice(4)}` })).status).toBe(303)
    expect((await visitor.get()).text).toContain('<h1>Lease.txt</h1>')
    expect((await browser(url).open({ email: ada, code: given })).status).toBe(403)
    expect((await house.sharing.shares.activity(a.owner, { id: shareId as never, limit: 10 })).items).toMatchObject([{ email: ada }])
    expect(house.api.logLines.join('\n')).not.toContain(given)
  })

  test('answers alike for an address that may open it and one that may not, which gets no mail', async () => {
    const other = `${newId()}@example.org`
    const [one, two] = [await browser(url).post('/code', { email: ada }), await browser(url).post('/code', { email: other })]
    expect([one.status, one.text.replaceAll(ada, 'typed')]).toEqual([two.status, two.text.replaceAll(other, 'typed')])
    expect([(await mailed()).length, (await mailed(other)).length]).toEqual([1, 0])
    const [given = ''] = await mailed()
    expect((await browser(url).open({ email: other, code: given })).status).toBe(403)
  })

  test('gives one opening for one code to fifty who have it at once', async () => {
    await browser(url).post('/code', { email: ada })
    const [given = ''] = await mailed()
    const answers = await Promise.all(Array.from({ length: 50 }, () => browser(url).open({ email: ada, code: given })))
    // Each counts as a try, so that those behind the fifth are not even compared.
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(await views()).toBe(1)
  })

  test('lets five guesses be made at a code, also at once, and then the right one opens nothing', async () => {
    await browser(url).post('/code', { email: ada })
    const [given = ''] = await mailed()
    const wrong = given === '11111111' ? '22222222' : '11111111'
    await Promise.all(Array.from({ length: 10 }, () => browser(url).open({ email: ada, code: wrong })))
    expect((await browser(url).open({ email: ada, code: given })).status).toBe(403)
    await browser(url).post('/code', { email: ada })
    const next = (await mailed()).at(-1) ?? ''
    expect((await browser(url).open({ email: ada, code: next })).status, 'a new one does').toBe(303)
  })

  test('knows a code for a quarter of an hour, and only for whom it is still for', async () => {
    await browser(url).post('/code', { email: ada })
    const [given = ''] = await mailed()
    house.clock.advance(16 * 60_000)
    expect((await browser(url).open({ email: ada, code: given })).status).toBe(403)
    await browser(url).post('/code', { email: ada })
    await house.sharing.shares.update(a.owner, { id: shareId as never, emails: [`${newId()}@example.org`] })
    expect((await browser(url).open({ email: ada, code: (await mailed()).at(-1) ?? '' })).status).toBe(403)
    expect(await views()).toBe(0)
  })
})

describe('a link to a folder', () => {
  test('shows the documents that its maker sees there now, each below it, and nothing from elsewhere', async () => {
    const folder = await house.documents.folders.create(a.owner, { name: 'For the auditors', parentId: null })
    const [inside, outside] = [await house.upload(a.owner, { name: 'Inside.txt', text: 'inside', folderId: folder.id }), await house.upload(a.owner, { name: 'Outside.txt' })]
    const hidden = await house.upload(a.admin, { name: 'Hidden.txt', folderId: folder.id })
    await house.documents.update(a.admin, { id: hidden, visibility: 'restricted' })
    const { url } = await house.link(a.owner, { folderId: folder.id })
    const visitor = browser(url)
    await visitor.open()
    const list = await visitor.get()
    expect(list.text).toContain('<h1>For the auditors</h1>')
    expect(['Inside.txt', 'Outside.txt', 'Hidden.txt'].map((name) => list.text.includes(name))).toEqual([true, false, false])
    expect((await visitor.get(`/d/${inside}`)).text).toContain('<h1>Inside.txt</h1>')
    expect((await visitor.get(`/d/${inside}/content`)).text).toBe('inside')
    for (const id of [outside, hidden, newId()]) for (const path of ['', '/content', '/pages/1']) expect((await visitor.get(`/d/${id}${path}`)).status).toBe(404)
    const late = await house.upload(a.owner, { name: 'Late.txt', folderId: folder.id })
    expect((await visitor.get()).text).toContain('Late.txt')
    await house.documents.trash(a.owner, { id: late })
    expect([(await visitor.get()).text.includes('Late.txt'), (await visitor.get(`/d/${late}/content`)).status]).toEqual([false, 404])
  })

  test('is made by those who manage the folder, and opens nothing once it is gone', async () => {
    const folder = await house.documents.folders.create(a.owner, { name: 'Empty', parentId: null })
    await expect(house.link(a.editor, { folderId: folder.id })).rejects.toEqual(code('auth.forbidden'))
    await expect(house.link(a.guest, { folderId: folder.id })).rejects.toEqual(code('folder.not_found'))
    const { url } = await house.link(a.owner, { folderId: folder.id })
    const visitor = browser(url)
    await visitor.open()
    await house.documents.folders.delete(a.owner, { id: folder.id })
    expect((await visitor.get()).status).toBe(404)
  })
})

describe('pictures of pages', () => {
  test('bear who looks where the link is for looking only, and are noted with the time until the next', async () => {
    const documentId = await uploadReport()
    const { share, url } = await house.link(a.owner, to(documentId, { download: false }))
    const visitor = browser(url)
    await visitor.open()
    const page = await visitor.get('?page=2')
    expect(page.text).toContain(`<img src="${new URL(url).pathname}/d/${documentId}/pages/2" alt="Picture of page 2 of Report.pdf">`)
    const picture = async (number: number) => {
      const answer = await fetch(`${url}/d/${documentId}/pages/${number}`, { headers: { cookie: visitor.jar.cookie ?? '' } })
      return { status: answer.status, type: answer.headers.get('content-type'), cache: answer.headers.get('cache-control'), bytes: Buffer.from(await answer.arrayBuffer()) }
    }
    const first = await picture(1)
    expect([first.status, first.type, first.cache, (await sharp(first.bytes).metadata()).format]).toEqual([200, 'image/webp', 'no-store', 'webp'])
    house.clock.advance(40_000)
    expect((await picture(2)).status).toBe(200)
    house.clock.advance(3_600_000)
    expect((await picture(1)).status).toBe(200)
    for (const none of [6, 999_999]) expect((await picture(none)).status).toBe(404)
    const { items: [visit] } = await house.sharing.shares.activity(a.owner, { id: share.id, limit: 10 })
    expect(visit?.pages).toEqual([
      { documentId, version: 1, page: 1, times: 2, seconds: 40 }, { documentId, version: 1, page: 2, times: 1, seconds: 600 },
    ])
    expect([visit?.address, visit?.email, visit?.downloads]).toEqual(['127.0.0.0/24', null, []])
    const plain = await house.link(a.owner, to(documentId))
    const reader = browser(plain.url)
    await reader.open()
    const unmarked = Buffer.from(await (await fetch(`${plain.url}/d/${documentId}/pages/1`, { headers: { cookie: reader.jar.cookie ?? '' } })).arrayBuffer())
    const reddish = async (bytes: Buffer) => { const { channels: [red, green] } = await sharp(bytes).stats(); return (red?.mean ?? 0) - (green?.mean ?? 0) }
    expect([await reddish(first.bytes) > 1, await reddish(unmarked) < 0.1]).toEqual([true, true])
  })

  test('are not made of what is no picture, and that is said', async () => {
    const documentId = await house.upload(a.owner)
    const visitor = browser((await house.link(a.owner, to(documentId, { download: false }))).url)
    await visitor.open()
    expect((await visitor.get()).text).toContain('There are no pictures of the pages of this file.')
    expect((await visitor.get(`/d/${documentId}/pages/1`)).status).toBe(404)
  })
})

describe('what an organization allows', () => {
  test('bounds links when they are made and changed, with what is allowed in the answer', async () => {
    const documentId = await house.upload(a.owner)
    await expect(house.sharing.shares.policy.set(a.owner, { maxDays: 7, passwordRequired: true })).resolves.toMatchObject({ links: 'allowed', maxDays: 7, passwordRequired: true })
    const allowed = { details: { links: 'allowed', maxDays: 7, passwordRequired: true } }
    await expect(house.link(a.owner, to(documentId))).rejects.toMatchObject({ code: 'share.policy', ...allowed })
    await expect(house.link(a.owner, to(documentId, { password: 'long enough', expiresAt: null }))).rejects.toMatchObject({ code: 'share.policy', ...allowed })
    const { share } = await house.link(a.owner, to(documentId, { password: 'long enough' }))
    expect(Date.parse(share.expiresAt ?? '') - Date.parse(share.createdAt), 'as long as it may').toBe(7 * 86_400_000)
    for (const change of [{ expiresAt: null }, { password: null }]) await expect(house.sharing.shares.update(a.owner, { id: share.id, ...change })).rejects.toEqual(code('share.policy'))
    await house.sharing.shares.policy.set(a.owner, { links: 'forbidden' })
    await expect(house.link(a.owner, to(documentId, { password: 'long enough' }))).rejects.toEqual(code('share.policy'))
    const made = await house.rows('select id from share where org_id = $1', [a.org.id])
    expect(made).toHaveLength(1)
  })

  test('has presets, which say what is not said otherwise', async () => {
    const documentId = await house.upload(a.owner)
    await house.sharing.shares.policy.set(a.owner, { presets: [{ name: 'Look once', days: 2, viewLimit: 1, downloadLimit: null, download: false, notify: true }] })
    const { share } = await house.link(a.owner, to(documentId, { preset: 'look ONCE', viewLimit: 5 }))
    expect(share).toMatchObject({ viewLimit: 5, download: false, notify: true })
    expect(Date.parse(share.expiresAt ?? '') - Date.parse(share.createdAt)).toBe(2 * 86_400_000)
    await expect(house.link(a.owner, to(documentId, { preset: 'none' }))).rejects.toEqual(code('share.preset'))
  })

  test('keeps whole addresses of visitors only where it wants that', async () => {
    await house.sharing.shares.policy.set(a.owner, { wholeAddresses: true })
    const { share, url } = await house.link(a.owner, to(await house.upload(a.owner)))
    await browser(url).open()
    expect((await house.sharing.shares.activity(a.owner, { id: share.id, limit: 10 })).items.map(({ address }) => address)).toEqual(['127.0.0.1'])
  })
})

test('links are made by those who manage the document; theirs are shown to them, and to those who manage all documents', async () => {
  const own = await house.upload(a.editor)
  const { share } = await house.link(a.editor, to(own))
  await expect(house.link(a.editor, to(await house.upload(a.owner)))).rejects.toEqual(code('auth.forbidden'))
  await expect(house.link(a.owner, to(newId() as DocumentId))).rejects.toEqual(code('document.not_found'))
  const ids = async (actor = a.editor) => (await house.sharing.shares.list(actor, { limit: 50, documentId: own })).items.map(({ id }) => id)
  expect([await ids(), await ids(a.admin), await ids(a.viewer)]).toEqual([[share.id], [share.id], []])
  for (const use of [house.sharing.shares.revoke, house.sharing.shares.update]) await expect(use(a.viewer, { id: share.id })).rejects.toEqual(code('share.not_found'))
  expect((await house.sharing.shares.revoke(a.admin, { id: share.id })).state).toBe('revoked')
  await expect(house.sharing.shares.update(a.editor, { id: share.id, note: 'again' })).rejects.toEqual(code('share.revoked'))
})

test('where files have an origin of their own, links are served there and nowhere else', async () => {
  const files = await openLinks({ filesUrl: 'https://files.example.test' })
  try {
    const org = await files.org()
    const { share, url } = await files.sharing.shares.create(org.owner, to(await files.upload(org.owner)))
    expect([share.state, url.startsWith('https://files.example.test/s/')]).toEqual(['open', true])
    const { pathname } = new URL(url)
    const { request } = await import('node:http')
    const ask = (host: string, method: string) => new Promise<{ status: number | undefined; cookie: string | undefined }>((resolve, reject) => {
      request(files.api.url + pathname, { method, headers: { host } }, (answer) => {
        answer.resume()
        resolve({ status: answer.statusCode, cookie: answer.headers['set-cookie']?.[0] })
      }).on('error', reject).end()
    })
    expect((await ask('docs.example.test', 'GET')).status).toBe(404)
    expect((await ask('files.example.test', 'GET')).status).toBe(200)
    expect((await ask('files.example.test', 'POST')).cookie).toMatch(/; HttpOnly; SameSite=Lax; Secure$/)
  } finally {
    await files.close()
  }
})
