import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { searchContract } from '@intellidocs/contracts'
import { createLog, createOutbox, createUnitOfWork, systemClock, type Clock } from '@intellidocs/kernel'
import { testActor, type TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSearchModule } from '../index.ts'
import { searchWorld, type SearchWorld } from '../search.testkit.ts'

let world: SearchWorld
let org: TestOrg
let documentId: string
let server: Server
let answer: RequestListener = (_, response) => { response.end() }
let asked = 0
beforeAll(async () => {
  world = await searchWorld(null)
  org = world.org
  documentId = (await world.add({ text: 'The theodolite stands on the quay.' })).documentId
  await world.search.fold()
  server = createServer((request, response) => {
    asked += 1
    answer(request, response)
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await world.close()
})

function moduleWith({ clock = systemClock, url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` }: { clock?: Clock; url?: string } = {}) {
  const outcomes: string[] = []
  const { runInTx, runAsSystem } = createUnitOfWork({ database: world.database, clock: systemClock, onCommit: () => undefined })
  const module = createSearchModule({
    runInTx, runAsSystem, outbox: createOutbox(), clock, embedder: null, secretKey: Buffer.alloc(32, 5), log: createLog({ level: 'silent', name: 'test' }),
    meilisearch: { url, key: 'k' }, onProposal: (outcome) => outcomes.push(outcome),
  })
  const query = (words: string, actor = org.viewer) => module.query(actor, searchContract.searchQuery.input.parse({ query: words, mode: 'keyword', facets: ['type'] }))
  return { query, outcomes, suggest: (text: string) => module.suggest(org.viewer, { query: text, limit: 8 }) }
}

const json = (status: number, body: unknown): RequestListener => (_, response) => { response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)) }

test.each<[string, RequestListener]>([
  ['fails', json(500, { code: 'internal' })], ['has no such index', json(404, { code: 'index_not_found' })],
  ['has an index without its settings', json(400, { code: 'invalid_search_filter' })], ['refuses the key', json(403, { code: 'invalid_api_key' })],
  ['says something else', (_, response) => { response.end('<html>502</html>') }], ['names what is no passage', json(200, { results: [{ hits: [{ id: 'a' }], estimatedTotalHits: 1 }] })],
  ['cuts the connection', (request) => { request.destroy() }],
  ['keeps one waiting', () => undefined],
])('when Meilisearch %s, Postgres answers, and the answer says that typos are not forgiven', async (_, listener) => {
  answer = listener
  const { query, outcomes, suggest } = moduleWith()
  const found = await query('theodolite')
  expect(found).toMatchObject({ degraded: true, missing: ['typos'], facets: { documents: 1 } })
  expect(found.hits.map((hit) => hit.documentId)).toEqual([documentId])
  expect(await suggest('theo')).toMatchObject({ degraded: true, completions: [{ kind: 'word', text: 'theodolite' }] })
  expect(outcomes).toEqual(['failed', 'failed'])
})

test('when nothing listens there, Postgres answers', async () => {
  const { query } = moduleWith({ url: 'http://127.0.0.1:1' })
  expect(await query('theodolite')).toMatchObject({ degraded: true, missing: ['typos'], hits: [{ documentId }] })
})

test('after three failures a server is left alone for ten seconds, then asked once, and again by all when that went well', async () => {
  let at = 0
  const { query, outcomes } = moduleWith({ clock: { now: () => new Date(at) } })
  answer = json(500, {})
  asked = 0
  for (let n = 0; n < 10; n += 1) expect(await query('theodolite')).toMatchObject({ degraded: true, hits: [{ documentId }] })
  expect([asked, outcomes.slice(-2)]).toEqual([3, ['skipped', 'skipped']])
  answer = json(200, { results: [{ hits: [], estimatedTotalHits: 0 }] })
  at = 10_000
  // One stem, and nothing like it: the second step asks for what may be meant.
  expect(await query('theodolite')).toMatchObject({ degraded: false, missing: [], hits: [{ documentId }] })
  expect(await query('theodolite')).toMatchObject({ degraded: false })
  expect(outcomes.slice(-2)).toEqual(['answered', 'answered'])
})

test('somebody with more principals than a filter takes is answered by Postgres, and the server is not held to be away', async () => {
  answer = json(200, { results: [{ hits: [], estimatedTotalHits: 0 }] })
  const { query, outcomes } = moduleWith()
  const many = { ...testActor(org.org.id, org.viewer.userId, 'viewer'), principals: [...org.viewer.principals, ...Array.from({ length: 1_000 }, (_, n) => `group:${n}`)] }
  for (let n = 0; n < 4; n += 1) expect(await query('theodolite', many)).toMatchObject({ degraded: true, hits: [{ documentId }] })
  expect(await query('theodolite')).toMatchObject({ degraded: false })
  expect(outcomes).toEqual(['failed', 'failed', 'failed', 'failed', 'answered'])
})
