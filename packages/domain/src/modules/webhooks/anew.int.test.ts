import { EgressError } from '@intellidocs/egress'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWebhooks, type WebhooksHouse } from './webhooks.testkit.ts'
import type { WebhookRef } from './webhooks.types.ts'

const HOUR = 3_600_000
let house: WebhooksHouse
let a: TestOrg
beforeAll(async () => { house = await openWebhooks() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.fresh() })

const change = (ref: WebhookRef, to: { state?: 'active' | 'paused'; url?: string }) => house.webhooks.endpoints.update(a.owner, { id: ref.endpointId, ...to })
/** An endpoint whose one delivery was refused so many times. */
async function refused(times: number): Promise<WebhookRef> {
  const { ref } = await house.endpoint(a.owner)
  await house.upload(a.owner)
  await house.relay()
  house.receiving.receive = () => 500
  for (let n = 0, next = 0; n < times; n += 1) {
    house.advance(next)
    next = (await house.round(ref)).nextInMs ?? 0
  }
  return ref
}

describe('the 72 hours of a delivery', () => {
  test('begin anew when its endpoint is resumed, and so do its tries: the time in which nothing was sent counts against nobody', async () => {
    const ref = await refused(5)
    await change(ref, { state: 'paused' })
    house.advance(80 * HOUR)
    await change(ref, { state: 'active' })
    house.sent.length = 0
    const { nextInMs } = await house.round(ref)
    expect(house.sent).toHaveLength(1)
    expect(nextInMs).toBeLessThan(10_000)
    expect([(await house.states(ref)).map(([, state]) => state), (await house.endpointOf(ref))?.state]).toEqual([['pending'], 'active'])
  })

  test('do not begin with a try that nobody knows the end of', async () => {
    const { ref } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    const stop = new AbortController()
    house.receiving.receive = () => {
      stop.abort()
      throw new EgressError('cancelled')
    }
    await house.round(ref, stop.signal)
    house.advance(80 * HOUR)
    house.receiving.receive = () => 500
    await house.round(ref)
    expect([(await house.states(ref)).map(([, state]) => state), (await house.endpointOf(ref))?.state]).toEqual([['pending'], 'active'])
  })
})

test('an endpoint that is pointed elsewhere is sent to at once: neither its rest nor the wait of what was refused belongs to the new address', async () => {
  const ref = await refused(9)
  expect((await house.endpointOf(ref))?.failures).toBe(9)
  await change(ref, { url: 'https://better.example.org/in' })
  expect(await house.endpointOf(ref)).toMatchObject({ failures: 0, failing_since: null })
  house.sent.length = 0
  house.receiving.receive = () => 200
  await house.round(ref)
  expect(house.sent.map(({ url }) => url)).toEqual(['https://better.example.org/in'])
})
