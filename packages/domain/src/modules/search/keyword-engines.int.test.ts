import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLog, createUnitOfWork, groupPrincipal, newId, systemClock, userPrincipal, type Actor } from '@intellidocs/kernel'
import { createTestOrg, startRecordedMeilisearch, type RecordedMeilisearch, type TestOrg } from '@intellidocs/testing'
import { searchContract, type GroupId, type UserId } from '@intellidocs/contracts'
import { createFacets } from './facets.ts'
import { postgresCandidates, type KeywordCandidates } from './keyword-candidates.ts'
import { planTerms } from './keyword-plan.ts'
import { createLegs } from './legs.ts'
import { createMeilisearchCandidates } from './meilisearch/candidates.ts'
import { createCircuitBreaker } from './meilisearch/circuit-breaker.ts'
import { createSearchClient, type SearchClient } from './meilisearch/client.ts'
import { createIndexClient } from './meilisearch/index-client.ts'
import { createIndexWriter } from './meilisearch/index-writer.ts'
import { createMeilisearchWords } from './meilisearch/words.ts'
import { createSearchSecrecy } from './search-secrecy.ts'
import { createSearchService } from './search.service.ts'
import { searchWorld, type SearchWorld } from './search.testkit.ts'
import { createSuggestService } from './suggest/suggest.service.ts'
import { postgresWords, type WordProposals } from './suggest/word-proposals.ts'

/** The collection of the recordings, by the names that it has there. */
const COLLECTION = [
  { id: 'd1', org: 'a', readers: ['u1', 'g1'], title: 'Leave policy', pages: ['Every employee may take twenty five days of paid leave in a year.', 'Unused leave is lost at the end of March unless a manager agrees.'] },
  { id: 'd2', org: 'a', readers: ['u2'], title: 'Salary bands', pages: ['The salary bands are reviewed every April by the finance team.'] },
  { id: 'd3', org: 'a', readers: ['g1', 'g2'], title: 'Invoice guide', pages: ['Send the invoice & the order number to accounts.'] },
  { id: 'd4', org: 'b', readers: ['u9'], title: 'Leave policy', pages: ['Another tenant keeps thirty days of leave.'] },
  { id: 'd6', org: 'a', readers: ['g1'], title: 'Travel', pages: ['Book travel two weeks before you leave; keep every receipt.'] },
] as const

const log = createLog({ level: 'silent', name: 'test' })
const people = Object.fromEntries(['u1', 'u2', 'u9'].map((name) => [name, userPrincipal(newId() as UserId)]))
const groups = Object.fromEntries(['g1', 'g2'].map((name) => [name, groupPrincipal(newId() as GroupId)]))
const principals: Readonly<Record<string, string>> = { ...people, ...groups }

let world: SearchWorld
let orgs: { a: TestOrg; b: TestOrg }
let recorded: RecordedMeilisearch
const nameOf = new Map<string, string>()
const passageIds = new Map<string, string>()

beforeAll(async () => {
  world = await searchWorld(null)
  orgs = { a: await createTestOrg(world.database, 'A'), b: await createTestOrg(world.database, 'B') }
  const names: Record<string, string> = { ...principals, 'org-a': orgs.a.org.id, 'org-b': orgs.b.org.id }
  for (const { id, org, readers, title, pages } of COLLECTION) {
    const { documentId } = await world.add({ org: orgs[org], readers: readers.map((name) => principals[name] ?? ''), name: title, text: pages, language: null })
    nameOf.set(documentId, id)
    const passages = await world.runInTx(orgs[org].system, (tx) => tx.passage.findMany({ where: { orgId: orgs[org].org.id, documentId }, orderBy: { page: 'asc' } }))
    for (const [at, passage] of passages.entries()) passageIds.set(`${id}-${at}`, String(passage.id))
  }
  await world.search.fold()
  recorded = await startRecordedMeilisearch({ names: { ...names, ...Object.fromEntries(passageIds) } })
  if (!hasServer) return
  const unit = createUnitOfWork({ database: world.database, clock: systemClock, onCommit: () => undefined })
  await createIndexWriter({ ...unit, clock: systemClock, log, index: live, connect: (meanwhile) => createIndexClient(server, meanwhile) }).work(new AbortController().signal)
})
afterAll(async () => {
  if (hasServer) await createIndexClient(server).drop(live)
  await recorded.close()
  await world.close()
})

/** The people of the recordings; nobody but `g1` and `u1` asks in them. */
const reader = (org: 'a' | 'b', ...names: string[]): Actor => ({ ...orgs[org].viewer, principals: names.map((name) => principals[name] ?? '') })

/** A server of one's own: `MEILI_URL` and `MEILI_KEY`, which may do everything with indexes called `passages*`. */
const server = { url: process.env['MEILI_URL'] ?? '', key: process.env['MEILI_KEY'] }
const live = `passages-${newId()}`
const hasServer = server.url !== ''
process.stdout.write(`\n*** Meilisearch in this suite: ${hasServer ? `the live server at ${server.url}, and recorded exchanges` : 'recorded exchanges of a real 1.50; no server is asked (MEILI_URL)'}\n`)

type Engine = { readonly candidates: KeywordCandidates; readonly words: WordProposals }
const engineOf = (client: SearchClient): Engine => {
  const asked = { client, breaker: createCircuitBreaker({ clock: systemClock }), log }
  return { candidates: createMeilisearchCandidates(asked), words: createMeilisearchWords(asked) }
}
const engines: Readonly<Record<string, () => Engine>> = {
  ...(hasServer ? { 'Meilisearch, live at MEILI_URL': () => engineOf(createSearchClient(server, live)) } : {}),
  'Postgres': () => ({ candidates: postgresCandidates, words: postgresWords }),
  'Meilisearch, from recorded exchanges (no server is asked)': () => engineOf(createSearchClient({ url: recorded.url, key: recorded.keys.master }, 'passages')),
}

describe.each(Object.entries(engines))('%s', (_, engine) => {
  const ask = async (actor: Actor, query: string) => {
    const answer = await createLegs({ runInTx: world.runInTx, models: { serving: () => Promise.resolve(null) }, log, candidates: engine().candidates }).keyword(actor, { principals: actor.principals, filters: {} }, query)
    expect(recorded.unknown).toEqual([])
    expect(answer?.typosMissing).toBe(false)
    return answer?.candidates ?? []
  }
  const found = async (actor: Actor, query: string) => (await ask(actor, query)).map(({ documentId }) => nameOf.get(documentId))

  test('passages that hold more, and rarer, words of the query come first, one a document', async () => {
    expect(await found(reader('a', 'u1', 'g1'), 'leave salary receipt nowhere')).toEqual(['d6', 'd1'])
  })

  test('what others may read, and what other organizations hold, is not proposed', async () => {
    expect(await found(reader('a', 'u1', 'g1'), 'salary')).toEqual([])
    expect(await found(reader('a', 'u1', 'g1'), 'leave')).toEqual(['d1', 'd6'])
  })

  test('a word that nothing holds finds nothing', async () => {
    expect(await found(reader('a', 'u1', 'g1'), 'nowhere')).toEqual([])
  })

  test('scores are those of BM25 in Postgres, whoever proposed', async () => {
    const candidates = await ask(reader('a', 'u1', 'g1'), 'receipt leave')
    const plain = await createLegs({ runInTx: world.runInTx, models: { serving: () => Promise.resolve(null) }, log, candidates: postgresCandidates })
      .keyword(reader('a', 'u1', 'g1'), { principals: [principals['u1'] ?? '', principals['g1'] ?? ''], filters: {} }, 'receipt leave')
    expect(candidates).toEqual(plain?.candidates)
    expect(candidates).toHaveLength(2)
  })

  test('facets count each document that the reader sees and that holds a word of the query, and no other', async () => {
    const legs = createLegs({ runInTx: world.runInTx, models: { serving: () => Promise.resolve(null) }, log, candidates: engine().candidates })
    const search = createSearchService({ runInTx: world.runInTx, legs, secrecy: createSearchSecrecy(Buffer.alloc(32, 5)), countFacets: createFacets({ runInTx: world.runInTx, log }) })
    const counted = async (actor: Actor, query: string) => {
      const { facets, degraded } = await search.query(actor, searchContract.searchQuery.input.parse({ query, mode: 'keyword', facets: ['type'] }))
      expect([degraded, recorded.unknown]).toEqual([false, []])
      return facets
    }
    expect(await counted(reader('a', 'u1', 'g1'), 'leave')).toEqual({ documents: 2, more: false, counts: { type: [{ value: 'text', label: null, documents: 2 }] } })
    expect(await counted(reader('a', 'u1', 'g1'), 'salary receipt')).toMatchObject({ documents: 1 })
    expect(await counted(reader('a', 'u1', 'g1'), 'salary')).toEqual({ documents: 0, more: false, counts: { type: [] } })
  })

  test('what is told while somebody types comes from what they see', async () => {
    const { suggest } = createSuggestService({ runInTx: world.runInTx, log, proposals: engine().words })
    const told = async (query: string) => {
      const { completions, didYouMean, degraded } = await suggest(reader('a', 'u1', 'g1'), { query, limit: 8 })
      expect([degraded, recorded.unknown]).toEqual([false, []])
      return { told: completions.map(({ text }) => text), didYouMean }
    }
    expect(await told('leave')).toEqual({ told: ['Leave policy'], didYouMean: null })
    expect(await told('salary')).toEqual({ told: [], didYouMean: null })
  })
})

test('the recordings are used: Meilisearch was asked, and what stands in no recording is a failure', async () => {
  const outcomes: string[] = []
  const candidates = createMeilisearchCandidates({
    client: createSearchClient({ url: recorded.url, key: recorded.keys.master }, 'passages'), breaker: createCircuitBreaker({ clock: systemClock }), log,
    onOutcome: (outcome) => outcomes.push(outcome),
  })
  const legs = createLegs({ runInTx: world.runInTx, models: { serving: () => Promise.resolve(null) }, log, candidates })
  const scope = { principals: [principals['u1'] ?? '', principals['g1'] ?? ''], filters: {} }
  const asked = async (query: string) => legs.keyword(reader('a', 'u1', 'g1'), scope, query)
  expect(await asked('receipt')).toMatchObject({ typosMissing: false })
  const word = (at: number, text: string) => ({ word: at, config: 'simple', n: 4, lexeme: text, df: at + 1 })
  const plan = planTerms(['receipt', 'leave', 'salary', 'nowhere'].map((text, at) => word(at, text)), { passages: 4, averageLength: 10 })
  expect(await candidates.propose(reader('a', 'u1', 'g1'), plan)).toEqual({ passageIds: ['d6-0', 'd1-0', 'd1-1'].map((name) => passageIds.get(name)), misspelt: [], degraded: false })
  expect(await asked('employee')).toMatchObject({ typosMissing: true })
  expect(outcomes).toEqual(['answered', 'answered', 'failed'])
  expect(recorded.unknown.splice(0)).toHaveLength(1)
})

test('words that begin as one was typed, and words like one, are asked for within what the reader sees', async () => {
  const words = createMeilisearchWords({ client: createSearchClient({ url: recorded.url, key: recorded.keys.master }, 'passages'), breaker: createCircuitBreaker({ clock: systemClock }), log })
  expect(await words.beginning(reader('a', 'u1', 'g1'), 'receipt')).toEqual({ passageIds: [passageIds.get('d6-0')], degraded: false })
  expect(await words.like(reader('a', 'u1', 'g1'), [{ word: 0, text: 'nowhere', stems: ['nowhere'] }])).toEqual({ misspelt: [{ word: 0, stems: ['nowhere'], passageIds: [] }], degraded: false })
  expect(await words.beginning(reader('b', 'u9'), 'receipt')).toEqual({ passageIds: [], degraded: true })
  expect(recorded.unknown.splice(0)).toHaveLength(1)
})
