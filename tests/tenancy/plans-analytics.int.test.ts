import { meters, type OrgId, type UserId } from '@intellidocs/contracts'
import { openDatabase } from '@intellidocs/db'
import { createLog, createOutbox, createUnitOfWork, newId, systemClock, type Actor } from '@intellidocs/kernel'
import { testActor, testDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readWhole, scansOf, type Scans } from '../../bench/growth/crowd.ts'
import { createAnalyticsModule } from '../../packages/domain/src/modules/analytics/index.ts'

/*
 * What figures of a year cost: beside the days of many other organizations, and beside facts, events and documents, of which they read none. Counted by the
 * server as it happens, as in `plans.int.test.ts`.
 */
const OTHERS = 300
const SMALL = 1000
/** Past the point where the server settles on a plan for a named statement. */
const TIMES = 8

let db: TestDatabase
let admin: pg.Client
const actor: Actor = testActor(newId() as OrgId, newId() as UserId, 'owner')
const [FROM, TO] = ['2025-01-01', '2025-12-31']

beforeAll(async () => {
  db = await testDatabase()
  admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  if (db.kind === 'pglite') return
  await admin.query('create temp table crowd as select gen_random_uuid() as org_id from generate_series(1, $1::int)', [OTHERS])
  await admin.query('insert into crowd values ($1)', [actor.orgId])
  await admin.query(`insert into org (id, slug, name) select org_id, 'crowd-' || org_id, 'Crowd' from crowd; insert into analytics_org (org_id, per_person) select org_id, true from crowd`)
  const day = `('${FROM}'::date + d)`
  const metric = `unnest(array['added', 'versions', 'pages', 'ready', 'failed', 'search', 'shares', 'queue'])`
  await admin.query(`insert into analytics_day (org_id, generation, metric, day, dim, n, total, peak)
    select org_id, 1, m, ${day}, '', 1, 2, 2 from crowd, generate_series(0, 364, case org_id when '${actor.orgId}' then 1 else 30 end) d, ${metric} m`)
  await admin.query(`insert into analytics_month (org_id, generation, metric, month, dim, n, total, peak, bins)
    select org_id, 1, m, make_date(2025, month, 1), dim, 1, 2, 2, '[40:41]={1,1}' from crowd, generate_series(1, 12) month,
      unnest(array['waited', 'stages', 'search.took', 'flows.cycle', 'flows.people']) m, lateral (select case when m like 'flows%' then org_id::text else 'x' end as dim) of`)
  await admin.query(`insert into analytics_person (org_id, generation, month, person, days)
    select org_id, 1, make_date(2025, month, 1), gen_random_uuid(), 5 from crowd, generate_series(1, 12) month, generate_series(1, 4)`)
  await admin.query(`insert into analytics_fact (org_id, event_id, at, facts) select org_id, n, now(), '[]' from crowd, generate_series(1, 20) n`)
  await admin.query('vacuum analyze analytics_org, analytics_day, analytics_month, analytics_person, analytics_fact')
}, 120_000)
afterAll(async () => {
  await admin.end()
  await db.close()
})

const used = Object.fromEntries(meters.map((meter) => [meter, { used: 1, limit: null }])) as never
type Module = ReturnType<typeof createAnalyticsModule>

/** What each table was read for by that work, on a connection of its own. */
async function scansBy(work: (module: Module) => Promise<unknown>): Promise<{ before: Map<string, Scans>; after: Map<string, Scans> }> {
  const scanned = (scans: Map<string, Scans>): number => [...scans.values()].reduce((sum, { sequential, indexed }) => sum + sequential + indexed, 0)
  const before = await scansOf(admin)
  const log = createLog({ level: 'silent', name: 'test' })
  const database = openDatabase({ url: db.url, maxConnections: 1, log })
  try {
    const unit = createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
    const module = createAnalyticsModule({
      ...unit, clock: systemClock, log, outbox: createOutbox(), words: async () => null, usage: async () => ({ plan: 'own', meters: used }) as never,
    })
    for (let time = 0; time < TIMES; time += 1) await work(module)
  } finally {
    await database.close()
  }
  // The sessions report as they end.
  await expect.poll(async () => scanned(await scansOf(admin)), { timeout: 10_000 }).toBeGreaterThan(scanned(before))
  return { before, after: await scansOf(admin) }
}

const year = { from: FROM, to: TO }
const queries: [string, (module: Module) => Promise<unknown>][] = (['day', 'week', 'month'] as const).flatMap((grain): [string, (module: Module) => Promise<unknown>][] => [
  [`the overview by ${grain}`, async ({ analytics }) => expect((await analytics.overview(actor, { ...year, grain })).total).toMatchObject({ documents: 365, people: 48 })],
  [`documents by ${grain}`, ({ analytics }) => analytics.documents(actor, { ...year, grain })],
  [`processing by ${grain}`, async ({ analytics }) => expect((await analytics.processing(actor, { ...year, grain })).waited.count).toBe(12)],
  [`search by ${grain}`, ({ analytics }) => analytics.search(actor, { ...year, grain, limit: 50 })],
  [`sharing by ${grain}`, ({ analytics }) => analytics.sharing(actor, { ...year, grain })],
])

test.each([
  ...queries,
  ['flows and people', async ({ analytics }) => expect((await analytics.flows(actor, { ...year, limit: 50 })).items).toHaveLength(1)],
  ['use and forecast', ({ analytics }) => analytics.usage(actor)],
  ['an export', ({ analytics }) => analytics.export(actor, { of: 'stages', format: 'csv', ...year, grain: 'day' })],
] as [string, (module: Module) => Promise<unknown>][])('figures of a year (%s) read no growing table from end to end, and of what they are made of nothing', async (_, query) => {
  if (db.kind === 'pglite') return
  const { before, after } = await scansBy(query)
  expect(readWhole(before, after, SMALL)).toEqual([])
  const looked = (name: string): number => ['sequential', 'indexed'].reduce((sum, kind) => sum + (after.get(name)?.[kind as 'indexed'] ?? 0) - (before.get(name)?.[kind as 'indexed'] ?? 0), 0)
  expect(['analytics_fact', 'event', 'document', 'document_version', 'search_query'].filter((name) => looked(name) > 0)).toEqual([])
})

test('nor does counting', async () => {
  if (db.kind === 'pglite') return
  let id = 1_000
  const { before, after } = await scansBy(async ({ subscribers: [count] }) => {
    const payload = { documentId: actor.orgId, versionId: actor.orgId, attempt: 1, name: 'f', size: 10, number: 1 }
    const event = { id: BigInt(id += 1), orgId: actor.orgId, type: 'documents.uploaded.v1', actorId: actor.userId, at: new Date(`${TO}T12:00:00Z`), payload }
    await count?.handle(event as never, new AbortController().signal)
  })
  expect(readWhole(before, after, SMALL)).toEqual([])
})
