import type { DocumentId, OrgId } from '@intellidocs/contracts'
import { createLog, createRelay, orgPrincipal, systemClock, type Subscriber } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { flowEvents, openInbox, type Inbox } from './inbox.testkit.ts'
import { BATCH } from './tell.ts'

const MANY = 5_000
/** Five thousand people, on a machine that does other things as well. */
const SLOW = 240_000
/** The members of every test organization but its guest and the one who shares. */
const OTHERS = 3
const log = createLog({ level: 'silent', name: 'test' })
let house: Inbox
let a: TestOrg
let b: TestOrg
const documents: Record<string, DocumentId> = {}
beforeAll(async () => {
  house = await openInbox()
  ;[a, b] = [await house.org('A'), await house.org('B')]
  for (const org of [a, b]) documents[org.org.id] = (await house.document(org.org.id, org.owner.userId, { readers: [orgPrincipal(org.org.id)] })).documentId
  await house.rows('create table made as select gen_random_uuid() as id from generate_series(1, $1::int)', [MANY])
  await house.rows(`insert into user_account (id, email, name, password_hash) select id, id || '@example.test', 'Member', 'x' from made`)
  await house.rows(`insert into membership (org_id, user_id, role) select $1, id, 'viewer' from made`, [a.org.id])
})
afterAll(() => house.close())
beforeEach(async () => {
  for (const table of ['notification', 'delivery', 'access_grant']) await house.rows(`delete from ${table}`)
})

const documentOf = (org: TestOrg): DocumentId => documents[org.org.id] ?? ('none' as DocumentId)
const share = async (): Promise<void> => house.happen(a.owner, await house.grant(a.owner, { documentId: documentOf(a), folderId: null }, orgPrincipal(a.org.id)))
const toldIn = async (org: TestOrg, kind: string) => (await house.rows<{ n: number }>('select count(*)::int as n from notification where org_id = $1 and kind = $2', [org.org.id, kind]))[0]?.n
const liveIn = async (org: TestOrg, since: string) => (await house.rows<{ n: number; people: number }>(`
  select count(*)::int as n, count(distinct audience)::int as people from event where org_id = $1 and id > $2::bigint and type = 'notifications.added.v1'`, [org.org.id, since]))[0]
const lastEvent = async (): Promise<string> => (await house.rows<{ id: string }>('select coalesce(max(id), 0)::text as id from event'))[0]?.id ?? '0'

/** Runs a relay until nothing is left; answers what it delivered in order. `after` is awaited when the delivery of that number is done. */
async function relayed(concurrency: number, after: (delivered: number) => Promise<void>): Promise<{ orgId: OrgId; type: string }[]> {
  const order: { orgId: OrgId; type: string }[] = []
  const watched = house.subscribers.map((one): Subscriber => ({
    ...one,
    async handle(event, signal) {
      await one.handle(event, signal)
      order.push({ orgId: event.orgId, type: event.type })
      await after(order.length)
    },
  }))
  const stop = new AbortController()
  const running = createRelay({ database: house.db.database, subscribers: watched, log, clock: systemClock, signal: stop.signal, concurrency, pollMs: 20 }).run()
  await vi.waitFor(async () => expect(await house.deliveries()).toEqual([]), { timeout: SLOW, interval: 50 })
  stop.abort()
  await running
  return order
}

test.each([1, 4])('while five thousand are told, by %i at once, neither another organization nor other work of the same one waits for them', async (concurrency) => {
  const mark = await lastEvent()
  await share()
  const order = await relayed(concurrency, async (delivered) => {
    if (delivered !== 2) return
    for (const org of [a, b]) await house.happen(org.owner, flowEvents(documentOf(org)).assigned(org.viewer.userId))
  })
  const batches = Math.ceil((MANY + OTHERS) / BATCH)
  expect(order.filter(({ type }) => type === 'notifications.part-told.v1').length).toBeGreaterThanOrEqual(batches - 1)
  // One batch may be under way, and one have been taken before; fifty were to come.
  const place = (org: TestOrg) => order.findIndex(({ orgId, type }) => orgId === org.org.id && type === 'workflows.task-assigned.v1')
  expect(place(b)).toBeGreaterThan(1)
  expect(place(b)).toBeLessThanOrEqual(5)
  expect(place(a)).toBeLessThanOrEqual(6)
  expect([await toldIn(a, 'shared'), await toldIn(a, 'task_assigned'), await toldIn(b, 'task_assigned')]).toEqual([MANY + OTHERS, 1, 1])
  expect(await liveIn(a, mark)).toEqual({ n: MANY + OTHERS + 1, people: MANY + OTHERS })
}, SLOW)

test('a fan-out that is cut off anywhere and delivered again tells everybody once', async () => {
  const mark = await lastEvent()
  await share()
  const twice = new Set<string>()
  for (;;) {
    const [next] = await house.deliveries()
    if (next === undefined) break
    await house.hand(next)
    // Every third as a relay leaves it that ended before it could say that it was done.
    if (twice.size % 3 === 0 && !twice.has(next.id)) await house.hand(next)
    twice.add(next.id)
    await house.rows('delete from delivery where id = $1', [next.id])
  }
  expect(await toldIn(a, 'shared')).toBe(MANY + OTHERS)
  expect(await liveIn(a, mark)).toEqual({ n: MANY + OTHERS, people: MANY + OTHERS })
  // Nor did the repetitions begin fan-outs of their own.
  expect(twice.size).toBe(Math.ceil((MANY + OTHERS) / BATCH))
}, SLOW)

test('who loses the document half-way is told no more', async () => {
  await share()
  const order = await relayed(1, async (delivered) => {
    if (delivered === 3) await house.revoke(documentOf(a), orgPrincipal(a.org.id))
  })
  expect(order.length).toBeGreaterThan(3)
  expect(await toldIn(a, 'shared')).toBe(3 * BATCH)
  await house.rows('insert into document_reader (org_id, principal, created_at, document_id) values ($1, $2, now(), $3)', [a.org.id, orgPrincipal(a.org.id), documentOf(a)])
}, SLOW)
