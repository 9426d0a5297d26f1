import { newId } from '@intellidocs/kernel'
import { createTestOrg, type TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { unsubscribeToken } from '../../../packages/domain/src/modules/notifications/unsubscribe-token.ts'
import { SECRET_KEY, startTestApi, type TestApi } from './api.testkit.ts'
import { defaultRateLimits } from './rate-limits.ts'

let api: TestApi
let org: TestOrg
beforeAll(async () => {
  const few = { points: 3, seconds: 3_600 }
  const many = { points: 1_000, seconds: 3_600 }
  api = await startTestApi({ rateLimits: { ...defaultRateLimits, attempts: { ...defaultRateLimits.attempts, unsubscribe: { pair: few, account: few, address: many } } } })
  org = await createTestOrg(api.database.database)
})
afterAll(() => api.close())

const link = (locale: 'en' | 'pt' = 'en') => {
  const leaving = { orgId: org.org.id, userId: org.viewer.userId, scope: 'shared' as const, locale }
  return `${api.url}/api/v1/unsubscribe?token=${unsubscribeToken(SECRET_KEY, leaving, new Date())}`
}
const preferences = () => api.database.database.run({ kind: 'tenant', orgId: org.org.id, userId: org.viewer.userId }, (tx) =>
  tx.notificationPreference.findMany({ where: { orgId: org.org.id }, select: { userId: true, kind: true, mail: true } }))

test('looking at the link, as scanners of mail do, changes nothing; the button, from a page without Origin and with somebody\'s cookie, does', async () => {
  for (const method of ['GET', 'HEAD']) {
    const looked = await fetch(link('pt'), { method })
    expect([looked.status, looked.headers.get('cache-control'), looked.headers.get('referrer-policy')]).toEqual([200, 'no-store', 'no-referrer'])
    expect(looked.headers.get('content-security-policy')).toContain("default-src 'none'")
    if (method === 'GET') expect(await looked.text()).toMatch(/<html lang="pt">[\s\S]*<form method="post"><button>Não receber mais<\/button><\/form>/)
  }
  expect(await preferences()).toEqual([])
  const pressed = await fetch(link(), { method: 'POST', headers: { origin: 'null', cookie: '__Host-intellidocs=x', 'content-type': 'application/x-www-form-urlencoded' }, body: '' })
  expect([pressed.status, (await pressed.text()).includes('You get no more mail of this kind.')]).toEqual([200, true])
  expect(await preferences()).toEqual([{ userId: org.viewer.userId, kind: 'shared', mail: 'off' }])
})

test('the one click of a mail provider (RFC 8058) ends it too', async () => {
  const clicked = await fetch(link(), { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'List-Unsubscribe=One-Click' })
  expect(clicked.status).toBe(200)
  expect(await preferences()).toEqual([{ userId: org.viewer.userId, kind: 'shared', mail: 'off' }])
})

test('without a token that was given out nothing is shown and nothing done, and nothing of the request is repeated', async () => {
  const before = await preferences()
  const good = link()
  for (const url of [`${good}x`, `${good}&token=y`, good.slice(0, good.indexOf('?')), `${good.slice(0, good.indexOf('='))}=<script>alert(1)</script>`, `${good.slice(0, -6)}zzzzzz`]) {
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(url, { method })
      const body = await answer.text()
      expect([answer.status, JSON.parse(body)], url).toMatchObject([400, { error: { code: 'auth.token_invalid' } }])
      expect(body).not.toContain('script')
    }
  }
  expect((await fetch(good, { method: 'DELETE' })).status).not.toBe(200)
  expect(await preferences()).toEqual(before)
  expect(api.logLines.join('\n')).not.toContain(new URL(good).searchParams.get('token')?.slice(0, 40))
})

test('a link that is followed again and again is slowed down, and others are not', async () => {
  const other = { orgId: org.org.id, userId: newId() as typeof org.viewer.userId, scope: 'shared' as const, locale: 'en' as const }
  const url = `${api.url}/api/v1/unsubscribe?token=${unsubscribeToken(SECRET_KEY, other, new Date())}`
  const statuses: number[] = []
  for (let n = 0; n < 5; n += 1) statuses.push((await fetch(url, { method: 'POST' })).status)
  expect(statuses).toEqual([200, 200, 200, 429, 429])
  const another = unsubscribeToken(SECRET_KEY, { ...other, userId: newId() as typeof org.viewer.userId }, new Date())
  expect((await fetch(`${api.url}/api/v1/unsubscribe?token=${another}`, { method: 'POST' })).status).toBe(200)
})
