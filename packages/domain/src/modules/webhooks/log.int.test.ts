import type { DocumentId, WebhookDeliveryId } from '@intellidocs/contracts'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWebhooks, type WebhooksHouse } from './webhooks.testkit.ts'
import type { WebhookRef } from './webhooks.types.ts'

const HOUR = 3_600_000
const NONE = '0193f0c2-0000-7000-8000-00000000dead' as WebhookDeliveryId
let house: WebhooksHouse
let a: TestOrg
beforeAll(async () => { house = await openWebhooks() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.fresh() })

const trash = (id: DocumentId) => house.trash(a.owner, id)
const restore = (id: DocumentId) => house.restore(a.owner, id)
const list = (ref: WebhookRef, actor = a.owner) => house.list(actor, ref)

describe('by hand', () => {
  test('a delivery is sent again under its id, and holds up nothing that came after it', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.trashed.v1', 'documents.restored.v1'])
    const id = await house.upload(a.owner)
    await trash(id)
    await house.relay()
    await house.round(ref)
    const [first] = await house.rows(ref)
    const again = await house.webhooks.deliveries.redeliver(a.owner, { id: first?.id ?? NONE })
    expect(again).toMatchObject({ state: 'pending', endedAt: null })
    house.woken.length = 0
    await restore(id)
    await house.relay()
    expect(house.woken).toContainEqual(ref)
    house.sent.length = 0
    house.receiving.receive = ({ headers }) => (headers['webhook-id'] === first?.id ? 500 : 200)
    await house.round(ref)
    await house.round(ref)
    expect(house.told().map(({ type }) => type).toSorted()).toEqual(['documents.restored.v1', 'documents.trashed.v1'])
    expect((await house.states(ref)).map(([, state]) => state)).toEqual(['pending', 'delivered'])
  })

  test('a test is sent whatever the filter says, once', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.ready.v1'])
    const { deliveryId } = await house.webhooks.endpoints.test(a.admin, { id: ref.endpointId })
    await house.relay()
    await house.round(ref)
    expect(house.told()).toMatchObject([{ type: 'webhooks.test-asked.v1', data: { payload: { endpointId: ref.endpointId, deliveryId } } }])
    expect((await list(ref)).items).toMatchObject([{ id: deliveryId, state: 'delivered', response: 'says 204' }])
  })

  test('what was sent before and is now for nobody is not sent again, and its log stays', async () => {
    const { ref } = await house.endpoint(a.admin, ['documents.uploaded.v1'])
    const hidden = await house.upload(a.owner)
    await house.relay()
    await house.round(ref)
    const [before] = (await list(ref)).items
    await house.modules.documents.update(a.owner, { id: hidden, visibility: 'restricted' })
    await house.webhooks.deliveries.redeliver(a.owner, { id: before?.id ?? NONE })
    house.sent.length = 0
    await house.round(ref)
    expect(house.sent).toEqual([])
    expect((await list(ref)).items).toMatchObject([{ state: 'dead', attempts: before?.attempts, response: 'says 204' }])
  })

  test('nothing is sent again, or as a test, to an endpoint that is paused, and that is said', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.uploaded.v1'])
    await house.upload(a.owner)
    await house.relay()
    await house.round(ref)
    const [row] = (await list(ref)).items
    await house.webhooks.endpoints.update(a.owner, { id: ref.endpointId, state: 'paused' })
    await house.relay()
    await expect(house.webhooks.deliveries.redeliver(a.owner, { id: row?.id ?? NONE })).rejects.toMatchObject({ code: 'webhook.paused' })
    await expect(house.webhooks.endpoints.test(a.owner, { id: ref.endpointId })).rejects.toMatchObject({ code: 'webhook.paused' })
    expect([(await list(ref)).items, (await house.waiting()).filter(({ org_id }) => org_id === a.org.id)]).toEqual([[row], []])
  })

  test('nothing of another organization is sent again, listed or tested', async () => {
    const b = await house.org()
    const { ref } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    const [row] = await house.rows(ref)
    await expect(house.webhooks.deliveries.redeliver(b.owner, { id: row?.id ?? NONE })).rejects.toMatchObject({ code: 'delivery.not_found' })
    await expect(list(ref, b.owner)).rejects.toMatchObject({ code: 'webhook.not_found' })
    await expect(house.webhooks.endpoints.test(b.owner, { id: ref.endpointId })).rejects.toMatchObject({ code: 'webhook.not_found' })
    expect(await house.states(ref)).toEqual([['documents.uploaded.v1', 'pending', 0]])
  })
})

describe('the log', () => {
  test('keeps what was said and answered, 4 KB of it, and the last 20 tries', async () => {
    const { ref } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    house.receiving.receive = () => ({ status: 500, body: Buffer.concat([Buffer.from('no\0 \xff', 'latin1'), Buffer.alloc(10_000, 'x')]), cut: true })
    await house.round(ref)
    const [row] = await house.rows(ref)
    for (let n = 0; n < 24; n += 1) {
      await house.webhooks.deliveries.redeliver(a.owner, { id: row?.id ?? NONE })
      await house.round(ref)
    }
    const [item] = (await list(ref)).items
    expect([item?.tries, item?.attempts.length, item?.response?.length]).toEqual([25, 20, 4_096])
    expect(item?.response?.startsWith('no\uFFFD \uFFFDx')).toBe(true)
    expect(item?.request).toBe(house.sent[0]?.body)
  })

  test('is kept for 30 days; what still waits then is given up, and shown for another week', async () => {
    const { ref } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    await house.round(ref)
    await house.upload(a.owner)
    await house.relay()
    house.advance(29 * 24 * HOUR)
    await house.webhooks.removeOldDeliveries(new AbortController().signal)
    expect(await house.rows(ref)).toHaveLength(2)
    house.advance(2 * 24 * HOUR)
    await house.webhooks.removeOldDeliveries(new AbortController().signal)
    expect((await list(ref)).items).toMatchObject([{ state: 'dead', tries: 0, attempts: [] }])
    house.advance(8 * 24 * HOUR)
    await house.webhooks.removeOldDeliveries(new AbortController().signal)
    expect(await house.rows(ref)).toEqual([])
  })
})
