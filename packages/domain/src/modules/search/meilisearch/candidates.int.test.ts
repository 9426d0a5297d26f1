import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLog, systemClock, type Actor } from '@intellidocs/kernel'
import { createRandom, createTestOrg } from '@intellidocs/testing'
import { postgresCandidates, type KeywordCandidates, type Proposal } from '../keyword-candidates.ts'
import { createLegs } from '../legs.ts'
import { searchWorld, type SearchWorld } from '../search.testkit.ts'
import { createMeilisearchCandidates } from './candidates.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { createMemoryMeilisearch, writerOf } from './memory-meilisearch.testkit.ts'
import { PASSAGES_INDEX } from './settings.ts'

const log = createLog({ level: 'silent', name: 'test' })
const memory = createMemoryMeilisearch()
const signal = new AbortController().signal
let world: SearchWorld
beforeAll(async () => { world = await searchWorld(null) })
afterAll(() => world.close())

const ask = async (candidates: KeywordCandidates, actor: Actor, query: string, filters = {}) => {
  const answer = await createLegs({ runInTx: world.runInTx, models: { serving: () => Promise.resolve(null) }, log, candidates }).keyword(actor, { principals: actor.principals, filters }, query)
  if (answer === null) throw new Error('the words did not answer')
  return answer
}

/** Meilisearch, in this process, as it stands after everything was written; and what it proposed last. */
async function engineOf() {
  const last: { proposal?: Proposal } = {}
  await writerOf(world, memory).work(signal)
  const engine = createMeilisearchCandidates({ client: memory.searching(PASSAGES_INDEX), breaker: createCircuitBreaker({ clock: systemClock }), log })
  const candidates: KeywordCandidates = {
    propose: async (actor, plan) => {
      last.proposal = await engine.propose(actor, plan)
      return last.proposal
    },
  }
  return { candidates, last }
}

test('over a collection of 120 documents and 40 questions the ranking is that of Postgres, and its first twenty are among what was proposed', async () => {
  const org = await createTestOrg(world.database)
  const random = createRandom(7)
  const vocabulary = Array.from({ length: 120 }, (_, n) => `word${String.fromCharCode(97 + (n % 26))}${String.fromCharCode(97 + Math.floor(n / 26))}x`)
  /** Few words are common and many are rare. */
  const anyWord = () => vocabulary[Math.floor(vocabulary.length * random.next() ** 3)] ?? ''
  const text = (words: number) => Array.from({ length: words }, anyWord).join(' ')
  for (let n = 0; n < 120; n += 1) {
    const readers = n % 4 === 0 ? [`user:${org.owner.userId}`] : [`org:${org.org.id}`]
    await world.add({ org, name: `${n}.txt`, text: [text(40), text(20)], readers, language: n % 3 === 0 ? null : 'en' })
  }
  await world.search.fold()
  const { candidates, last } = await engineOf()
  let compared = 0
  for (let n = 0; n < 40; n += 1) {
    const query = text(1 + (n % 8))
    const actor = n % 2 === 0 ? org.viewer : org.owner
    const [ours, theirs] = [await ask(postgresCandidates, actor, query), await ask(candidates, actor, query)]
    expect(theirs.candidates, query).toEqual(ours.candidates)
    const proposed = new Set(last.proposal?.passageIds)
    for (const { passageId } of ours.candidates.slice(0, 20)) expect(proposed.has(passageId), query).toBe(true)
    compared += ours.candidates.length
  }
  expect(compared).toBeGreaterThan(600)
})

test('a misspelt word finds what is meant, and that is what counts and is marked', async () => {
  const org = await createTestOrg(world.database)
  const { documentId } = await world.add({ org, text: 'The boundary layer of a wing.' })
  await world.add({ org, text: 'Layers of paint.' })
  await world.search.fold()
  const { candidates } = await engineOf()
  const answer = await ask(candidates, org.viewer, 'boundery layer')
  expect(answer.candidates[0]?.documentId).toBe(documentId)
  expect(answer.terms).toContainEqual(expect.arrayContaining(['boundari']))
  expect((await ask(candidates, org.viewer, 'boundery')).candidates.map((found) => found.documentId)).toEqual([documentId])
  expect((await ask(postgresCandidates, org.viewer, 'boundery')).candidates).toEqual([])
})

test('how a word is spelled in what somebody may not read corrects nothing for them', async () => {
  const org = await createTestOrg(world.database)
  await world.add({ org, text: 'The acquisition of the quarry.', readers: [`user:${org.owner.userId}`] })
  await world.add({ org, text: 'Something else about a quarry.' })
  await world.search.fold()
  const { candidates } = await engineOf()
  expect((await ask(candidates, org.owner, 'aquisition')).candidates).toHaveLength(1)
  const answer = await ask(candidates, org.viewer, 'aquisition')
  expect(answer.candidates).toEqual([])
  expect(answer.terms.flat()).not.toContain('acquisit')
})

test('what the index does not hold yet is found all the same, and what it still holds of others is not', async () => {
  const org = await createTestOrg(world.database)
  const { documentId } = await world.add({ org, text: 'An astrolabe.' })
  const { candidates } = await engineOf()
  await world.sql(org.system, `delete from document_reader where document_id = '${documentId}'`)
  const late = await world.add({ org, text: 'Another astrolabe.' })
  expect((await ask(candidates, org.viewer, 'astrolabe')).candidates.map((found) => found.documentId)).toEqual([late.documentId])
})

test('filters narrow what was proposed', async () => {
  const org = await createTestOrg(world.database)
  for (let n = 0; n < 25; n += 1) await world.add({ org, text: `A gazebo ${n}.`, language: 'en' })
  const { documentId } = await world.add({ org, text: 'Ein gazebo.', language: 'de' })
  const { candidates } = await engineOf()
  expect((await ask(candidates, org.viewer, 'gazebo', { languages: ['de'] })).candidates.map((found) => found.documentId)).toEqual([documentId])
})
