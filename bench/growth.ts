// npm run bench:growth -- [--others 10000,100000,1000000] [--small 2000] [--large 100000] [--per 10] [--times 60] [--buffers 4GB]
// The same list and searches of organizations while the passages of all others grow: a small one, a large one, and one that owns 0.1 % of all rows. Says which
// tenant tables were read from end to end, and which of the nearest ten the index finds, with tenant and readers as filters.
// One JSON line last: { growth: [{ others, small: { list: { p50_ms, p95_ms }, … }, large: …, recall10: …, degraded, read_whole }], flat: { large_hybrid_p95, … } }.
import { parseArgs } from 'node:util'
import { searchContract, type FacetName, type OrgId, type SearchMode, type UserId } from '@intellidocs/contracts'
import { openDatabase, type Database } from '@intellidocs/db'
import { createLog, createOutbox, createUnitOfWork, newId, systemClock, type Actor } from '@intellidocs/kernel'
import { asAdmin, startPostgresForRun, testActor, withDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { listDocuments, readDocument } from '../packages/domain/src/modules/documents/documents.repository.ts'
import { createSearchModule } from '../packages/domain/src/modules/search/index.ts'
import { seedDocuments } from './api/seed.ts'
import { percentile, rounded } from './figures.ts'
import { MODEL, queryOf, readWhole, scansOf, seedPassages, topicVectors } from './growth/crowd.ts'
import { recallAtTen } from './growth/recall.ts'

const OTHER_ORGS = 20
/** Below this a table is small enough that reading it is the best plan. */
const SMALL_TABLE = 1000
/** Of the rows of all. */
const PERMILLE = 1000
/** Of the documents of the large organization, by one of its members. */
const READ_SHARE = 0.1

const { values } = parseArgs({ options: {
  others: { type: 'string', default: '10000,100000,1000000' }, small: { type: 'string', default: '2000' }, large: { type: 'string', default: '100000' },
  per: { type: 'string', default: '10' }, times: { type: 'string', default: '60' }, buffers: { type: 'string', default: '4GB' },
} })
const per = Number(values.per)
const say = (line: string): void => void process.stderr.write(`· ${line}\n`)
type Embed = (text: string) => Float32Array

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

function measured(database: Database, embed: Embed) {
  const unit = createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
  const embedder = { id: MODEL, dimensions: 384, embed: async (texts: readonly string[]) => texts.map(embed) }
  const search = createSearchModule({ ...unit, outbox: createOutbox(), clock: systemClock, embedder, secretKey: Buffer.alloc(32), log: createLog({ level: 'error', name: 'bench' }) })
  let degraded = 0
  const ask = (actor: Actor, mode: SearchMode, facets?: FacetName[]) => async (n: number): Promise<void> => {
    const answer = await search.query(actor, searchContract.searchQuery.input.parse({ query: queryOf(n), mode, limit: 20, facets }))
    if (answer.degraded || (facets !== undefined && answer.facets === null)) degraded += 1
    else if (answer.hits.length === 0) throw new Error(`${mode}: nothing was found`)
  }
  const list = (actor: Actor) => listDocuments(unit.read, actor, { filter: { folderId: undefined, state: undefined, lifecycle: 'active', name: undefined, tag: undefined }, after: null, limit: 21 })
  return {
    /** Searches in which a leg did not answer within its time. */
    degraded: () => degraded,
    recall: (actor: Actor) => recallAtTen(unit, actor, (n) => embed(queryOf(n))),
    async latencies(actor: Actor): Promise<Record<string, Latency>> {
      const [first] = await list(actor)
      return {
        list: await timed(() => list(actor)), get: await timed(() => readDocument(unit.read, actor, first?.id ?? '')),
        keyword: await timed(ask(actor, 'keyword')), keyword_facets: await timed(ask(actor, 'keyword', [...searchContract.facetNames])), meaning: await timed(ask(actor, 'meaning')), hybrid: await timed(ask(actor, 'hybrid')),
      }
    },
  }
}

const person = (): Actor => testActor(newId() as OrgId, newId() as UserId, 'owner')
/** A member who reads what was granted to them, and not what is granted to the organization. */
const reader = ({ orgId }: Actor): Actor => {
  const actor = testActor(orgId, newId() as UserId, 'viewer')
  return { ...actor, principals: actor.principals.filter((principal) => !principal.startsWith('org:')) }
}

async function main(): Promise<void> {
  const server = await startPostgresForRun('native', { durable: true, buffers: values.buffers })
  try {
    if (server.source.kind !== 'native') throw new Error('bench:growth needs native Postgres')
    await asAdmin(server.source.url, 'create database bench template intellidocs_template')
    const admin = new pg.Client({ connectionString: withDatabase(server.source.url, 'bench') })
    await admin.connect()
    try {
      const [small, large, permille] = [person(), person(), person()]
      const crowd = Array.from({ length: OTHER_ORGS }, person)
      const seed = ({ orgId, userId }: Actor, passages: number) => (passages < per ? undefined : seedDocuments(admin, { orgId, ownerId: userId, documents: Math.floor(passages / per) }))
      await seed(small, Number(values.small))
      await seed(large, Number(values.large))
      const some = reader(large)
      await admin.query(`insert into document_reader (org_id, principal, created_at, document_id)
        select org_id, $2, created_at, id from document where org_id = $1 and random() < $3`, [large.orgId, some.principals[0], READ_SHARE])
      const growth: Seen[] = []
      let before = 0
      for (const others of values.others.split(',').map(Number)) {
        const since = performance.now()
        for (const org of crowd) await seed(org, (others - before) / OTHER_ORGS)
        await seed(permille, (others - before) / PERMILLE)
        before = others
        await seedPassages(admin, { perDocument: per })
        say(`${others} passages of others are there, after ${Math.round((performance.now() - since) / 1000)} s`)
        growth.push({ others, ...await lookAt(withDatabase(server.source.url, 'bench', 'app_login'), admin, { small, large, permille, some }) })
        say(JSON.stringify(growth.at(-1)))
      }
      process.stdout.write(`${JSON.stringify({ growth, flat: flatness(growth) })}\n`)
    } finally {
      await admin.end()
    }
  } finally {
    await server.close()
  }
}

type Seen = { readonly others: number } & Awaited<ReturnType<typeof lookAt>>
type People = Readonly<Record<'small' | 'large' | 'permille' | 'some', Actor>>

async function lookAt(url: string, admin: pg.Client, { small, large, permille, some }: People) {
  const before = await scansOf(admin)
  const database = openDatabase({ url, log: { info: () => undefined, warn: () => undefined } })
  const { latencies, recall, degraded } = measured(database, await topicVectors(admin))
  const seen = { small: await latencies(small), large: await latencies(large) }
  const recall10 = { large: await recall(large), reads_a_tenth: await recall(some), permille: await recall(permille) }
  await database.close()
  await new Promise((resolve) => { setTimeout(resolve, 1000) })
  return { ...seen, recall10, degraded: degraded(), read_whole: readWhole(before, await scansOf(admin), SMALL_TABLE) }
}

/** What became of the 95th percentile between the fewest and the most passages of others. */
function flatness(growth: readonly Seen[]): Record<string, number> {
  const [first, last] = [growth[0], growth.at(-1)]
  const ratio = (of: 'small' | 'large', kind: string): number => rounded((last?.[of][kind]?.p95_ms ?? 0) / (first?.[of][kind]?.p95_ms ?? 1), 2)
  return Object.fromEntries((['small', 'large'] as const).flatMap((of) => ['keyword', 'meaning', 'hybrid'].map((kind) => [`${of}_${kind}_p95`, ratio(of, kind)])))
}

await main()
