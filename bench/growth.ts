// npm run bench:growth -- [--others 1000,10000,100000] [--own 2000] [--large 25000] [--times 60]
// The same list and searches of two organizations while the documents of all others grow. Says which tenant tables were read from end to end.
// One JSON line last: { growth: [{ others, small: { list: { p50_ms, p95_ms }, … }, large: …, large_meaning, degraded, read_whole }] }.
import { parseArgs } from 'node:util'
import { searchContract, type OrgId, type SearchMode, type UserId } from '@intellidocs/contracts'
import { openDatabase, type Database } from '@intellidocs/db'
import { createLog, createOutbox, createUnitOfWork, newId, systemClock, type Actor } from '@intellidocs/kernel'
import { asAdmin, startPostgresForRun, testActor, withDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { listDocuments, readDocument } from '../packages/domain/src/modules/documents/documents.repository.ts'
import { createSearchModule } from '../packages/domain/src/modules/search/index.ts'
import { searchRepository } from '../packages/domain/src/modules/search/search.repository.ts'
import { storedVector } from '../packages/domain/src/modules/search/search.types.ts'
import { seedDocuments } from './api/seed.ts'
import { percentile, rounded } from './figures.ts'
import { MODEL, queryOf, readWhole, scansOf, seedPassages, vectorOf } from './growth/crowd.ts'

const OTHER_ORGS = 20
const RECALL_QUERIES = 20
const NEAREST = 20
/** Below this a table is small enough that reading it is the best plan. */
const SMALL_TABLE = 1000

const { values } = parseArgs({ options: {
  others: { type: 'string', default: '1000,10000,100000' }, own: { type: 'string', default: '2000' }, large: { type: 'string', default: '25000' },
  times: { type: 'string', default: '60' },
} })
const say = (line: string): void => void process.stderr.write(`· ${line}\n`)

type Latency = { p50_ms: number; p95_ms: number }
async function timed(work: (n: number) => Promise<unknown>): Promise<Latency> {
  for (let n = 0; n < 8; n += 1) await work(n) // past the point where the server settles on a plan
  const taken: number[] = []
  for (let n = 0; n < Number(values.times); n += 1) {
    const since = performance.now()
    await work(n)
    taken.push(performance.now() - since)
  }
  const part = (share: number): number => rounded(percentile(taken, share) ?? Number.NaN)
  return { p50_ms: part(0.5), p95_ms: part(0.95) }
}

function measured(database: Database) {
  const unit = createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
  const embedder = { id: MODEL, dimensions: 384, embed: async (texts: readonly string[]) => texts.map(vectorOf) }
  const search = createSearchModule({ ...unit, outbox: createOutbox(), clock: systemClock, embedder, secretKey: Buffer.alloc(32), log: createLog({ level: 'error', name: 'bench' }) })
  let degraded = 0
  const ask = (actor: Actor, mode: SearchMode) => async (n: number): Promise<void> => {
    const answer = await search.query(actor, searchContract.searchQuery.input.parse({ query: queryOf(n), mode, limit: 20 }))
    if (answer.degraded) degraded += 1
    else if (answer.hits.length === 0) throw new Error(`${mode}: nothing was found`)
  }
  const list = (actor: Actor) => listDocuments(unit.read, actor, { filter: { folderId: undefined, state: undefined, lifecycle: 'active', name: undefined, tag: undefined }, after: null, limit: 21 })
  return {
    /** Searches in which a leg did not answer within its time. */
    degraded: () => degraded,
    async latencies(actor: Actor): Promise<Record<string, Latency>> {
      const [first] = await list(actor)
      return {
        list: await timed(() => list(actor)), get: await timed(() => readDocument(unit.read, actor, first?.id ?? '')),
        keyword: await timed(ask(actor, 'keyword')), meaning: await timed(ask(actor, 'meaning')), hybrid: await timed(ask(actor, 'hybrid')),
      }
    },
    /** Of the nearest documents by an exact scan, the share that the index finds; and what both take. */
    async nearAgainstExact(actor: Actor) {
      const scope = { principals: actor.principals, filters: {} }
      const run = (exact: boolean, n: number) => unit.runInTx(actor, (tx) => searchRepository[exact ? 'meaningExact' : 'meaningNear'](tx, scope, {
        vector: { model: MODEL, ...storedVector(vectorOf(queryOf(n))) ?? { literal: '', size: 384 as const } }, limit: 300,
      }), { readOnly: true })
      let found = 0
      for (let n = 0; n < RECALL_QUERIES; n += 1) {
        const near = new Set((await run(false, n)).map((row) => row.documentId))
        found += (await run(true, n)).slice(0, NEAREST).filter((row) => near.has(row.documentId)).length
      }
      return { near_recall: found / (RECALL_QUERIES * NEAREST), near: await timed((n) => run(false, n)), exact: await timed((n) => run(true, n)) }
    },
  }
}

const person = (): Actor => testActor(newId() as OrgId, newId() as UserId, 'owner')

async function main(): Promise<void> {
  const server = await startPostgresForRun('native', { durable: true })
  try {
    if (server.source.kind !== 'native') throw new Error('bench:growth needs native Postgres')
    await asAdmin(server.source.url, 'create database bench template intellidocs_template')
    const admin = new pg.Client({ connectionString: withDatabase(server.source.url, 'bench') })
    await admin.connect()
    try {
      const [small, large] = [person(), person()]
      const crowd = Array.from({ length: OTHER_ORGS }, person)
      const seed = ({ orgId, userId }: Actor, documents: number) => seedDocuments(admin, { orgId, ownerId: userId, documents })
      await seed(small, Number(values.own))
      await seed(large, Number(values.large))
      const growth: object[] = []
      let before = 0
      for (const others of values.others.split(',').map(Number)) {
        for (const org of crowd) await seed(org, (others - before) / OTHER_ORGS)
        before = others
        await seedPassages(admin)
        say(`${others} documents of others are there`)
        growth.push({ others, ...await lookAt(withDatabase(server.source.url, 'bench', 'app_login'), admin, { small, large }) })
        say(JSON.stringify(growth.at(-1)))
      }
      process.stdout.write(`${JSON.stringify({ growth })}\n`)
    } finally {
      await admin.end()
    }
  } finally {
    await server.close()
  }
}

async function lookAt(url: string, admin: pg.Client, { small, large }: { small: Actor; large: Actor }) {
  const before = await scansOf(admin)
  const database = openDatabase({ url, log: { info: () => undefined, warn: () => undefined } })
  const { latencies, nearAgainstExact, degraded } = measured(database)
  const seen = { small: await latencies(small), large: await latencies(large), large_meaning: await nearAgainstExact(large) }
  await database.close()
  await new Promise((resolve) => { setTimeout(resolve, 1000) })
  return { ...seen, degraded: degraded(), read_whole: readWhole(before, await scansOf(admin), SMALL_TABLE) }
}

await main()
