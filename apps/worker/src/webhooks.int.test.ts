import type { ServerResponse } from 'node:http'
import type { WebhookEndpointId } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { createTestOrg } from '@intellidocs/testing'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { isSigned, openReceiver, type Answer, type Receiver } from './receiver.testkit.ts'
import { openTestHouse, until, type TestHouse } from './test-house.ts'

let house: TestHouse
let running: Awaited<ReturnType<TestHouse['work']>>
const receivers: Receiver[] = []
const endpoints: { id: WebhookEndpointId; owner: Actor }[] = []
beforeAll(async () => {
  house = await openTestHouse()
  running = await house.work()
})
afterAll(async () => {
  await running.stop()
  await house.close()
})
afterEach(async () => {
  for (const { id, owner } of endpoints.splice(0)) await house.modules.webhooks.endpoints.remove(owner, { id })
  for (const receiver of receivers.splice(0)) await receiver.close()
})

type Events = Parameters<TestHouse['modules']['webhooks']['endpoints']['create']>[1]['events']

/** An endpoint, and who listens there. */
async function open({ answer, events = null, owner = house.owner }: { answer?: Answer; events?: Events; owner?: Actor } = {}) {
  const receiver = await openReceiver(answer)
  receivers.push(receiver)
  const { endpoint: { id }, secret } = await house.modules.webhooks.endpoints.create(owner, { url: receiver.url, description: '', events })
  endpoints.push({ id, owner })
  return { receiver, secret, id }
}
const log = async (id: WebhookEndpointId, owner = house.owner) => (await house.modules.webhooks.deliveries.list(owner, { endpointId: id, limit: 50 })).items
const got = (receiver: Receiver, count: number) => until(() => Promise.resolve(receiver.got), ({ length }) => length >= count)

test('what happens to a document reaches the endpoint signed, in order, and once', async () => {
  const { receiver, secret, id } = await open()
  const { id: documentId } = await house.upload('The tide table hangs beside the door.', 'tides.txt')
  await house.settled(documentId)
  await got(receiver, 2)
  expect(receiver.got.map(({ body }) => [body.type, body.data.documentId])).toEqual([['documents.uploaded.v1', documentId], ['documents.ready.v1', documentId]])
  expect(receiver.got.map((one) => isSigned(secret, one))).toEqual([true, true])
  const items = await until(() => log(id), (all) => all.every(({ state }) => state === 'delivered'))
  expect(items.map(({ type, tries, response }) => [type, tries, response])).toEqual([['documents.ready.v1', 1, 'thanks'], ['documents.uploaded.v1', 1, 'thanks']])
})

/** What receivers do to whoever tells them. */
const hostile = (good: () => string): Record<string, Answer> => ({
  hangs: () => undefined,
  drips: (response) => {
    const drip = setInterval(() => response.write('.'), 50)
    response.on('close', () => { clearInterval(drip) })
  },
  fails: (response) => { response.writeHead(500).end() },
  redirects: (response) => { response.writeHead(307, { location: good() }).end() },
  'cuts off': (response) => { response.destroy() },
  'sends a gigabyte': (response) => { flood(response, 1_073_741_824) },
})

function flood(response: ServerResponse, bytes: number): void {
  const piece = Buffer.alloc(65_536)
  let left = bytes
  const more = (): void => {
    while (left > 0 && !response.destroyed) {
      left -= piece.length
      if (!response.write(piece)) return
    }
    response.end()
  }
  response.on('drain', more).writeHead(200)
  more()
}

test('receivers that hang, drip, fail, redirect, cut off, flood or lie inside do not keep a good one waiting, of their organization or of another', async () => {
  const other = await createTestOrg(house.database, 'Other')
  const events: Events = ['documents.trashed.v1']
  const bad = new Map<string, Awaited<ReturnType<typeof open>>>()
  const target = await openReceiver()
  receivers.push(target)
  for (const [name, answer] of Object.entries(hostile(() => target.url))) bad.set(name, await open({ answer, events }))
  const inside = await open({ events })
  await house.database.run({ kind: 'tenant', orgId: house.org.id, userId: house.owner.userId }, (tx) => tx.$executeRaw`
    update webhook_endpoint set url = 'http://10.255.255.1/' where id = ${inside.id}::uuid`)
  const uploads = await Promise.all(Array.from({ length: 6 }, (_, n) => house.upload(`document ${n} of the storm`, `${n}.txt`)))
  for (const { id } of uploads) await house.documents.trash(house.owner, { id })
  // Every hostile one has been told, and those that hang keep all that one endpoint is sent at once.
  for (const [name, { receiver }] of bad) await got(receiver, name === 'hangs' || name === 'drips' ? 4 : 1)

  const [own, others] = [await open({ events }), await open({ events, owner: other.owner })]
  const [mine, theirs] = [await house.upload('a calm document', 'calm.txt'), await house.upload('a calm document of others', 'calm.txt', other.editor)]
  await house.documents.trash(house.owner, { id: mine.id })
  await house.documents.trash(other.owner, { id: theirs.id })
  await got(own.receiver, 1)
  await got(others.receiver, 1)
  expect([own, others].map(({ receiver }) => receiver.got.map(({ body }) => body.data.documentId))).toEqual([[mine.id], [theirs.id]])

  // Meanwhile the first four of those that hang were still on their way: nothing of theirs has ended.
  for (const name of ['hangs', 'drips']) {
    expect(bad.get(name)?.receiver.got.length).toBe(4)
    expect((await log(bad.get(name)?.id ?? inside.id)).map(({ state, attempts }) => [state, attempts.length])).toEqual(Array.from({ length: 7 }, () => ['pending', 0]))
  }
  expect(target.got).toEqual([])
  expect((await until(() => log(inside.id), (all) => all.some(({ attempts }) => attempts.length > 0))).flatMap(({ attempts }) => attempts.map(({ error }) => error))).toContain('address')
  const flooded = await until(() => log(bad.get('sends a gigabyte')?.id ?? inside.id), (all) => all.some(({ state }) => state === 'delivered'))
  expect(flooded.find(({ state }) => state === 'delivered')?.response?.length).toBe(4_096)
}, 240_000)
