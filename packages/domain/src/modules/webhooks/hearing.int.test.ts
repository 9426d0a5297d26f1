import type { DocumentId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openWebhooks, type WebhooksHouse } from './webhooks.testkit.ts'
import type { WebhookRef } from './webhooks.types.ts'

let house: WebhooksHouse
let a: TestOrg
beforeAll(async () => { house = await openWebhooks() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.fresh() })

const list = (ref: WebhookRef, actor = a.owner) => house.list(actor, ref)

describe('what an endpoint hears of restricted documents', () => {
  test('is what its owner reads when it is delivered; the rest leaves no trace', async () => {
    const { ref } = await house.endpoint(a.admin, ['documents.uploaded.v1', 'documents.trashed.v1'])
    const [hidden, open] = [await house.upload(a.owner, 'secret.txt'), await house.upload(a.owner, 'open.txt')]
    await house.relay()
    await house.modules.documents.update(a.owner, { id: hidden, visibility: 'restricted' })
    await house.round(ref)
    expect(house.told().map(({ data }) => data.documentId)).toEqual([open])
    expect(await house.states(ref)).toEqual([['documents.uploaded.v1', 'delivered', 1]])
  })

  test('of a document that is gone: what those hear who could read it', async () => {
    const [mine, others] = [await house.endpoint(a.owner, ['documents.purged.v1']), await house.endpoint(a.admin, ['documents.purged.v1'])]
    const id = newId() as DocumentId
    await house.happen(a.owner, { type: 'documents.purged.v1', payload: { documentId: id, blobs: [], runs: [] }, documentId: id, audience: [`user:${a.owner.userId}`], audit: false })
    await house.relay()
    await house.round(others.ref)
    expect(house.told()).toEqual([])
    await house.round(mine.ref)
    expect(house.told().map(({ data }) => data.documentId)).toEqual([id])
  })

  test('is not shown in the log to another manager who does not read them', async () => {
    const { ref } = await house.endpoint(a.owner, ['documents.uploaded.v1'])
    const hidden = await house.upload(a.owner, 'secret.txt')
    await house.modules.documents.update(a.owner, { id: hidden, visibility: 'restricted' })
    await house.relay()
    await house.round(ref)
    const [own] = (await list(ref)).items
    const [others] = (await list(ref, a.admin)).items
    expect([own?.request, own?.response]).toEqual([expect.stringContaining('secret.txt'), 'says 204'])
    expect(others).toEqual({ ...own, request: null, response: null })
  })
})

describe('the owner of an endpoint', () => {
  const left = () => house.admin.query('delete from membership where org_id = $1 and user_id = $2', [a.org.id, a.admin.userId])
  const pausedEvents = async () => (await house.admin.query(`select payload from event where org_id = $1 and type = 'webhooks.endpoint-paused.v1'`, [a.org.id])).rows

  test('left: it is paused when the next thing would leave, with an event for them, and nothing is said', async () => {
    const { ref } = await house.endpoint(a.admin)
    await house.upload(a.owner)
    await house.relay()
    await left()
    expect(await house.round(ref)).toEqual({ nextInMs: null })
    expect([house.told(), await house.states(ref)]).toEqual([[], [['documents.uploaded.v1', 'pending', 0]]])
    expect(await house.endpointOf(ref)).toMatchObject({ state: 'paused', paused_why: 'owner' })
    expect(await pausedEvents()).toEqual([{ payload: { endpointId: ref.endpointId, ownerId: a.admin.userId, why: 'owner' } }])
  })

  test.each([
    ['was removed', 'orgs.member-removed.v1', 'delete from membership where org_id = $1 and user_id = $2'],
    ['was suspended', 'orgs.member-suspended.v1', `update membership set status = 'suspended' where org_id = $1 and user_id = $2`],
    ['manages webhooks no more', 'orgs.member-role-set.v1', `update membership set role = 'editor' where org_id = $1 and user_id = $2`],
  ] as const)('%s: it is paused as soon as that is known, once', async (_what, type, sql) => {
    const [theirs, others] = [await house.endpoint(a.admin), await house.endpoint(a.owner)]
    await house.admin.query(sql, [a.org.id, a.admin.userId])
    const { userId } = a.admin
    const payload = type === 'orgs.member-role-set.v1' ? { userId, role: 'editor' as const, roleId: null } : { userId }
    for (let twice = 0; twice < 2; twice += 1) {
      await house.handle({ delivery: 0n, id: 0n, org_id: a.org.id, type, actor_id: a.owner.userId, at: new Date(), payload, subscriber: 'webhooks.pause-of-former' })
    }
    expect([(await house.endpointOf(theirs.ref))?.paused_why, (await house.endpointOf(others.ref))?.state, (await pausedEvents()).length]).toEqual(['owner', 'active', 1])
  })

  test('of an organization that is being deleted is left as it is: that may be taken back', async () => {
    const { ref } = await house.endpoint(a.admin)
    await house.upload(a.owner)
    await house.relay()
    await house.admin.query(`update org set status = 'deleting', purge_at = now() + interval '2 hours' where id = $1`, [a.org.id])
    expect(await house.round(ref)).toEqual({ nextInMs: null })
    await house.admin.query(`update org set status = 'active', purge_at = null where id = $1`, [a.org.id])
    await house.round(ref)
    expect(house.told()).toHaveLength(1)
  })
})
