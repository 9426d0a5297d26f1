import { searchContract, type OrgId, type UserId } from '@intellidocs/contracts'
import { createLog, createOutbox, createUnitOfWork, newId, systemClock, type Actor, type UnitOfWork } from '@intellidocs/kernel'
import { testActor, testDatabase, type TestDatabase } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { seedDocuments } from '../../bench/api/seed.ts'
import { MODEL, seedPassages, vectorOf } from '../../bench/growth/crowd.ts'
import { nearest } from '../../packages/domain/src/modules/search/nearest.ts'
import { createSearchModule, type SearchModule } from '../../packages/domain/src/modules/search/index.ts'
import { CANDIDATES, createLegs, type Legs } from '../../packages/domain/src/modules/search/legs.ts'
import { postgresCandidates } from '../../packages/domain/src/modules/search/keyword-candidates.ts'
import { searchRepository } from '../../packages/domain/src/modules/search/search.repository.ts'
import { storedVector } from '../../packages/domain/src/modules/search/search.types.ts'

/*
 * Of somebody who reads a thousand documents the database names what they read and looks for words there; of somebody who reads more it looks for the words and then
 * asks who reads what it found. Both must find the same, and nothing of what is not shown.
 */
const DOCUMENTS = 1700
/** With a reader for each of these a document has so many that counting, too, asks about what was found. */
const GROUPS = 20
const orgId = newId() as OrgId

/** A member to whom documents were granted one by one. */
const member = (): Actor => {
  const actor = testActor(orgId, newId() as UserId, 'viewer')
  return { ...actor, principals: actor.principals.filter((principal) => !principal.startsWith('org:')) }
}
const all = testActor(orgId, newId() as UserId, 'owner')
const [many, few] = [member(), member()]
const grouped: Actor = { ...many, principals: [...many.principals, ...Array.from({ length: GROUPS }, (_, n) => `group:${n}`)] }

let db: TestDatabase
let admin: pg.Client
let search: SearchModule
let legs: Legs
let unit: UnitOfWork
/** A word in some two hundred passages, and one in more. */
let words: readonly string[]

beforeAll(async () => {
  db = await testDatabase()
  admin = new pg.Client({ connectionString: db.adminUrl })
  await admin.connect()
  await seedDocuments(admin, { orgId, ownerId: all.userId, documents: DOCUMENTS })
  await seedDocuments(admin, { orgId: newId(), ownerId: newId(), documents: 200 })
  await seedPassages(admin, { perDocument: 2 })
  const grant = (principals: readonly string[], share: number) => admin.query(`
    insert into document_reader (org_id, principal, created_at, document_id)
    select org_id, p, created_at, id from document cross join unnest($2::text[]) p where org_id = $1 and abs(hashtext(id::text)) % 8 < $3`, [orgId, principals, share])
  await grant(grouped.principals, 7)
  await grant(few.principals, 2)
  await admin.query('set session_replication_role = replica')
  const some = (remainder: number): string => `org_id = '${orgId}' and abs(hashtext('x' || id::text)) % 10 = ${remainder}`
  await admin.query(`update document set lifecycle = 'trashed' where ${some(0)}; update document set published_version_id = null where ${some(1)};
    update document_version set scan = 'infected' where ${some(2)}; analyze document_reader`)
  const { rows } = await admin.query<{ lexeme: string }>(`
    (select lexeme from kw_term where org_id = $1 and df <= 250 order by df desc limit 1) union all (select lexeme from kw_term where org_id = $1 and df >= 900 order by df limit 1)`, [orgId])
  words = rows.map(({ lexeme }) => lexeme)

  unit = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: () => undefined })
  const log = createLog({ level: 'silent', name: 'test' })
  search = createSearchModule({ ...unit, outbox: createOutbox(), clock: systemClock, embedder: null, secretKey: Buffer.alloc(32), log })
  legs = createLegs({ runInTx: unit.runInTx, models: { serving: () => Promise.resolve(null) }, log, candidates: postgresCandidates })
}, 120_000)
afterAll(async () => {
  await admin.end()
  await db.close()
})

/** What is shown to somebody of what holds one of the words, by other means. */
async function shownTo({ principals }: Actor, asked: readonly string[]): Promise<string[]> {
  const { rows } = await admin.query<{ id: string }>(`
    select d.id::text from document d join document_version v on v.id = d.published_version_id
    where d.org_id = $1 and d.lifecycle = 'active' and v.scan = 'none' and exists (select from document_reader r where r.document_id = d.id and r.principal = any ($2))
      and exists (select from passage p where p.version_id = v.id and string_to_array(p.text, ' ') && $3) order by 1`, [orgId, principals, asked])
  return rows.map(({ id }) => id)
}

const found = async ({ principals, ...actor }: Actor, query: string) => {
  const answer = await legs.keyword({ principals, ...actor }, { principals, filters: {} }, query)
  return (answer?.candidates ?? []).map(({ passageId, documentId, keyword }) => ({ passageId, documentId, keyword }))
}

test('the readers are as many as the ways of asking want', async () => {
  const { rows } = await admin.query<{ principal: string; n: number }>('select principal, count(*)::int n from document_reader where org_id = $1 group by 1', [orgId])
  const counts = new Map(rows.map(({ principal, n }) => [principal, n]))
  const of = ({ principals }: Actor): number => principals.reduce((sum, principal) => sum + (counts.get(principal) ?? 0), 0)
  expect(of(few)).toBeLessThan(1000)
  expect(of(many)).toBeGreaterThan(1000)
  expect(of(grouped)).toBeGreaterThan(25_000)
})

test('whoever reads many documents finds all that is shown to them, and nothing else', async () => {
  const [word = ''] = words
  for (const actor of [all, many, grouped, few]) {
    const shown = await shownTo(actor, [word])
    expect(shown.length).toBeGreaterThan(10)
    expect((await found(actor, word)).map(({ documentId }) => documentId).toSorted()).toEqual(shown)
  }
})

test('each finds of their documents what somebody who reads all finds of them, in the same order', async () => {
  const [word = ''] = words
  const everything = await found(all, word)
  for (const actor of [many, grouped, few]) {
    const own = new Set(await shownTo(actor, [word]))
    expect(await found(actor, word)).toEqual(everything.filter(({ documentId }) => own.has(documentId)))
  }
})

test('of more than are proposed the best are, whoever asks', async () => {
  const [, word = ''] = words
  const [best, theirs] = [await found(many, word), await found(few, word)]
  expect(best).toHaveLength(CANDIDATES)
  expect(theirs.length).toBeLessThan(CANDIDATES)
  expect(await shownTo(many, [word])).toEqual(expect.arrayContaining(best.map((one) => one.documentId)))
  const [own, proposed] = [new Set(theirs.map((one) => one.documentId)), new Set(best.map((one) => one.documentId))]
  expect(best.filter((one) => own.has(one.documentId))).toEqual(theirs.filter((one) => proposed.has(one.documentId)))
  const least = best.at(-1)?.keyword ?? 0
  const better = theirs.filter((one) => (one.keyword ?? 0) > least)
  expect(better.length).toBeGreaterThan(10)
  expect(better.filter((one) => !proposed.has(one.documentId))).toEqual([])
})

test('facets count what is shown, however it is found out', async () => {
  for (const actor of [all, many, grouped, few]) {
    const { facets } = await search.query(actor, searchContract.searchQuery.input.parse({ query: words.join(' '), mode: 'keyword', facets: ['type'] }))
    expect(facets).toEqual({ documents: (await shownTo(actor, words)).length, more: false, counts: { type: [expect.objectContaining({ value: 'pdf' })] } })
  }
})

test('of the nearest ones each is found in its document, and a long document does not stand for all', async () => {
  const stored = storedVector(vectorOf('what the minutes say'))
  if (stored === null) throw new Error('a vector without direction')
  const ask = { vector: { model: MODEL, ...stored }, limit: CANDIDATES }
  const scope = { principals: all.principals, filters: {} }
  const [byIndex, exact] = [() => unit.runInTx(all, (tx) => nearest(tx, scope, ask)), () => unit.runInTx(all, (tx) => searchRepository.meaningExact(tx, scope, ask))]
  // As if the organization were so large that its passages are not read one by one.
  await admin.query('update kw_stat set n = 1000000 where org_id = $1', [orgId])
  expect(await unit.runInTx(all, (tx) => searchRepository.isSmall(tx, scope, ask.vector))).toBe(false)
  const first = async (find: typeof exact) => (await find()).slice(0, 5).map(({ documentId }) => documentId)
  expect(await first(byIndex)).toEqual(await first(exact))
  const [best] = await exact()
  await admin.query(`
    update passage_vector v set document_id = d.id, version_id = d.published_version_id from document d
    where d.id = $2 and v.passage_id in (select passage_id from passage_vector where org_id = $1 order by embedding::halfvec(384) <=> $3::halfvec(384) limit 150)`,
  [orgId, best?.documentId, stored.literal])
  const others = await byIndex()
  expect(others[0]?.documentId).toBe(best?.documentId)
  expect(others.length).toBeGreaterThan(50)
})
