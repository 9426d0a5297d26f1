import type { DocumentId } from '@intellidocs/contracts'
import { hashToken } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { browser, openLinks, type Links, type Seen } from './share-links.testkit.ts'

let house: Links
let a: TestOrg
let documentId: DocumentId
beforeAll(async () => { house = await openLinks() })
afterAll(() => house.close())
beforeEach(async () => {
  a = await house.org()
  documentId = await house.upload(a.owner, { text: 'the words of the lease' })
})

const to = (more: object = {}) => ({ documentId, version: null, ...more })
const counted = async (id: string) => (await house.rows<{ views: number; downloads: number }>('select views, downloads from share where id = $1', [id]))[0]
const happened = async () => (await house.rows<{ type: string }>('select type from event where org_id = $1 order by id', [a.org.id])).map(({ type }) => type)

async function opened(url: string) {
  const visitor = browser(url)
  expect((await visitor.open()).status).toBe(303)
  return visitor
}

/** The answer on every path of a link, with and without the cookie of somebody who opened it. */
async function everywhere(url: string, cookie: string | null = null): Promise<Seen[]> {
  const visitor = browser(url, cookie)
  const below = `/d/${documentId}`
  return Promise.all([
    visitor.get(), visitor.open({ password: 'a password' }), visitor.post('/code', { email: 'ada@example.org' }), visitor.get(below), visitor.get(`${below}/pages/1`),
    visitor.get(`${below}/content`), visitor.get('/anything'),
  ])
}
let nothing: string
async function expectNothing(url: string, cookie: string | null = null): Promise<void> {
  nothing ??= (await browser(`${house.api.url}/s/${'x'.repeat(43)}`).get()).text
  for (const seen of await everywhere(url, cookie)) expect([seen.status, seen.text, seen.cookie]).toEqual([404, nothing, null])
}

test('a link shows and gives what it leads to, once it was opened; its token is known to whoever made it and stored by nobody', async () => {
  const { share, url, token } = await house.link(a.owner, to({ note: 'Please <b>read</b>' }))
  expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  const visitor = browser(url)
  const asked = await visitor.get()
  expect([asked.status, asked.text.includes('Lease.txt'), asked.cookie]).toEqual([200, false, null])
  const open = await visitor.open()
  expect([open.status, open.headers.get('location')]).toEqual([303, `/s/${token}`])
  expect(open.cookie).toMatch(new RegExp(`^intellidocs-link=[0-9a-f-]{36}\\.[\\w-]{43}; Path=/s/${token}; Max-Age=43200; HttpOnly; SameSite=Lax$`))
  const shown = await visitor.get()
  expect(shown.text).toContain('<h1>Lease.txt</h1>')
  expect(shown.text).toContain('Please &lt;b&gt;read&lt;/b&gt;')
  expect((await visitor.get(`/d/${documentId}/content?form=searchable-pdf`)).status, 'a link gives the original alone').toBe(404)
  const file = await visitor.get(`/d/${documentId}/content`)
  expect([file.status, file.text, file.headers.get('content-disposition')]).toEqual([200, 'the words of the lease', 'attachment; filename=Lease.txt'])
  expect([file.headers.get('content-security-policy'), file.headers.get('x-content-type-options'), file.headers.get('cache-control')])
    .toEqual(["sandbox; default-src 'none'", 'nosniff', 'no-store'])
  expect(await counted(share.id)).toEqual({ views: 1, downloads: 1 })
  expect((await happened()).slice(-3)).toEqual(['sharing.created.v1', 'sharing.opened.v1', 'sharing.downloaded.v1'])
  const stored = JSON.stringify([await house.rows('select * from share'), await house.rows('select * from event'), await house.rows('select * from audit'), await house.rows('select * from share_visit')])
  expect([stored.includes(token), stored.includes(hashToken(token)), house.api.logLines.join('\n').includes(token)]).toEqual([false, true, false])
})

test('looking at it, as scanners of mail do, and looking again spend no view; another browser spends one', async () => {
  const { share, url } = await house.link(a.owner, to({ viewLimit: 2 }))
  for (let n = 0; n < 3; n += 1) {
    await browser(url).get()
    await fetch(url, { method: 'HEAD' })
  }
  expect(await counted(share.id)).toEqual({ views: 0, downloads: 0 })
  const first = await opened(url)
  for (let n = 0; n < 3; n += 1) expect((await first.get()).status).toBe(200)
  const second = await opened(url)
  expect(await counted(share.id)).toEqual({ views: 2, downloads: 0 })
  await expectNothing(url)
  for (const visitor of [first, second]) expect((await visitor.get()).status, 'who opened it goes on').toBe(200)
})

/** Twenty were run by hand: docs/sharing.md. */
const ROUNDS = 3

test('fifty at once open a link with one view left once', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { share, url } = await house.link(a.owner, to({ viewLimit: 1 }))
    const answers = await Promise.all(Array.from({ length: 50 }, () => browser(url).open()))
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(49)
    expect(await counted(share.id)).toEqual({ views: 1, downloads: 0 })
  }
})

test('of fifty who open a link while it is revoked, those who got in are counted, and none of them is shown anything afterwards', async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const { share, url } = await house.link(a.owner, to())
    const visitors = Array.from({ length: 50 }, () => browser(url))
    const revoked = visitors[10 + round]?.get().then(() => house.sharing.shares.revoke(a.owner, { id: share.id }))
    const answers = await Promise.all(visitors.map((visitor) => visitor.open()))
    await revoked
    const opened = answers.filter(({ status }) => status === 303).length
    expect([answers.filter(({ status }) => status === 404).length, await counted(share.id)]).toEqual([50 - opened, { views: opened, downloads: 0 }])
    const seen = await Promise.all(visitors.flatMap((visitor) => [visitor.get(), visitor.get(`/d/${documentId}/content`)]))
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([404]))
  }
})

test('of fifty at once one gets the one download, whole; parts of a file are not given', async () => {
  const { share, url } = await house.link(a.owner, to({ downloadLimit: 1 }))
  const visitor = await opened(url)
  const answers = await Promise.all(Array.from({ length: 50 }, () => visitor.get(`/d/${documentId}/content`, { range: 'bytes=4-' })))
  expect(answers.filter(({ status }) => status !== 404).map(({ status, text }) => [status, text])).toEqual([[200, 'the words of the lease']])
  expect(await counted(share.id)).toEqual({ views: 1, downloads: 1 })
  expect((await visitor.get()).text, 'what is used up is not offered').not.toContain('/content')
})

describe('there is one answer, on every path and at once, to whatever a link does not open', () => {
  const changes: [string, (link: { share: { id: string }; url: string }) => Promise<unknown>][] = [
    ['was revoked', ({ share }) => house.sharing.shares.revoke(a.owner, { id: share.id as never })],
    ['is over', () => Promise.resolve(house.clock.advance(2 * 3_600_000))],
    ['leads to the trash', () => house.documents.trash(a.owner, { id: documentId })],
    ['leads to what is gone', async () => {
      await house.documents.trash(a.owner, { id: documentId })
      await house.documents.purge(a.owner, { id: documentId })
    }],
    ['leads to bytes in which the scanner found something', () => house.rows("update document_version set scan = 'infected' where document_id = $1", [documentId])],
    ['was made by somebody who is suspended', () => house.rows("update membership set status = 'suspended' where org_id = $1 and user_id = $2", [a.org.id, a.owner.userId])],
    ['was made by somebody who left', () => house.rows('delete from membership where org_id = $1 and user_id = $2', [a.org.id, a.owner.userId])],
    ['was made by somebody whose account is closed', () => house.rows("update user_account set status = 'suspended' where id = $1", [a.owner.userId])],
    ['belongs to an organization that is suspended', () => house.rows("update org set status = 'suspended' where id = $1", [a.org.id])],
    ['belongs to an organization that is being deleted', () => house.rows("update org set status = 'deleting', purge_at = now() + interval '1 day' where id = $1", [a.org.id])],
    ['is not allowed any more', () => house.sharing.shares.policy.set(a.admin, { links: 'forbidden' })],
    ['lacks the password that is wanted now', () => house.sharing.shares.policy.set(a.admin, { passwordRequired: true })],
  ]
  test.each(changes)('one that %s', async (_what, change) => {
    const expiresAt = new Date(house.clock.now().getTime() + 3_600_000).toISOString()
    const link = await house.link(a.owner, to({ expiresAt }))
    const { jar } = await opened(link.url)
    await change(link)
    await expectNothing(link.url)
    await expectNothing(link.url, jar.cookie)
  })

  test('one whose maker may still look at the document, and not share it', async () => {
    const { url } = await house.link(a.owner, to())
    const { jar } = await opened(url)
    await house.rows("update membership set role = 'viewer' where org_id = $1 and user_id = $2", [a.org.id, a.owner.userId])
    await expectNothing(url, jar.cookie)
  })

  test('one that never was, and a token that is none', async () => {
    for (const token of ['x'.repeat(43), 'x', "' or 1=1 --", '..%2f..%2fetc', '%00']) await expectNothing(`${house.api.url}/s/${encodeURIComponent(token)}`)
  })
})

test('what a link leads to is the version it names, or the newest', async () => {
  const [fixed, newest] = [await house.link(a.owner, to({ version: 1 })), await house.link(a.owner, to())]
  await house.upload(a.owner, { documentId, text: 'the second version' })
  const contents = await Promise.all([fixed, newest].map(async ({ url }) => (await (await opened(url)).get(`/d/${documentId}/content`)).text))
  expect(contents).toEqual(['the words of the lease', 'the second version'])
  await expect(house.link(a.owner, to({ version: 3 }))).rejects.toMatchObject({ code: 'version.not_found' })
})

test('a link to what waits for the scanner is made, and opens once that found nothing', async () => {
  await house.rows("update document_version set scan = 'waiting' where document_id = $1", [documentId])
  const { url } = await house.link(a.owner, to())
  await expectNothing(url)
  await house.rows("update document_version set scan = 'clean' where document_id = $1", [documentId])
  expect((await (await opened(url)).get()).status).toBe(200)
})

test('a link opens its own document and no other, and the cookie of another link opens nothing', async () => {
  const other = await house.upload(a.owner)
  const [one, two] = [await house.link(a.owner, to()), await house.link(a.owner, { documentId: other, version: null })]
  const visitor = await opened(one.url)
  for (const path of ['', '/content', '/pages/1']) expect((await visitor.get(`/d/${other}${path}`)).status).toBe(404)
  const stranger = browser(two.url, visitor.jar.cookie)
  expect((await stranger.get(`/d/${other}/content`)).status).toBe(404)
  expect((await stranger.get()).text).not.toContain('Lease.txt')
})

test('one that is for looking only gives no bytes', async () => {
  const { share, url } = await house.link(a.owner, to({ download: false }))
  const visitor = await opened(url)
  expect((await visitor.get()).text).not.toContain('/content')
  expect((await visitor.get(`/d/${documentId}/content`)).status).toBe(404)
  expect(await counted(share.id)).toEqual({ views: 1, downloads: 0 })
})

test('a password opens it, a wrong one does not and spends nothing, and a new one ends what was opened with the old one', async () => {
  const { share, url } = await house.link(a.owner, to({ password: 'correct horse' }))
  expect(JSON.stringify(await house.sharing.shares.list(a.owner, { limit: 50 }))).not.toContain('argon2')
  const visitor = browser(url)
  for (const given of [{}, { password: '' }, { password: 'wrong horse' }, { password: 'x'.repeat(5_000) }]) {
    const refused = await visitor.open(given)
    expect([refused.status, refused.cookie, refused.text.includes('role="alert"'), refused.text.includes('horse')]).toEqual([403, null, true, false])
  }
  expect((await visitor.open({ password: 'x'.repeat(10_000) })).status).toBe(404)
  expect(await counted(share.id)).toEqual({ views: 0, downloads: 0 })
  expect((await visitor.open({ password: 'correct horse' })).status).toBe(303)
  expect((await visitor.get(`/d/${documentId}/content`)).status).toBe(200)
  await house.sharing.shares.update(a.owner, { id: share.id, password: 'battery staple' })
  expect((await visitor.get(`/d/${documentId}/content`)).status).toBe(404)
  expect((await visitor.open({ password: 'correct horse' })).status).toBe(403)
  expect((await visitor.open({ password: 'battery staple' })).status).toBe(303)
})

test('what a page says is in the reader\'s language, runs nothing and takes nothing from elsewhere', async () => {
  const { url } = await house.link(a.owner, to())
  const [english, portuguese] = [await browser(url).get('', { 'accept-language': 'de, en;q=0.5' }), await browser(url).get('', { 'accept-language': 'pt-BR, en;q=0.8' })]
  expect([english.text, portuguese.text].map((text) => /<html lang="(..)">/.exec(text)?.[1])).toEqual(['en', 'pt'])
  expect(english.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/]+=*'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/)
  expect(english.headers.get('referrer-policy')).toBe('no-referrer')
  for (const { text } of [english, portuguese]) expect(text).not.toMatch(/<script|https?:|javascript:|\son\w+=/)
  const name = '"><img src=x onerror=alert(1)>.txt'
  const odd = await house.link(a.owner, { documentId: await house.upload(a.owner, { name }), version: null })
  const shown = await (await opened(odd.url)).get()
  expect([shown.text.includes('<img src=x'), shown.text.includes('&quot;&gt;&lt;img src=x')]).toEqual([false, true])
})
