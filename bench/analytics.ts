// npm run bench:analytics -- [--documents 100000] [--runs 20000] [--queries 200000] [--rounds 40]
// Every query of analytics over a year of an organization with that many documents, runs of flows and searches, p50 and p95, through the services on a real
// Postgres; beside it the same figures from the live tables, in the same run. How fast the past is counted and days are built anew, and what counting costs the relay: deliveries a second to a
// subscriber that does nothing, alone and beside the one of analytics.
// One JSON line last: { analytics: { documents, events, rows, overview: M, documents_query: M, …, collect_events_per_s, rebuild_facts_per_s, relay: { … } } }, M = { p50_ms, p95_ms, baseline_p50_ms }.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openDatabase } from '@intellidocs/db'
import { createModules, subscribersOf } from '@intellidocs/domain'
import { createIdempotency, createLiveFeed, createLog, createOutbox, createRelay, createUnitOfWork, subscriber, systemClock, type Subscriber } from '@intellidocs/kernel'
import { createFileBlobStore } from '@intellidocs/storage'
import { asAdmin, createTestOrg, startPostgresForRun, withDatabase, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { baselines } from './analytics/baseline.ts'
import { seedYear } from './analytics/seed.ts'
import { percentile, rounded } from './figures.ts'

const { values } = parseArgs({ options: {
  documents: { type: 'string', default: '100000' }, runs: { type: 'string', default: '20000' }, queries: { type: 'string', default: '200000' }, rounds: { type: 'string', default: '40' },
} })
const size = { documents: Number(values.documents), runs: Number(values.runs), queries: Number(values.queries) }
const rounds = Number(values.rounds)
const RELAYED = 3_000
const say = (line: string): void => void process.stderr.write(`· ${line}\n`)
const log = createLog({ level: 'silent', name: 'bench' })
const signal = new AbortController().signal

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work()
  return performance.now() - since
}
async function times(count: number, work: () => Promise<unknown>): Promise<number[]> {
  await work()
  const found: number[] = []
  for (let n = 0; n < count; n += 1) found.push(await timed(work))
  return found
}
const of = (found: readonly number[], part: number): number => rounded(percentile(found, part) ?? Number.NaN)

async function open() {
  const server = await startPostgresForRun('native', { durable: true })
  if (server.source.kind !== 'native') throw new Error('there is no native Postgres to measure on')
  await asAdmin(server.source.url, 'create database bench template intellidocs_template')
  const folder = await mkdtemp(join(tmpdir(), 'intellidocs-bench-analytics-'))
  const admin = new pg.Client({ connectionString: withDatabase(server.source.url, 'bench') })
  await admin.connect()
  const database = openDatabase({ url: withDatabase(server.source.url, 'bench', 'app_login'), log })
  const unit = createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
  const modules = createModules({
    ...unit, clock: systemClock, log, outbox: createOutbox(), idempotency: createIdempotency(), liveFeed: createLiveFeed({ database, log }),
    blobs: createFileBlobStore(folder), embedder: null, secretKey: Buffer.alloc(32, 1),
  })
  const close = async (): Promise<void> => {
    await admin.end()
    await database.close()
    await server.close()
    await rm(folder, { recursive: true, force: true })
  }
  return { admin, database, modules, org: await createTestOrg(database), close }
}
type Bench = Awaited<ReturnType<typeof open>>

async function numberOf({ admin }: Bench, sql: string, parameters: readonly unknown[] = []): Promise<number> {
  return Number((await admin.query<{ n: string }>(sql, [...parameters])).rows[0]?.n ?? 0)
}

/** Queries of the last year, each with what the same costs from the live tables. */
async function measureQueries({ modules: { analytics: { analytics } }, admin, org }: Bench): Promise<Record<string, unknown>> {
  const [to, from] = [0, 364].map((ago) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10))
  const period = { from, to, grain: 'day' as const }
  const queries: Record<string, () => Promise<unknown>> = {
    overview: () => analytics.overview(org.admin, period), documents: () => analytics.documents(org.admin, period), processing: () => analytics.processing(org.admin, period),
    flows: () => analytics.flows(org.admin, { from, to, limit: 200 }), search: () => analytics.search(org.admin, { ...period, limit: 50 }), usage: () => analytics.usage(org.admin),
    export: () => analytics.export(org.admin, { of: 'stages', format: 'csv', ...period }),
  }
  const measured: Record<string, unknown> = {}
  for (const [name, query] of Object.entries(queries)) {
    const [found, live] = [await times(rounds, query), baselines[name]]
    const baseline = live === undefined ? null : await times(Math.min(rounds, 5), async () => { for (const sql of live) await admin.query(sql, [org.org.id]) })
    measured[`${name}_query`] = { p50_ms: of(found, 0.5), p95_ms: of(found, 0.95), ...(baseline === null ? {} : { baseline_p50_ms: of(baseline, 0.5) }) }
    say(`${name}: ${JSON.stringify(measured[`${name}_query`])}`)
  }
  return measured
}

/** Deliveries a second of events that wait, to these subscribers. */
async function relayRate(bench: Bench, org: TestOrg, subscribers: readonly Subscriber[]): Promise<number> {
  const names = subscribers.map(({ name }) => name)
  await bench.admin.query(`with e as (insert into event (org_id, type, actor_id, payload) select $1, 'documents.uploaded.v1', $2,
    jsonb_build_object('documentId', $1::uuid, 'versionId', $1::uuid, 'attempt', 1, 'name', 'f', 'size', 10, 'number', 1) from generate_series(1, ${RELAYED}) returning id)
    insert into delivery (org_id, event_id, subscriber) select $1, e.id, s from e, unnest($3::text[]) s`, [org.org.id, org.owner.userId, names])
  await bench.admin.query('analyze delivery')
  const stop = new AbortController()
  const relay = createRelay({ database: bench.database, subscribers, log, clock: systemClock, signal: stop.signal, concurrency: 6 })
  const took = await timed(async () => {
    const running = relay.run()
    // Of these alone: what others are to hear of the organization that was measured waits for them.
    while (await numberOf(bench, 'select count(*) as n from delivery where subscriber = any ($1)', [names]) > 0) await new Promise((resolve) => setTimeout(resolve, 20))
    stop.abort()
    await running
  })
  return rounded(RELAYED / (took / 1_000))
}

async function main(): Promise<void> {
  const bench = await open()
  try {
    say(`a year of ${JSON.stringify(size)} is written`)
    await seedYear(bench.admin, bench.org, size)
    const { analytics } = bench.modules
    const events = await numberOf(bench, 'select count(*) as n from event where org_id = $1', [bench.org.org.id])
    say(`${events} events are counted`)
    const collected = await timed(() => analytics.keepDays(signal))
    await analytics.settings.set(bench.org.owner, { zone: 'America/Sao_Paulo' })
    const rebuilt = await timed(() => analytics.keepDays(signal))
    await bench.admin.query('vacuum analyze')
    const rows = await numberOf(bench, 'select count(*) as n from analytics_day where org_id = $1', [bench.org.org.id])
    const measured = await measureQueries(bench)
    const idle = subscriber({ name: 'bench.idle', events: ['documents.uploaded.v1'], handle: async () => undefined })
    const counting = subscribersOf(bench.modules).filter(({ name }) => name === 'analytics.count')
    const other = await createTestOrg(bench.database, 'Relayed')
    const relay = { events: RELAYED, without_per_s: await relayRate(bench, other, [idle]), with_per_s: await relayRate(bench, other, [idle, ...counting]) }
    process.stdout.write(`${JSON.stringify({ analytics: {
      ...size, events, rows, ...measured, collect_events_per_s: rounded(events / (collected / 1_000), 0), rebuild_facts_per_s: rounded(events / (rebuilt / 1_000), 0), relay,
    } })}\n`)
  } finally {
    await bench.close()
  }
}

await main()
process.exit()
