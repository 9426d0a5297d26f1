import { SYSTEM_USER_ID, type OrgId } from '@intellidocs/contracts'
import { noSource } from '@intellidocs/kernel'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, data, get, mutate, query, signIn, startTestApi, type TestApi } from './api.testkit.ts'

let api: TestApi
let admin: Record<string, string>
let byKey: Record<string, string>
let orgId: OrgId
beforeAll(async () => {
  api = await startTestApi()
  admin = await signIn(api.url)
  byKey = { authorization: `Bearer ${data<{ secret: string }>(await mutate(api.url, 'users.apiKeys.create', { name: 'ci' }, admin)).secret}` }
  orgId = data<{ id: OrgId }>(await query(api.url, 'orgs.get', undefined, admin)).id
})
afterAll(() => api.close())

const by = { userId: SYSTEM_USER_ID, requestId: 'test', source: noSource }
const counted = async () => {
  await api.api.modules.subscriptions.apiCalls.flush()
  return data<{ meters: { apiCalls: { used: number } } }>(await query(api.url, 'subscriptions.usage', undefined, admin)).meters.apiCalls.used
}

test('each call by a key counts once, whatever its way in; sessions do not', async () => {
  const before = await counted()
  data(await query(api.url, 'documents.list', {}, byKey))
  data(await query(api.url, 'orgs.get', undefined, byKey))
  await mutate(api.url, 'documents.folders.create', { name: 'a', parentId: null }, byKey)
  const upload = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', headers: { ...byKey, 'x-file-name': 'a.txt' }, body: 'words' })
  expect(upload.ok).toBe(true)
  const { document: { id } } = await upload.json() as { document: { id: string } }
  expect((await get(`${api.url}/api/v1/documents/${id}/content`, byKey)).status).toBe(200)
  await get(`${api.url}/trpc/orgs.get,auth.me?batch=1`, byKey)
  data(await query(api.url, 'documents.list', {}, admin))
  expect(await counted() - before).toBe(7)
})

test('an upload whose bytes take their time is one call', async () => {
  const before = await counted()
  const slow = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const part of ['a', 'b', 'c']) {
        controller.enqueue(Buffer.from(part))
        await new Promise((resolve) => { setTimeout(resolve, 600) })
      }
      controller.close()
    },
  })
  const answer = await fetch(`${api.url}/api/v1/documents`, { method: 'POST', headers: { ...byKey, 'x-file-name': 'slow.txt' }, body: slow, duplex: 'half' })
  expect([answer.ok, await counted() - before]).toEqual([true, 1])
})

test('beyond the plan keys are refused on every way in, and people who signed in are not', async () => {
  await api.api.modules.subscriptions.setPlan(by, { orgId, plan: 'team', overrides: { apiCalls: 0 } })
  await query(api.url, 'documents.list', {}, byKey)
  await counted()
  const answers = [
    await query(api.url, 'documents.list', {}, byKey), await query(api.url, 'orgs.get', undefined, byKey),
    await mutate(api.url, 'documents.folders.create', { name: 'b', parentId: null }, byKey), await get(`${api.url}/api/v1/audit/export?format=jsonl`, byKey),
  ]
  expect(answers.map((answer) => [answer.status, codeOf(answer)])).toEqual(answers.map(() => [403, 'quota.exceeded']))
  expect(codeOf(await query(api.url, 'documents.list', {}, admin))).toBeUndefined()
  await api.api.modules.subscriptions.setPlan(by, { orgId, plan: 'own' })
  await counted()
})

test('what was called before the process ends is counted at its end', async () => {
  const other = await startTestApi({ beside: api })
  const before = await counted()
  for (let n = 0; n < 5; n += 1) data(await query(other.url, 'documents.list', {}, byKey))
  await other.close()
  expect(await counted() - before).toBe(5)
  expect(data(await query(api.url, 'subscriptions.verify', undefined, admin))).toMatchObject({ ok: true })
})
