import type { WebhookEndpointId } from '@intellidocs/contracts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { isSigned, openReceiver, type Answer, type Receiver } from './receiver.testkit.ts'
import { openTestHouse, until, type TestHouse } from './test-house.ts'

let house: TestHouse
let running: Awaited<ReturnType<TestHouse['work']>>
const receivers: Receiver[] = []
const endpoints: WebhookEndpointId[] = []
beforeAll(async () => {
  house = await openTestHouse()
  running = await house.work()
})
afterAll(async () => {
  await running.stop()
  await house.close()
})
afterEach(async () => {
  for (const id of endpoints.splice(0)) await house.modules.webhooks.endpoints.remove(house.owner, { id })
  for (const receiver of receivers.splice(0)) await receiver.close()
})

/** An endpoint of the owner's, and who listens there. */
async function open(answer?: Answer, events: Parameters<TestHouse['modules']['webhooks']['endpoints']['create']>[1]['events'] = null) {
  const receiver = await openReceiver(answer)
  receivers.push(receiver)
  const { endpoint, secret } = await house.modules.webhooks.endpoints.create(house.owner, { url: receiver.url, description: '', events })
  endpoints.push(endpoint.id)
  return { receiver, secret, id: endpoint.id }
}

test('what happens to a document reaches the endpoint signed, in order, and once', async () => {
  const { receiver, secret, id } = await open()
  const { id: documentId } = await house.upload('The tide table hangs beside the door.', 'tides.txt')
  await house.settled(documentId)
  await until(() => Promise.resolve(receiver.got), (got) => got.length === 2)
  expect(receiver.got.map(({ body }) => [body.type, body.data.documentId])).toEqual([['documents.uploaded.v1', documentId], ['documents.ready.v1', documentId]])
  expect(receiver.got.map((got) => isSigned(secret, got))).toEqual([true, true])
  const log = await until(() => house.modules.webhooks.deliveries.list(house.owner, { endpointId: id, limit: 20 }), ({ items }) => items.every(({ state }) => state === 'delivered'))
  expect(log.items.map(({ type, tries, response }) => [type, tries, response])).toEqual([['documents.ready.v1', 1, 'thanks'], ['documents.uploaded.v1', 1, 'thanks']])
})
