import { afterAll, beforeAll, expect, test } from 'vitest'
import { openWebhooks, type WebhooksHouse } from './webhooks.testkit.ts'

let house: WebhooksHouse
beforeAll(async () => { house = await openWebhooks() })
afterAll(() => house.close())

test('while webhooks are switched off nothing is sent and nothing is lost: it waits, and is sent once they are on', async () => {
  const { owner } = await house.fresh()
  const { ref } = await house.endpoint(owner)
  await house.upload(owner)
  await house.relay()
  let on = false
  const webhooks = house.otherwise({ switches: { isOn: (name, orgId) => Promise.resolve(name !== 'webhooks' || orgId !== owner.orgId || on) } })
  const { signal } = new AbortController()
  const off = await webhooks.deliverDue(ref, signal)
  expect([off, house.told(), (await house.list(owner, ref)).items.map(({ state }) => state)]).toEqual([{ nextInMs: 60_000 }, [], expect.arrayContaining(['pending'])])
  on = true
  await webhooks.deliverDue(ref, signal)
  expect([house.told().length > 0, new Set((await house.list(owner, ref)).items.map(({ state }) => state))]).toEqual([true, new Set(['delivered'])])
})
