import { randomBytes } from 'node:crypto'
import { EgressError } from '@intellidocs/egress'
import type { TestOrg } from '@intellidocs/testing'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWebhooks, testKey, type WebhooksHouse } from './webhooks.testkit.ts'
import type { WebhookRef } from './webhooks.types.ts'

const HOUR = 3_600_000
let house: WebhooksHouse
let a: TestOrg
beforeAll(async () => { house = await openWebhooks() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.fresh() })

const list = (ref: WebhookRef, actor = a.owner) => house.list(actor, ref)

describe('a receiver that takes nothing', () => {
  test('is tried for 72 hours; then the delivery is dead and the endpoint paused, and resumed it begins anew', async () => {
    const { ref } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    house.receiving.receive = () => { throw new EgressError('timeout') }
    let hours = 0
    for (let next: number | null = 0; next !== null; hours += (next ?? 0) / HOUR) {
      house.advance(next)
      next = (await house.round(ref)).nextInMs
    }
    expect(Math.round(hours)).toBe(72)
    expect(house.sent.length).toBeGreaterThan(12)
    expect(await house.states(ref)).toEqual([['documents.uploaded.v1', 'dead', house.sent.length]])
    expect(await house.endpointOf(ref)).toMatchObject({ state: 'paused', paused_why: 'failing' })
    const [row] = (await list(ref)).items
    expect(row?.attempts.at(-1)).toMatchObject({ status: null, error: 'timeout' })

    await house.upload(a.owner)
    await house.relay()
    house.sent.length = 0
    house.receiving.receive = () => 200
    expect(await house.round(ref)).toEqual({ nextInMs: null })
    expect(house.told()).toEqual([])
    await house.webhooks.endpoints.update(a.owner, { id: ref.endpointId, state: 'active' })
    house.woken.length = 0
    await house.relay()
    expect(house.woken).toEqual([ref])
    await house.round(ref)
    expect(house.told()).toHaveLength(1)
    expect(await house.endpointOf(ref)).toMatchObject({ state: 'active', paused_why: null, failing_since: null })
  })

  test('rests after eight failures and is tried once after each rest, whatever waits; the first success ends it', async () => {
    const { ref } = await house.endpoint(a.owner)
    for (let n = 0; n < 12; n += 1) await house.upload(a.owner)
    await house.relay()
    house.receiving.receive = () => 503
    let next = (await house.round(ref)).nextInMs ?? 0
    while (house.sent.length < 8) {
      house.advance(next)
      next = (await house.round(ref)).nextInMs ?? 0
    }
    const before = house.sent.length
    expect(next).toBeGreaterThan(20_000)
    expect((await house.round(ref)).nextInMs).toBeGreaterThan(20_000)
    expect(house.sent.length).toBe(before)
    house.woken.length = 0
    await house.upload(a.owner)
    await house.relay()
    expect(house.woken).toEqual([])
    house.advance(next)
    house.receiving.receive = () => 200
    await house.round(ref)
    expect((await house.states(ref)).filter(([, state]) => state === 'delivered').length).toBeGreaterThan(8)
  })

  test('and says that it is gone is not asked again', async () => {
    const { ref } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    house.receiving.receive = () => 410
    expect(await house.round(ref)).toEqual({ nextInMs: null })
    expect(await house.endpointOf(ref)).toMatchObject({ state: 'paused', paused_why: 'gone' })
    expect((await house.states(ref)).map(([, state]) => state)).toEqual(['pending'])
  })

  test('takes no more than its part of the places, however many such there are', async () => {
    const webhooks = house.otherwise({ suspectsAtOnce: 3 })
    const round = (ref: WebhookRef) => webhooks.deliverDue(ref, new AbortController().signal)
    const { ref: good } = await house.endpoint(a.owner)
    const bad = await Promise.all(Array.from({ length: 5 }, async () => (await house.endpoint(a.owner)).ref))
    await house.upload(a.owner)
    await house.relay()
    await house.admin.query('update webhook_endpoint set failures = 1 where id = any ($1)', [bad.map(({ endpointId }) => endpointId)])
    const [hangs, full] = [Promise.withResolvers<number>(), Promise.withResolvers<undefined>()]
    house.receiving.receive = () => {
      if (house.sent.length === 3) full.resolve(undefined)
      return hangs.promise
    }
    const rounds = bad.map((ref) => round(ref))
    await full.promise
    expect(await Promise.race(rounds)).toEqual({ nextInMs: 1_000 })
    house.receiving.receive = () => 200
    expect(await round(good)).toEqual({ nextInMs: null })
    expect(house.sent).toHaveLength(4)
    hangs.resolve(500)
    const turnedAway = (await Promise.all(rounds)).flatMap(({ nextInMs }, n) => (nextInMs === 1_000 ? [bad[n] ?? good] : []))
    expect(turnedAway).toHaveLength(2)
    for (const ref of turnedAway) expect(await round(ref)).toEqual({ nextInMs: null })
  })
})

test('what nobody sends is found after a minute and woken; what is paused or rests is not', async () => {
  const [forgotten, paused, resting] = [await house.endpoint(a.owner), await house.endpoint(a.owner), await house.endpoint(a.owner)]
  await house.upload(a.owner)
  await house.relay()
  await house.webhooks.endpoints.update(a.owner, { id: paused.ref.endpointId, state: 'paused' })
  await house.admin.query(`update webhook_endpoint set rest_until = now() + interval '100 days' where id = $1`, [resting.ref.endpointId])
  const woken: string[] = []
  const wake = () => house.webhooks.wakeOverdue({ wake: async ({ endpointId }) => { woken.push(endpointId) } }, new AbortController().signal)
  const mine = () => woken.splice(0).filter((id) => [forgotten, paused, resting].some(({ ref }) => ref.endpointId === id))
  await wake()
  expect(mine()).toEqual([])
  house.advance(61_000)
  await wake()
  expect(mine()).toEqual([forgotten.ref.endpointId])
})

test('a secret sealed with a key that was changed since signs on and comes under the present one with its use; without that key nothing is sent, and the log says why', async () => {
  const { ref, secret } = await house.endpoint(a.owner)
  await house.upload(a.owner)
  await house.relay()
  const signal = new AbortController().signal
  const fresh = randomBytes(32)
  await house.otherwise({ secretKey: fresh }).deliverDue(ref, signal)
  expect(house.sent).toEqual([])
  expect((await list(ref)).items).toMatchObject([{ state: 'pending', attempts: [{ status: null, error: 'secret' }] }])
  expect(await house.endpointOf(ref)).toMatchObject({ state: 'active', failures: 1 })
  house.advance(31_000)
  await house.otherwise({ secretKey: fresh, oldSecretKeys: [testKey] }).deliverDue(ref, signal)
  expect(house.sent).toHaveLength(1)
  const { body = '', headers = {} } = house.sent[0] ?? {}
  const expected = new Webhook(secret).sign(headers['webhook-id'] ?? '', new Date(Number(headers['webhook-timestamp']) * 1000), body)
  expect(headers['webhook-signature']).toBe(expected)

  await house.upload(a.owner)
  await house.relay()
  expect(await house.otherwise({ secretKey: fresh }).deliverDue(ref, signal)).toEqual({ nextInMs: null })
  expect(house.sent).toHaveLength(2)
})

test('of a secret that was rotated the one before it is left out where no key opens it, and comes under the present key where one does', async () => {
  const { ref } = await house.endpoint(a.owner)
  const fresh = randomBytes(32)
  const [without, withOld] = [house.otherwise({ secretKey: fresh }), house.otherwise({ secretKey: fresh, oldSecretKeys: [testKey] })]
  const { secret } = await without.endpoints.rotateSecret(a.owner, { id: ref.endpointId })
  const signatures = async (by: typeof without): Promise<string[]> => {
    await house.upload(a.owner)
    await house.relay()
    house.sent.length = 0
    await by.deliverDue(ref, new AbortController().signal)
    const { body = '', headers = {} } = house.sent[0] ?? {}
    expect(headers['webhook-signature']).toContain(new Webhook(secret).sign(headers['webhook-id'] ?? '', new Date(Number(headers['webhook-timestamp']) * 1000), body))
    return headers['webhook-signature']?.split(' ') ?? []
  }
  expect(await signatures(without)).toHaveLength(1)
  expect(await signatures(withOld)).toHaveLength(2)
  expect(await signatures(without)).toHaveLength(2)
})

describe('places', () => {
  const full = (deps: { ofOneOrgAtOnce?: number; suspectsAtOnce?: number; slowMs?: number }) => {
    const webhooks = house.otherwise(deps)
    return (ref: WebhookRef) => webhooks.deliverDue(ref, new AbortController().signal)
  }
  const busy = { nextInMs: 1_000 }

  test('of one organization are so many, and leave the others theirs', async () => {
    const b = await house.org()
    const refs = await Promise.all([a.owner, a.owner, b.owner].map(async (owner) => (await house.endpoint(owner)).ref))
    for (const owner of [a.owner, b.owner]) await house.upload(owner)
    await house.relay()
    const round = full({ ofOneOrgAtOnce: 1 })
    const [arrived, hangs] = [Promise.withResolvers<undefined>(), Promise.withResolvers<number>()]
    house.receiving.receive = () => {
      arrived.resolve(undefined)
      return hangs.promise
    }
    const [first, second, theirs] = refs as [WebhookRef, WebhookRef, WebhookRef]
    const going = round(first)
    await arrived.promise
    house.receiving.receive = () => 200
    expect([await round(second), await round(theirs)]).toEqual([busy, { nextInMs: null }])
    hangs.resolve(200)
    await going
    expect(await round(second)).toEqual({ nextInMs: null })
  })

  test('of those that fail are also for one that is slow and takes what it is sent', async () => {
    const { ref: slow } = await house.endpoint(a.owner)
    const { ref: other } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    // Every answer is a slow one.
    const round = full({ suspectsAtOnce: 1, slowMs: 0 })
    for (const ref of [slow, other]) expect(await round(ref)).toEqual({ nextInMs: null })
    await house.upload(a.owner)
    await house.relay()
    const [arrived, hangs] = [Promise.withResolvers<undefined>(), Promise.withResolvers<number>()]
    house.receiving.receive = () => {
      arrived.resolve(undefined)
      return hangs.promise
    }
    const going = round(slow)
    await arrived.promise
    expect(await round(other)).toEqual(busy)
    hangs.resolve(200)
    await going
    expect(await full({ suspectsAtOnce: 1, slowMs: 60_000 })(other)).toEqual({ nextInMs: null })
  })
})
