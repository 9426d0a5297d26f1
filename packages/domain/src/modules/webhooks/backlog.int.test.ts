import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Prisma } from '@intellidocs/db'
import { createEgress } from '@intellidocs/egress'
import { newId, type Tx } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { deliveriesRepository } from './deliveries.repository.ts'
import { overdueRepository, ROWS_AT_ONCE } from './overdue.repository.ts'
import { openWebhooks, type WebhooksHouse } from './webhooks.testkit.ts'
import type { WebhookRef } from './webhooks.types.ts'

const MANY = 3_000
let house: WebhooksHouse
let a: TestOrg
beforeAll(async () => { house = await openWebhooks() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.fresh() })

/** So many deliveries of as many documents, each due a second after the one before it, from two hours ago on. */
async function backlog({ orgId, endpointId }: WebhookRef, count = MANY, age = '2 hours'): Promise<void> {
  await house.admin.query(`
    with told as (
      insert into event (org_id, type, actor_id, payload) select $1, 'documents.uploaded.v1', $3, '{}' from generate_series(1, $4::int) returning org_id, id
    )
    insert into webhook_delivery (id, org_id, endpoint_id, event_id, event_type, lane, next_at, created_at)
    select gen_random_uuid(), org_id, $2, id, 'documents.uploaded.v1', id::text, now() - $5::interval + row_number() over (order by id) * interval '1 s', now() - $5::interval from told`,
  [orgId, endpointId, a.owner.userId, count, age])
  await house.admin.query('analyze webhook_delivery, webhook_endpoint, event')
}

type Node = { 'Relation Name'?: string; 'Actual Rows': number; 'Actual Loops': number; Plans?: Node[] }
const rowsOf = (node: Node): number[] => [
  ...(node['Relation Name'] === 'webhook_delivery' ? [node['Actual Rows'] * node['Actual Loops']] : []), ...(node.Plans ?? []).flatMap(rowsOf),
]

/** What a repository asks, and how many deliveries are read for the answer. */
async function reads(run: (work: (tx: Tx) => Promise<unknown>) => Promise<unknown>, ask: (tx: Tx) => Promise<unknown>): Promise<number> {
  const asked: Prisma.Sql[] = []
  await ask({ $queryRaw: async (strings: TemplateStringsArray, ...values: unknown[]) => { asked.push(Prisma.sql(strings, ...values)); return [] } } as unknown as Tx)
  let most = 0
  await run(async (tx) => {
    const [row] = await tx.$queryRaw<{ 'QUERY PLAN': [{ Plan: Node }] }[]>(Prisma.sql`explain (analyze, format json) ${asked[0] ?? Prisma.empty}`)
    most = Math.max(0, ...rowsOf(row?.['QUERY PLAN'][0].Plan ?? { 'Actual Rows': 0, 'Actual Loops': 0 }))
  })
  return most
}

describe('of a long backlog', () => {
  test('the last look of a round reads the first alone', async () => {
    const { ref } = await house.endpoint(a.owner)
    await backlog(ref)
    const inOrg = (work: (tx: Tx) => Promise<unknown>) => house.unit.runInTx(a.system, work)
    expect(await reads(inOrg, (tx) => deliveriesRepository.nextDue(tx, ref))).toBeLessThan(10)
    const due = await house.unit.runInTx(a.system, (tx) => deliveriesRepository.nextDue(tx, ref))
    const [{ first } = { first: null }] = (await house.admin.query<{ first: Date }>('select min(next_at) as first from webhook_delivery where endpoint_id = $1', [ref.endpointId])).rows
    expect(due).toEqual(first)
  })

  test('the look for what is late reads nothing where the endpoint is paused, and one delivery where it is not', async () => {
    const [paused, late] = [await house.endpoint(a.owner), await house.endpoint(a.owner)]
    for (const { ref } of [paused, late]) await backlog(ref)
    await house.webhooks.endpoints.update(a.owner, { id: paused.ref.endpointId, state: 'paused' })
    const overdue = (tx: Tx) => overdueRepository.overdue(tx, house.clock.now(), { after: null, limit: 500 })
    expect(await reads(house.unit.runAsSystem, overdue)).toBeLessThan(10)
    const found = (await house.unit.runAsSystem(overdue)).map(({ endpointId }) => endpointId)
    expect([found.includes(late.ref.endpointId), found.includes(paused.ref.endpointId)]).toEqual([true, false])
    const next = await house.unit.runAsSystem((tx) => overdueRepository.overdue(tx, house.clock.now(), { after: late.ref.endpointId, limit: 500 }))
    expect(next.map(({ endpointId }) => endpointId)).not.toContain(late.ref.endpointId)
  })

  test('no statement gives up or removes more than its part, and all of it goes', async () => {
    const [{ ref: old }, { ref: deleted }] = [await house.endpoint(a.owner), await house.endpoint(a.owner)]
    await backlog(old, ROWS_AT_ONCE + 1, '31 days')
    await backlog(deleted, ROWS_AT_ONCE + 1)
    await house.webhooks.endpoints.remove(a.owner, { id: deleted.endpointId })
    const now = house.clock.now()
    const [before, ended] = [new Date(now.getTime() - 30 * 86_400_000), new Date(now.getTime() + 1)]
    const system = house.unit.runAsSystem
    expect(await system((tx) => overdueRepository.giveUp(tx, { before, now }))).toBe(ROWS_AT_ONCE)
    expect(await system((tx) => overdueRepository.removeOlderThan(tx, { noted: before, ended }))).toBe(ROWS_AT_ONCE)
    expect(await system((tx) => overdueRepository.removeDeleted(tx))).toBe(ROWS_AT_ONCE)
    house.advance(8 * 86_400_000)
    for (let twice = 0; twice < 2; twice += 1) {
      await house.webhooks.removeOldDeliveries(new AbortController().signal)
      house.advance(8 * 86_400_000)
    }
    expect([await house.rows(old), await house.rows(deleted), await house.endpointOf(deleted)]).toEqual([[], [], undefined])
  })
})

test('who is paused with their endpoints while something is noted for these holds up neither, whichever endpoint changed last', async () => {
  const [first, second] = [(await house.endpoint(a.admin)).ref, (await house.endpoint(a.admin)).ref].toSorted((x, y) => x.endpointId.localeCompare(y.endpointId))
  // The first one's row is the last in the table and its index from now on.
  for (const { userId } of [a.owner, a.admin]) await house.admin.query('update webhook_endpoint set owner_id = $2 where id = $1', [first?.endpointId, userId])
  await house.admin.query('delete from membership where org_id = $1 and user_id = $2', [a.org.id, a.admin.userId])
  const { userId } = a.admin
  const waits = async () => {
    await house.admin.query('select pg_stat_clear_snapshot()')
    return (await house.admin.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`)).rows.length
  }
  const hold = (ref?: WebhookRef) => house.admin.query('select from webhook_endpoint where id = $1 for share', [ref?.endpointId])
  await house.admin.query('begin')
  await hold(first)
  const removed = { delivery: 0n, id: 0n, org_id: a.org.id, type: 'orgs.member-removed.v1', actor_id: a.owner.userId, at: new Date(), payload: { userId } }
  const pausing = house.handle({ ...removed, subscriber: 'webhooks.pause-of-former' })
  await vi.waitFor(async () => expect(await waits()).toBe(1), { timeout: 20_000 })
  await hold(second)
  await house.admin.query('commit')
  await pausing
  for (const ref of [first, second]) expect(ref === undefined ? null : await house.endpointOf(ref)).toMatchObject({ state: 'paused', paused_why: 'owner' })
})

test('a receiver whose name means another address once it was checked is not sent to there', async () => {
  const seen: string[] = []
  const server = createServer((request, response) => {
    seen.push(request.url ?? '')
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const meanings = ['127.0.0.5', '127.0.0.1']
  // 127.0.0.5 stands for the public address: nobody listens there.
  const egress = createEgress({ allow: ['127.0.0.5'], resolve: async () => [meanings.shift() ?? '127.0.0.1'] })
  const webhooks = house.otherwise({ egress })
  const { endpoint: { id } } = await webhooks.endpoints.create(a.owner, { url: `http://${newId()}.example.org:${port}/inside`, description: '', events: null })
  const ref = { orgId: a.org.id, endpointId: id }
  await house.upload(a.owner)
  await house.relay()
  for (let n = 0; n < 2; n += 1) {
    await webhooks.deliverDue(ref, new AbortController().signal)
    house.advance(10_000)
  }
  expect((await house.list(a.owner, ref)).items.flatMap(({ attempts }) => attempts.map(({ error }) => error))).toEqual(['connection', 'address'])
  expect([seen, meanings]).toEqual([[], []])
  server.close()
})
