import type { DocumentId, FolderId, GroupId } from '@intellidocs/contracts'
import { EgressError } from '@intellidocs/egress'
import { newId, type NewEvent } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWebhooks, type WebhooksHouse } from './webhooks.testkit.ts'

let house: WebhooksHouse
let a: TestOrg
beforeAll(async () => { house = await openWebhooks() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.fresh() })

const trash = (id: DocumentId) => house.trash(a.owner, id)
const restore = (id: DocumentId) => house.restore(a.owner, id)

describe('an event is noted', () => {
  test('once for each endpoint that hears of its type, however often it is handed over', async () => {
    const [all, some, none] = [await house.endpoint(a.owner), await house.endpoint(a.owner, ['documents.uploaded.v1']), await house.endpoint(a.owner, ['documents.ready.v1'])]
    await house.upload(a.owner)
    const uploads = (await house.waiting()).filter(({ org_id }) => org_id === a.org.id).filter(({ type }) => type === 'documents.uploaded.v1')
    await Promise.all([...uploads, ...uploads].map((row) => house.handle(row)))
    expect(uploads).toHaveLength(1)
    await house.relay()
    expect([await house.states(all.ref), await house.states(some.ref), await house.states(none.ref)]).toEqual([
      [['documents.uploaded.v1', 'pending', 0]], [['documents.uploaded.v1', 'pending', 0]], []])
    expect(new Set(house.woken.map(({ endpointId }) => endpointId))).toEqual(new Set([all.ref.endpointId, some.ref.endpointId]))
  })

  test('for endpoints of its own organization, and for those that were there when it happened', async () => {
    const b = await house.org()
    const theirs = await house.endpoint(b.owner)
    await house.upload(a.owner)
    const late = await house.endpoint(a.owner)
    await house.relay()
    expect([await house.states(theirs.ref), await house.states(late.ref)]).toEqual([[], []])
  })

  test('also where somebody joins, which happens before they are at work in the organization', async () => {
    const { ref } = await house.endpoint(a.owner)
    await house.happenBefore(a.viewer, { type: 'orgs.member-joined.v1', payload: { userId: a.viewer.userId, role: 'viewer', roleId: null }, audit: false })
    await house.relay()
    await house.round(ref)
    expect(house.told()).toMatchObject([{ type: 'orgs.member-joined.v1', data: { documentId: null, actorId: a.viewer.userId } }])
  })

  test('and wakes its endpoint only when that sleeps', async () => {
    const { ref } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    expect(house.woken).toEqual([ref])
    await house.unit.runInTx(a.system, (tx) => tx.$executeRaw`update webhook_endpoint set asleep = false where id = ${ref.endpointId}::uuid`)
    await house.upload(a.owner)
    await house.relay()
    expect(house.woken).toEqual([ref])
    expect(await house.round(ref)).toEqual({ nextInMs: null })
    await house.upload(a.owner)
    await house.relay()
    expect(house.woken).toEqual([ref, ref])
  })
})

test('what is sent is the event, under the id of its delivery, signed, and the same to the byte when it is sent again', async () => {
  const { ref, secret } = await house.endpoint(a.owner)
  const documentId = await house.upload(a.owner, 'tides.txt')
  await house.relay()
  house.receiving.receive = () => 500
  await house.round(ref)
  house.advance(10_000)
  house.receiving.receive = () => 200
  await house.round(ref)
  const [row] = await house.rows(ref)
  const [first, second] = house.sent
  expect(second?.body).toBe(first?.body)
  expect([first?.url, first?.headers['content-type'], first?.headers['webhook-id'], second?.headers['webhook-id']]).toEqual(['https://hooks.example.org/in', 'application/json', row?.id, row?.id])
  // The clock of the test runs ahead of the receiver's, by less than it minds.
  expect(new Webhook(secret).verify(second?.body ?? '', { ...second?.headers })).toMatchObject({ type: 'documents.uploaded.v1' })
  expect(house.told()[0]).toEqual({
    type: 'documents.uploaded.v1', timestamp: expect.stringMatching(/Z$/),
    data: { id: expect.stringMatching(/^\d+-\d+$/), orgId: a.org.id, actorId: a.owner.userId, documentId, payload: expect.objectContaining({ documentId, name: 'tides.txt' }) },
  })
})

describe('the order of one document', () => {
  test('is kept while its first delivery fails, and others of the endpoint go on', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.trashed.v1', 'documents.restored.v1'])
    const [bad, good] = [await house.upload(a.owner), await house.upload(a.owner)]
    for (const id of [bad, good]) {
      await trash(id)
      await restore(id)
    }
    await house.relay()
    let refuses = true
    house.receiving.receive = ({ body }) => (body.includes(bad) && refuses ? 500 : 200)
    await house.round(ref)
    await house.round(ref)
    const told = house.told().map(({ type, data }) => `${type} ${data.documentId === bad ? 'bad' : 'good'}`)
    expect(told.filter((what) => what.endsWith('good'))).toEqual(['documents.trashed.v1 good', 'documents.restored.v1 good'])
    expect(told.filter((what) => what.endsWith('bad'))).toEqual(['documents.trashed.v1 bad'])
    refuses = false
    house.advance(10_000)
    await house.round(ref)
    expect(house.told().map(({ type }) => type)).toEqual(['documents.trashed.v1', 'documents.restored.v1'])
    expect((await house.states(ref)).map(([, state]) => state)).toEqual(['delivered', 'delivered', 'delivered', 'delivered'])
  })

  test('is kept when the relay hands the later event over first', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.trashed.v1', 'documents.restored.v1'])
    const [id, other] = [await house.upload(a.owner), await house.upload(a.owner)]
    await trash(id)
    await restore(id)
    await trash(other)
    await house.relay(({ type, payload }) => type === 'documents.restored.v1' || JSON.stringify(payload).includes(other))
    expect(await house.round(ref)).toEqual({ nextInMs: expect.any(Number) })
    expect(house.told().map(({ type, data }) => [type, data.documentId])).toEqual([['documents.trashed.v1', other]])
    await house.relay()
    await house.round(ref)
    expect(house.told().map(({ type }) => type)).toEqual(['documents.trashed.v1', 'documents.restored.v1'])
  })

  test('waits for no event that the relay has given up', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.trashed.v1', 'documents.restored.v1'])
    const id = await house.upload(a.owner)
    await trash(id)
    await restore(id)
    await house.relay(({ type }) => type === 'documents.restored.v1')
    await house.admin.query(`update delivery set state = 'parked' where subscriber = 'webhooks.note' and org_id = $1`, [a.org.id])
    await house.round(ref)
    expect(house.told().map(({ type }) => type)).toEqual(['documents.restored.v1'])
  })

  test('and of each folder, group, person and flow by itself: what is refused of one holds up no other', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.folder-created.v1', 'documents.folder-deleted.v1', 'orgs.group-member-added.v1', 'orgs.member-suspended.v1'])
    const [bad, good] = [newId() as FolderId, newId() as FolderId]
    const { userId } = a.viewer
    const events: NewEvent[] = [
      { type: 'documents.folder-created.v1', payload: { folderId: bad }, audit: false }, { type: 'documents.folder-deleted.v1', payload: { folderId: bad }, audit: false },
      { type: 'documents.folder-created.v1', payload: { folderId: good }, audit: false },
      { type: 'orgs.group-member-added.v1', payload: { groupId: newId() as GroupId, userId }, audit: false }, { type: 'orgs.member-suspended.v1', payload: { userId }, audit: false },
    ]
    for (const event of events) await house.happen(a.owner, event)
    await house.relay()
    house.receiving.receive = ({ body }) => (body.includes(bad) ? 500 : 200)
    await house.round(ref)
    await house.round(ref)
    const told = house.told().map(({ type, data }) => `${type} ${JSON.stringify(data.payload).includes(bad) ? 'bad' : 'good'}`)
    expect(told.toSorted()).toEqual([
      'documents.folder-created.v1 bad', 'documents.folder-created.v1 good', 'orgs.group-member-added.v1 good', 'orgs.member-suspended.v1 good'])
  })

  test('two rounds at once send nothing twice', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.uploaded.v1'])
    for (let n = 0; n < 20; n += 1) await house.upload(a.owner)
    await house.relay()
    await Promise.all([house.round(ref), house.round(ref), house.round(ref)])
    const told = house.told().map(({ data }) => data.documentId)
    expect([told.length, new Set(told).size]).toEqual([20, 20])
  })
})

describe('a process that ends in the middle', () => {
  test('told to stop: what was on its way is sent again at once by the next one', async () => {
    const { ref } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    const stop = new AbortController()
    house.receiving.receive = () => {
      stop.abort()
      throw new EgressError('cancelled')
    }
    await house.round(ref, stop.signal)
    house.receiving.receive = () => 200
    await house.round(ref)
    // Claims count as well that were given back before anything was sent.
    expect([house.told().length, await house.states(ref)]).toEqual([2, [['documents.uploaded.v1', 'delivered', expect.any(Number)]]])
  })

  test('killed: the delivery comes again once its lease is over, and what the dead one would have written is refused', async () => {
    const { ref } = await house.endpoint(a.owner)
    await house.upload(a.owner)
    await house.relay()
    const [arrived, late] = [Promise.withResolvers<undefined>(), Promise.withResolvers<number>()]
    house.receiving.receive = () => {
      arrived.resolve(undefined)
      return late.promise
    }
    const dead = house.round(ref)
    await arrived.promise
    house.receiving.receive = () => 200
    await house.round(ref)
    expect(house.sent).toHaveLength(1)
    house.advance(30_001)
    await house.round(ref)
    expect([house.sent.length, await house.states(ref)]).toEqual([2, [['documents.uploaded.v1', 'delivered', 2]]])
    late.resolve(500)
    await dead
    expect(await house.states(ref)).toEqual([['documents.uploaded.v1', 'delivered', 2]])
    expect(new Set(house.sent.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })
})

