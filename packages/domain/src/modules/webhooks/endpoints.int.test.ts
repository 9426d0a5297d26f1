import { webhooksContract as contract, type WebhookDeliveryId, type WebhookEventType } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWebhooks, type WebhooksHouse } from './webhooks.testkit.ts'

const DAY = 24 * 3_600_000
let house: WebhooksHouse
let a: TestOrg
beforeAll(async () => { house = await openWebhooks() })
afterAll(() => house.close())
beforeEach(async () => {
  a = await house.fresh()
  house.receiving.receive = () => 200
})

const api = () => house.webhooks.endpoints
const byKey = (actor: Actor): Actor => ({ ...actor, kind: 'apiKey' })
const audits = async () => (await house.admin.query<{ action: string; data: unknown }>(`select action, data from audit where org_id = $1 and action like 'webhooks.%' order by id`, [a.org.id])).rows
const make = (actor = a.owner, url = 'https://hooks.example.org/in?token=s3cret') => api().create(actor, { url, description: 'mine', events: null })

test('an endpoint is made by its owner, hears all, and its secret is shown once and stored sealed', async () => {
  const { endpoint, secret } = await make()
  expect(contract.createEndpoint.output.parse({ endpoint, secret }).endpoint).toMatchObject({ ownerId: a.owner.userId, state: 'active', events: null, url: 'https://hooks.example.org/in?token=s3cret' })
  expect(JSON.stringify(await api().list(a.owner, { limit: 50 }))).not.toContain(secret)
  const { rows } = await house.admin.query('select * from webhook_endpoint where id = $1', [endpoint.id])
  const stored = Object.values(rows[0] as object).map((value) => (Buffer.isBuffer(value) ? value.toString('latin1') : String(value))).join(' ')
  for (const part of [secret, secret.slice(6), Buffer.from(secret.slice(6), 'base64').toString('latin1')]) expect(stored).not.toContain(part)
})

test('the audit says what was done to where, and neither the secret nor the rest of the address', async () => {
  const { endpoint: { id }, secret } = await make()
  await api().update(a.owner, { id, events: ['documents.ready.v1'], url: 'https://other.example.org/t0ken' })
  const { secret: second } = await api().rotateSecret(a.owner, { id })
  await api().test(a.owner, { id })
  await api().remove(a.owner, { id })
  const rows = await audits()
  expect(rows.map(({ action }) => action)).toEqual([
    'webhooks.endpoint-created.v1', 'webhooks.endpoint-updated.v1', 'webhooks.secret-rotated.v1', 'webhooks.test-asked.v1', 'webhooks.endpoint-deleted.v1'])
  expect(rows[1]?.data).toEqual({
    before: { ownerId: a.owner.userId, origin: 'https://hooks.example.org', events: null, state: 'active' },
    after: { ownerId: a.owner.userId, origin: 'https://other.example.org', events: ['documents.ready.v1'], state: 'active' },
  })
  for (const hidden of [secret, second, 's3cret', 't0ken']) expect(JSON.stringify(rows)).not.toContain(hidden)
})

describe('refused, and nothing happened', () => {
  test.each(['http://127.0.0.1/', 'http://[::1]/', 'http://169.254.169.254/', 'ftp://example.org/', 'https://user:pw@example.org/', 'example.org', 'http://2130706433/'])('an endpoint at %s', async (url) => {
    const { endpoint: { id } } = await make()
    const before = await audits()
    await expect(make(a.owner, url)).rejects.toMatchObject({ code: 'webhook.address' })
    await expect(api().update(a.owner, { id, url })).rejects.toMatchObject({ code: 'webhook.address' })
    expect(await audits()).toEqual(before)
  })

  test('by a key: making one, pointing it elsewhere, and reading a new secret', async () => {
    const { endpoint: { id } } = await make()
    const before = await audits()
    for (const ask of [() => make(byKey(a.owner)), () => api().update(byKey(a.owner), { id, url: 'https://evil.example.org' }), () => api().rotateSecret(byKey(a.owner), { id })]) {
      await expect(ask()).rejects.toMatchObject({ code: 'auth.session_required' })
    }
    expect(await audits()).toEqual(before)
  })

  test('to another organization, whatever it asks', async () => {
    const b = await house.org()
    const { endpoint: { id } } = await make()
    const before = await audits()
    const asked = [
      () => api().update(b.owner, { id, url: 'https://evil.example.org' }), () => api().rotateSecret(b.owner, { id }), () => api().remove(b.owner, { id }), () => api().test(b.owner, { id }),
    ]
    for (const ask of asked) {
      await expect(ask()).rejects.toMatchObject({ code: 'webhook.not_found' })
    }
    expect([(await api().list(b.owner, { limit: 50 })).items, await audits()]).toEqual([[], before])
  })

  test('the 51st of an organization, also when they come at once', async () => {
    const made = await Promise.allSettled(Array.from({ length: 52 }, () => make()))
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(50)
    expect(made.filter((one) => one.status === 'rejected').map(({ reason }) => (reason as { code: string }).code)).toEqual(['webhook.limit', 'webhook.limit'])
  })
})

describe('whom an endpoint hears as', () => {
  test('whoever points it elsewhere owns it, and hears no more than they read', async () => {
    const { endpoint: { id } } = await make()
    expect(await api().update(a.admin, { id, description: 'ours', events: ['documents.ready.v1'] })).toMatchObject({ ownerId: a.owner.userId })
    expect(await api().update(a.admin, { id, url: 'https://elsewhere.example.org' })).toMatchObject({ ownerId: a.admin.userId })
  })

  test('who resumes it takes it over only from somebody who may own it no more', async () => {
    const { endpoint: { id } } = await make(a.admin)
    expect(await api().update(a.owner, { id, state: 'paused' })).toMatchObject({ ownerId: a.admin.userId, pausedWhy: 'asked' })
    expect(await api().update(a.owner, { id, state: 'active' })).toMatchObject({ ownerId: a.admin.userId, pausedWhy: null, pausedAt: null })
    await house.admin.query(`update membership set status = 'suspended' where org_id = $1 and user_id = $2`, [a.org.id, a.admin.userId])
    await api().update(a.owner, { id, state: 'paused' })
    expect(await api().update(a.owner, { id, state: 'active' })).toMatchObject({ ownerId: a.owner.userId, state: 'active' })
  })

  test('a change that changes nothing says nothing', async () => {
    const { endpoint } = await make()
    const before = await audits()
    expect(await api().update(a.admin, { id: endpoint.id, url: endpoint.url, state: 'active', events: null })).toEqual(endpoint)
    expect(await audits()).toEqual(before)
  })
})

test('after a rotation both secrets sign for 24 hours, then the new one alone; another rotation ends the first at once', async () => {
  const { endpoint: { id }, secret: first } = await make()
  const ref = { orgId: a.org.id, endpointId: id }
  const signedBy = async (...secrets: string[]) => {
    await house.upload(a.owner)
    await house.relay()
    house.sent.length = 0
    await house.round(ref)
    const [{ headers, body } = { headers: {}, body: '' }] = house.sent as readonly { headers: Readonly<Record<string, string>>; body: string }[]
    const signatures = headers['webhook-signature']?.split(' ') ?? []
    const at = new Date(Number(headers['webhook-timestamp']) * 1000)
    return [signatures.length, ...secrets.map((secret) => signatures.includes(new Webhook(secret).sign(headers['webhook-id'] ?? '', at, body)))]
  }
  expect(await signedBy(first)).toEqual([1, true])
  const { secret: second, endpoint } = await api().rotateSecret(a.owner, { id })
  expect(Math.round((new Date(endpoint.oldSecretUntil ?? 0).getTime() - house.clock.now().getTime()) / 60_000)).toBe(24 * 60)
  expect(await signedBy(first, second)).toEqual([2, true, true])
  const { secret: third } = await api().rotateSecret(a.owner, { id })
  expect(await signedBy(first, second, third)).toEqual([2, false, true, true])
  house.advance(DAY + 1_000)
  expect(await signedBy(first, second, third)).toEqual([1, false, false, true])
})

test('an endpoint that is deleted is gone for everybody at once, with its log soon after, and what is on its way ends quietly', async () => {
  const { endpoint: { id } } = await make()
  const ref = { orgId: a.org.id, endpointId: id }
  await house.upload(a.owner)
  await house.relay()
  house.receiving.receive = async () => {
    await api().remove(a.owner, { id })
    return 200
  }
  expect(await house.round(ref)).toEqual({ nextInMs: null })
  const [row] = await house.rows(ref)
  const asked = [
    () => api().update(a.owner, { id, state: 'active' }), () => api().rotateSecret(a.owner, { id }), () => api().remove(a.owner, { id }), () => api().test(a.owner, { id }),
    () => house.list(a.owner, ref),
  ]
  for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'webhook.not_found' })
  await expect(house.webhooks.deliveries.redeliver(a.owner, { id: row?.id ?? newId() as WebhookDeliveryId })).rejects.toMatchObject({ code: 'delivery.not_found' })
  expect((await api().list(a.owner, { limit: 50 })).items).toEqual([])
  await house.upload(a.owner)
  await house.relay()
  expect(await house.rows(ref)).toHaveLength(1)
  await house.webhooks.removeOldDeliveries(new AbortController().signal)
  expect([await house.rows(ref), await house.endpointOf(ref)]).toEqual([[], undefined])
  expect(await house.round(ref)).toEqual({ nextInMs: null })
})

test('the list is paged, newest first', async () => {
  const made = []
  for (let n = 0; n < 5; n += 1) made.unshift((await make()).endpoint.id)
  const first = await api().list(a.owner, { limit: 3 })
  const second = await api().list(a.owner, { limit: 3, cursor: first.nextCursor ?? '' })
  expect([[...first.items, ...second.items].map(({ id }) => id), second.nextCursor]).toEqual([made, null])
})

test.each<[unknown, boolean]>([
  [null, true], [['documents.ready.v1'] satisfies WebhookEventType[], true], [[], false], [['documents.progressed.v1'], false], [['users.updated.v1'], false], ['documents.ready.v1', false],
])('a filter of %j is taken: %s', (events, taken) => {
  expect(contract.createEndpoint.input.safeParse({ url: 'https://example.org', events }).success).toBe(taken)
})
