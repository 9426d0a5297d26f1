import { roles, type DocumentId, type NotificationId, type Permission } from '@intellidocs/contracts'
import { newId, orgPrincipal, userPrincipal, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { flowEvents, openInbox, type Inbox } from './inbox.testkit.ts'

let house: Inbox
let a: TestOrg
let b: TestOrg
let documentId: DocumentId
beforeAll(async () => { house = await openInbox() })
afterAll(() => house.close())
beforeEach(async () => {
  ;[a, b] = [await house.org('A'), await house.org('B')]
  ;({ documentId } = await house.document(a.org.id, a.owner.userId, { readers: [orgPrincipal(a.org.id)] }))
  house.sent.length = 0
  house.place.now = new Date()
})

async function mention(actor: Actor, times: number, on = documentId): Promise<NotificationId[]> {
  for (let n = 0; n < times; n += 1) await house.happen(a.editor, flowEvents(on).commented([actor.userId]))
  await house.settle()
  return (await house.as(actor).list({ limit: 200 })).items.slice(0, times).map(({ id }) => id).toReversed()
}
const readEvents = () => house.rows<{ audience: string[]; payload: { notifications: string[]; before?: string } }>(
  `select audience, payload from event where org_id = $1 and type = 'notifications.read.v1' order by id`, [a.org.id])
const auditOf = (action: string) => house.rows<{ actor_id: string; data: unknown }>('select actor_id, data from audit where org_id = $1 and action = $2 order by id', [a.org.id, action])

test('the inbox is paged newest first, without gap or repetition, and narrowed to what is unread', async () => {
  const ids = await mention(a.viewer, 7)
  const api = house.as(a.viewer)
  await api.markRead({ ids: ids.slice(0, 2) })
  const paged = async (unread: boolean): Promise<string[]> => {
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await api.list({ limit: 3, unread, ...(cursor === undefined ? {} : { cursor }) })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    return seen
  }
  expect([await paged(false), await paged(true)]).toEqual([ids.toReversed(), ids.slice(2).toReversed()])
  expect(await api.unreadCount()).toEqual({ unread: 5 })
  await expect(api.list({ cursor: 'x' })).rejects.toMatchObject({ cause: { code: 'input.cursor' } })
})

test('of fifty who mark the same as read at once, each notification is counted for one of them', async () => {
  const ids = await mention(a.viewer, 20)
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => house.as(a.viewer).markRead(
    n % 5 === 0 ? { all: true, before: new Date(Date.now() + 60_000).toISOString() } : { ids: n % 2 === 0 ? ids : ids.toReversed() })))
  expect(answers.reduce((sum, { read }) => sum + read, 0)).toBe(20)
  expect(await house.as(a.viewer).unreadCount()).toEqual({ unread: 0 })
  const audited = await auditOf('notifications.read.v1')
  expect(audited.map(({ actor_id: id }) => id)).toEqual(audited.map(() => a.viewer.userId))
  expect(audited).toHaveLength(answers.filter(({ read }) => read > 0).length)
  expect((await readEvents()).every(({ audience }) => audience.join() === userPrincipal(a.viewer.userId))).toBe(true)
})

test('all until a moment leaves what came after it', async () => {
  const [first] = await mention(a.viewer, 2)
  const at = (await house.as(a.viewer).list({})).items.find(({ id }) => id === first)?.at ?? ''
  // The moments of answers are whole milliseconds.
  const before = new Date(Date.parse(at) + 1).toISOString()
  expect(await house.as(a.viewer).markRead({ all: true, before })).toEqual({ read: 1 })
  expect((await readEvents()).map(({ payload }) => payload)).toEqual([{ notifications: [], before }])
})

test("another's, another organization's and nobody's notifications are not there, and are not changed", async () => {
  const [id] = await mention(a.viewer, 1)
  if (id === undefined) throw new Error('nothing was told')
  const before = await house.rows('select * from notification where id = $1', [id])
  for (const actor of [a.owner, a.admin, b.owner, { ...b.viewer, userId: a.viewer.userId }]) {
    expect([await house.as(actor).markRead({ ids: [id, newId() as NotificationId] }), await house.as(actor).unreadCount(), (await house.as(actor).list({})).items])
      .toEqual([{ read: 0 }, { unread: 0 }, []])
    await house.as(actor).markRead({ all: true, before: '2099-01-01T00:00:00.000Z' })
  }
  expect([await house.rows('select * from notification where id = $1', [id]), await readEvents(), await auditOf('notifications.read.v1')]).toEqual([before, [], []])
})

test('what somebody may not see any more is in no list, no count and no marking, and comes back with the right', async () => {
  const secret = await house.document(a.org.id, a.owner.userId, { readers: [userPrincipal(a.viewer.userId)] })
  await mention(a.viewer, 1)
  const [hidden] = await mention(a.viewer, 1, secret.documentId)
  if (hidden === undefined) throw new Error('nothing was told')
  const seen = async () => [(await house.as(a.viewer).list({})).items.length, (await house.as(a.viewer).list({ unread: true })).items.length, (await house.as(a.viewer).unreadCount()).unread]
  expect(await seen()).toEqual([2, 2, 2])
  await house.revoke(secret.documentId, userPrincipal(a.viewer.userId))
  expect(await seen()).toEqual([1, 1, 1])
  expect(await house.as(a.viewer).markRead({ ids: [hidden] })).toEqual({ read: 0 })
  expect(await house.as(a.viewer).markRead({ all: true, before: '2099-01-01T00:00:00.000Z' })).toEqual({ read: 1 })
  await house.rows('insert into document_reader (org_id, principal, created_at, document_id) values ($1, $2, now(), $3)', [a.org.id, userPrincipal(a.viewer.userId), secret.documentId])
  expect(await seen()).toEqual([2, 1, 1])
})

test('a key sees of its owner\'s inbox what its scopes allow', async () => {
  await mention(a.owner, 1)
  await house.happen(a.owner, { type: 'users.api-key-created.v1', payload: { apiKeyId: newId() }, audit: false })
  await house.settle()
  const key = (...scopes: Permission[]): Actor => ({ ...a.owner, kind: 'apiKey', permissions: new Set(scopes) })
  const kinds = async (actor: Actor) => (await house.as(actor).list({})).items.map(({ kind }) => kind)
  expect([await kinds(key('notifications:read')), await kinds(key('notifications:read', 'documents:read'))]).toEqual([['security'], ['security', 'mentioned']])
  expect(await house.as(key('notifications:read')).unreadCount()).toEqual({ unread: 1 })
  for (const call of [() => house.as(key('documents:read')).list({}), () => house.as(key('notifications:read')).markRead({ all: true, before: '2099-01-01T00:00:00.000Z' })]) {
    await expect(call()).rejects.toMatchObject({ cause: { code: 'auth.forbidden' } })
  }
})

test('with a document that is purged, a folder that is deleted and a membership that ends goes what was told of it', async () => {
  await mention(a.viewer, 1)
  await mention(a.admin, 1)
  const left = async () => (await house.rows<{ n: number }>('select count(*)::int as n from notification where org_id = $1', [a.org.id]))[0]?.n
  await house.as(a.viewer).preferences.set({ digest: 'hourly', kinds: { shared: { mail: 'off' } } })
  await house.unit.runInTx(a.owner, (tx) => tx.membership.delete({ where: { orgId_userId: { orgId: a.org.id, userId: a.viewer.userId } } }))
  expect([await left(), await house.rows('select * from notification_preference where org_id = $1', [a.org.id]), await house.rows('select * from notification_rhythm where org_id = $1', [a.org.id])])
    .toEqual([1, [], []])
  await house.rows('delete from document where id = $1', [documentId])
  expect(await left()).toBe(0)
})

test('what was told more than ninety days ago is removed in every organization, and younger is not', async () => {
  await mention(a.viewer, 2)
  await house.rows(`update notification set at = now() - interval '91 days' where id in (select id from notification where org_id = $1 limit 1)`, [a.org.id])
  expect(await house.notifications.removeOld(new AbortController().signal)).toBe(1)
  expect((await house.as(a.viewer).list({})).items).toHaveLength(1)
})

describe('preferences', () => {
  test('begin with the same for everybody, change what is named, and are each person\'s own in each organization', async () => {
    const before = await house.as(a.viewer).preferences.get()
    expect(before).toMatchObject({ digest: 'daily', kinds: { task_assigned: { live: true, inbox: true, mail: 'immediate' }, shared: { mail: 'digest' }, security: { mail: 'immediate' } } })
    const after = await house.as(a.viewer).preferences.set({ digest: 'hourly', kinds: { shared: { mail: 'off' }, security: { live: false } } })
    expect(after).toEqual({
      digest: 'hourly', kinds: { ...before.kinds, shared: { ...before.kinds.shared, mail: 'off' }, security: { ...before.kinds.security, live: false } },
    })
    expect(await house.as(a.viewer).preferences.get()).toEqual(after)
    for (const actor of [a.owner, b.viewer, { ...b.viewer, userId: a.viewer.userId }]) expect(await house.as(actor).preferences.get()).toEqual(before)
    expect(await auditOf('notifications.preferences-set.v1')).toEqual([
      { actor_id: a.viewer.userId, data: { digest: 'hourly', kinds: { shared: { mail: 'off' }, security: { live: false } } } },
    ])
  })

  test('set at once for different channels all hold', async () => {
    const changes = [{ live: false }, { inbox: false }, { mail: 'off' as const }]
    await house.as(a.viewer).preferences.set({ kinds: { shared: { live: true } } })
    await Promise.all(changes.map((shared) => house.as(a.viewer).preferences.set({ kinds: { shared } })))
    expect((await house.as(a.viewer).preferences.get()).kinds.shared).toEqual({ live: false, inbox: false, mail: 'off' })
  })

  test('cannot switch mail on security off, nor name what is not there', async () => {
    const before = await house.as(a.viewer).preferences.get()
    for (const input of [
      { kinds: { security: { mail: 'off' } } }, { kinds: { security: { mail: 'immediate' } } }, { kinds: { other: { live: true } } }, { kinds: { shared: { mail: 'weekly' } } }, { digest: 'weekly' }, {},
    ]) await expect(house.as(a.viewer).preferences.set(input as object), JSON.stringify(input)).rejects.toMatchObject({ cause: { code: 'input.invalid' } })
    const forced = house.unit.runInTx(a.viewer, (tx) => tx.$executeRaw`
      insert into notification_preference (org_id, user_id, kind, live, inbox, mail) values (${a.org.id}::uuid, ${a.viewer.userId}::uuid, 'security', true, true, 'off')`)
    await expect(forced).rejects.toThrow(/notification_preference_security/)
    expect([await house.as(a.viewer).preferences.get(), await auditOf('notifications.preferences-set.v1')]).toEqual([before, []])
  })

  const live = () => house.rows(`select id from event where org_id = $1 and type = 'notifications.added.v1'`, [a.org.id])
  test.each([
    [{ live: true, inbox: true, mail: 'immediate' as const }, [1, 1, 1]], [{ live: false, inbox: true, mail: 'off' as const }, [0, 1, 0]],
    [{ live: true, inbox: false, mail: 'off' as const }, [1, 0, 0]], [{ live: false, inbox: false, mail: 'immediate' as const }, [0, 0, 1]],
    [{ live: false, inbox: false, mail: 'off' as const }, [0, 0, 0]], [{ live: false, inbox: false, mail: 'digest' as const }, [0, 0, 0]],
  ])('%j decides by which ways somebody is told', async (mentioned, [events, inbox, mails]) => {
    await house.as(a.viewer).preferences.set({ kinds: { mentioned } })
    await mention(a.viewer, 1)
    expect([(await live()).length, (await house.as(a.viewer).list({})).items.length, (await house.as(a.viewer).unreadCount()).unread, house.sent.length]).toEqual([events, inbox, inbox, mails])
  })

  test('are every role\'s to set', async () => {
    for (const role of roles) expect((await house.as(a[role]).preferences.set({ digest: 'hourly' })).digest).toBe('hourly')
  })
})
