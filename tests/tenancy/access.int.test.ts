import { systemActor, type Actor } from '@intellidocs/kernel'
import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestModule, type TestModule } from '../../packages/domain/src/modules/documents/test-module.ts'
import { meiliFilter } from '../../packages/domain/src/modules/search/meili-filter.ts'
import { searchRepository } from '../../packages/domain/src/modules/search/search.repository.ts'
import { evaluator } from './access/meili-evaluator.ts'
import { askMeili, type MeiliEntry } from './access/meili-live.ts'
import { roseUnmanaged, visibleTo } from './access/model.ts'
import { actorsOf, anyWorld, build, factsOf, happen, MODEL, moverOf, TAG, tagOf, type Plan, type World } from './access/world.ts'

/** On the embedded database, which is some times slower, fewer. */
const CASES = { native: 500, pglite: 50 }
/** Worlds at once, for the time it takes. */
const AT_ONCE = 5
/** While the index holds little, the search through it looks at all of it, and must find all. */
const BY_INDEX = 15
const scopeOf = (actor: Actor) => ({ principals: actor.principals, filters: {} })
const ask = { vector: { model: MODEL, size: 384 as const, literal: `[${['1', '0.5', ...Array.from({ length: 382 }, () => '0')].join(',')}]` }, limit: 50 }

let house: TestModule
let admin: pg.Pool
beforeAll(async () => {
  house = await openTestModule()
  admin = new pg.Pool({ connectionString: house.db.adminUrl, max: AT_ONCE })
})
afterAll(async () => {
  await admin.end()
  await house.close()
})

const sorted = (ids: readonly string[]): string[] => ids.toSorted()

async function entriesOf({ orgId }: World): Promise<MeiliEntry[]> {
  const { rows } = await admin.query<{ id: string; readers: string[] }>(
    'select d.id, array(select app.readers(d.org_id, d.id)) as readers from document d where d.org_id = $1', [orgId])
  return rows.map((row) => ({ ...row, org: orgId }))
}

/** What somebody sees on each way to a document. */
async function seenBy(actor: Actor, { documents }: World, more: { entries: readonly MeiliEntry[]; byIndex: boolean }): Promise<Record<string, string[]>> {
  const list = await house.list(actor, { limit: 50, lifecycle: 'active' })
  const tagged = await house.list(actor, { limit: 50, lifecycle: 'active', tag: TAG })
  const tags = (await house.tags.list(actor, { limit: 50 })).items
  expect(tags.filter(({ tag }) => tag === TAG)).toEqual(list.items.length === 0 ? [] : [{ tag: TAG, documents: list.items.length }])
  const got = await Promise.all(documents.map((id) => house.get(actor, { id }).then(() => [id], () => [])))
  const inTx = await house.deps.runInTx(actor, async (tx) => ({
    predicate: await tx.$queryRaw<{ id: string }[]>`select id from app.readable(${actor.orgId}::uuid, ${[...actor.principals]}::text[])`,
    searchable: await tx.$queryRaw<{ id: string }[]>`
      select document_id as id from app.searchable(${actor.orgId}::uuid, ${[...actor.principals]}::text[], '{}'::jsonb)`,
    vectors: await searchRepository.meaningExact(tx, scopeOf(actor), ask),
    near: more.byIndex ? await searchRepository.meaningNear(tx, scopeOf(actor), ask) : null,
  }), { readOnly: true })
  const matches = evaluator(meiliFilter(actor).join(' AND '))
  return {
    list: sorted(list.items.map(({ id }) => id)), tagged: sorted(tagged.items.map(({ id }) => id)), get: sorted(got.flat()),
    tags: sorted(documents.filter((_, n) => tags.some(({ tag, documents: count }) => tag === tagOf(n) && count === 1))),
    predicate: sorted(inTx.predicate.map(({ id }) => id)), searchable: sorted(inTx.searchable.map(({ id }) => id)),
    vectors: sorted(inTx.vectors.map(({ documentId }) => documentId)),
    ...(inTx.near === null ? {} : { near: sorted(inTx.near.map(({ documentId }) => documentId)) }),
    meili: sorted(more.entries.filter(matches).map(({ id }) => id)),
  }
}

test('list, tags, get, search, vectors and filter show everybody exactly what the reference model says, whatever happened, and no move gives what the mover does not manage', async () => {
  const counts = { cases: 0, happened: 0, refused: 0, seen: 0, hidden: 0 }
  const live: { entries: MeiliEntry[]; asked: { actor: Actor; expected: string[] }[] } = { entries: [], asked: [] }
  const check = async (plan: Plan, byIndex: boolean): Promise<void> => {
    const world = await build(admin, house, plan)
    for (const change of plan.changes) {
      const before = await factsOf(admin, world)
      counts[await happen(admin, house, { world, change }) ? 'happened' : 'refused'] += 1
      const mover = change.kind.startsWith('move') ? moverOf(world, change) : undefined
      if (mover !== undefined) expect(roseUnmanaged(before, await factsOf(admin, world), mover)).toEqual([])
    }
    const facts = await factsOf(admin, world)
    const actors = await actorsOf(admin, world)
    // Before the runs that follow changes of the tree: nobody sees too much.
    for (const actor of actors) {
      const allowed = visibleTo(facts, userOf(facts, actor))
      const early = await house.list(actor, { limit: 50, lifecycle: 'active' })
      expect(early.items.map(({ id }) => id).filter((id) => !allowed.includes(id))).toEqual([])
    }
    await house.settleFolders(systemActor(world.orgId, 'access'))
    const entries = await entriesOf(world)
    for (const actor of actors) {
      const expected = visibleTo(facts, userOf(facts, actor))
      const seen = await seenBy(actor, world, { entries, byIndex })
      for (const [way, ids] of Object.entries(seen)) expect([way, ids]).toEqual([way, expected])
      counts.seen += expected.length
      counts.hidden += world.documents.length - expected.length
      live.asked.push({ actor, expected })
      if (actor === actors[0]) await explained(world, { actor, expected })
    }
    live.entries.push(...entries)
    counts.cases += 1
  }
  const some = fc.array(anyWorld, { minLength: AT_ONCE, maxLength: AT_ONCE })
  await fc.assert(fc.asyncProperty(some, async (plans) => {
    const byIndex = counts.cases < BY_INDEX
    await Promise.all(plans.map((plan) => check(plan, byIndex)))
  }), { numRuns: CASES[house.db.kind] / AT_ONCE, endOnFailure: true })
  await askMeili(live.entries, live.asked.map(({ actor, expected }) => ({ filter: meiliFilter(actor), expected })))
  process.stdout.write(`${JSON.stringify({ access: counts })}\n`)
  expect(Math.min(counts.happened, counts.refused, counts.seen, counts.hidden)).toBeGreaterThan(counts.cases / 4)
}, 600_000)

const userOf = (facts: Parameters<typeof visibleTo>[0], actor: Actor): Parameters<typeof visibleTo>[1] => {
  const user = facts.users.find(({ id }) => id === actor.userId)
  if (user === undefined) throw new Error('no such user')
  return user
}

/** The explanation of one document agrees with what is seen. */
async function explained({ documents: [documentId], orgId }: World, { actor, expected }: { actor: Actor; expected: readonly string[] }): Promise<void> {
  if (documentId === undefined) throw new Error('a world without documents')
  const { level, reasons } = await house.grants.explain(systemActor(orgId, 'access'), { documentId, userId: actor.userId })
  expect([level !== null, reasons.length > 0]).toEqual([expected.includes(documentId), true])
}
