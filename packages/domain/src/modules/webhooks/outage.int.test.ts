import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWebhooks, type WebhooksHouse } from './webhooks.testkit.ts'
import type { WebhookGateway } from './webhooks.types.ts'

let house: WebhooksHouse
let a: TestOrg
beforeAll(async () => { house = await openWebhooks() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.fresh() })

/** Hands over what waits of the organization, to a process with this way to Temporal. */
async function relayBy({ wake }: WebhookGateway) {
  const { subscribers } = house.otherwise({ webhooks: { wake } })
  return async (): Promise<void> => {
    for (const row of (await house.waiting()).filter(({ org_id }) => org_id === a.org.id)) {
      await house.handle(row, subscribers)
      await house.admin.query('delete from delivery where id = $1', [row.delivery])
    }
  }
}

describe('while Temporal is away', () => {
  test('an event is noted all the same, nobody waits for the next answer, and what nobody sent is found afterwards', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.uploaded.v1'])
    let asked = 0
    const relay = await relayBy({
      wake: () => {
        asked += 1
        return Promise.reject(new Error('unavailable'))
      },
    })
    for (let n = 0; n < 3; n += 1) await house.upload(a.owner)
    await relay()
    expect([asked, (await house.states(ref)).length, (await house.waiting()).filter(({ org_id }) => org_id === a.org.id)]).toEqual([1, 3, []])
    house.advance(61_000)
    await house.upload(a.owner)
    await relay()
    expect(asked).toBe(2)
    const woken: string[] = []
    await house.webhooks.wakeOverdue({ wake: async ({ endpointId }) => { woken.push(endpointId) } }, new AbortController().signal)
    expect(woken).toContain(ref.endpointId)
    await house.round(ref)
    expect(house.told()).toHaveLength(4)
  })

  test('what somebody asked for is there too when it is back', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.uploaded.v1'])
    const { deliveryId } = await house.webhooks.endpoints.test(a.owner, { id: ref.endpointId })
    await (await relayBy({ wake: () => Promise.reject(new Error('unavailable')) }))()
    await house.round(ref)
    expect(house.told()).toMatchObject([{ data: { payload: { deliveryId } } }])
  })
})

test('all endpoints that hear of an event are woken at once', async () => {
  for (let n = 0; n < 3; n += 1) await house.endpoint(a.owner, ['documents.uploaded.v1'])
  await house.upload(a.owner)
  let asked = 0
  const all = Promise.withResolvers<undefined>()
  await (await relayBy({
    wake: async () => {
      asked += 1
      if (asked === 3) all.resolve(undefined)
      await all.promise
    },
  }))()
  expect(asked).toBe(3)
})

test('an endpoint whose next delivery waits for the relay is looked after seldom and more seldom', async () => {
  const { ref } = await house.endpoint(a.owner, ['documents.trashed.v1', 'documents.restored.v1'])
  const id = await house.upload(a.owner)
  await house.relay()
  await house.trash(a.owner, id)
  await house.restore(a.owner, id)
  await house.relay(({ type }) => type === 'documents.restored.v1')
  const waits = []
  for (const ms of [0, 10_000, 3_600_000]) {
    house.advance(ms)
    waits.push((await house.round(ref)).nextInMs ?? 0)
  }
  const [first = 0, second = 0, third] = waits
  expect([first < second, second <= 15_000, third, house.sent]).toEqual([true, true, 15_000, []])
})
