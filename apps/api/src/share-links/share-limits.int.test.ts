import { request, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mailsTo } from '../people.testkit.ts'
import { defaultRateLimits } from '../rate-limits.ts'
import { browser, openLinks, type Links } from './share-links.testkit.ts'

const few = { points: 3, seconds: 3_600 }
const many = { points: 1_000, seconds: 3_600 }
let house: Links
beforeAll(async () => {
  const limited = { pair: few, account: many, address: many }
  house = await openLinks({ rateLimits: { ...defaultRateLimits, attempts: { ...defaultRateLimits.attempts, shareOpen: limited, shareCode: limited, shareCodeMail: { pair: many, account: { points: 4, seconds: 3_600 }, address: many } } } })
})
afterAll(() => house.close())

test('guesses at a link are slowed down, whether there is one or not, and neither others nor those who opened it are', async () => {
  const a = await house.org()
  const to = { documentId: await house.upload(a.owner), version: null, password: 'correct horse' }
  const [guessed, other] = [await house.link(a.owner, to), await house.link(a.owner, to)]
  const nowhere = `${house.api.url}/s/${'y'.repeat(43)}`
  for (const [url, refused] of [[guessed.url, 403], [nowhere, 404]] as const) {
    for (let n = 0; n < few.points; n += 1) expect((await browser(url).open({ password: `guess ${n}` })).status).toBe(refused)
    const slowed = await browser(url).open({ password: 'correct horse' })
    expect([slowed.status, Number(slowed.headers.get('retry-after')) > 0, slowed.text.includes('Too many tries')]).toEqual([429, true, true])
  }
  for (let n = 0; n < few.points + 2; n += 1) expect((await browser(other.url).open({ password: 'correct horse' })).status).toBe(303)
})

test('codes are asked for a few times an hour for one address, whether it may open the link or not', async () => {
  const a = await house.org()
  const { url } = await house.link(a.owner, { documentId: await house.upload(a.owner), version: null, emails: ['ada@example.org'] })
  for (const email of ['ada@example.org', 'bob@example.org']) {
    const answers = []
    for (let n = 0; n <= few.points; n += 1) answers.push((await browser(url).post('/code', { email })).status)
    expect(answers).toEqual([200, 200, 200, 429])
  }
})

test('a mailbox gets a few codes an hour by however many links, and one that no link is for is counted alike', async () => {
  const a = await house.org()
  const documentId = await house.upload(a.owner)
  for (const [mine, emails] of [['cleo@example.org', ['cleo@example.org']], ['dora@example.org', ['somebody.else@example.org']]] as const) {
    const links = await Promise.all(Array.from({ length: 6 }, () => house.link(a.owner, { documentId, version: null, emails: [...emails] })))
    const answers = []
    for (const { url } of links) answers.push(await browser(url).post('/code', { email: mine }))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429])
    expect(await mailsTo(house.api, mine, a.org.id)).toHaveLength(mine === 'cleo@example.org' ? 4 : 0)
  }
})

test('bytes that are being sent when a link is revoked are cut', async () => {
  const a = await house.org()
  // More than sockets hold, so that the sender waits for a reader who takes nothing.
  const documentId = await house.upload(a.owner, { text: Buffer.alloc(64 * 1024 ** 2, 7) })
  const { share, url } = await house.link(a.owner, { documentId, version: null })
  const visitor = browser(url)
  await visitor.open()
  const asking = request(`${url}/d/${documentId}/content`, { headers: { cookie: visitor.jar.cookie ?? '' } }).end()
  const [answer] = await once(asking, 'response') as [IncomingMessage]
  expect([answer.statusCode, answer.headers['content-length']]).toEqual([200, String(64 * 1024 ** 2)])
  answer.pause()
  await house.sharing.shares.revoke(a.owner, { id: share.id })
  const cut = once(answer, 'error')
  await expect.poll(() => house.api.logLines.some((line) => line.includes('"status":"cut"') || (line.includes('/content') && line.includes('request'))), { timeout: 20_000 }).toBe(true)
  answer.resume()
  expect(await cut).toMatchObject([{ code: 'ECONNRESET' }])
})
