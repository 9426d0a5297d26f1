import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import { asAdmin, createTestOrg, type TestOrg } from '@intellidocs/testing'
import type { SearchModule } from '../index.ts'
import { searchWorld, type SearchWorld } from '../search.testkit.ts'

let world: SearchWorld
let org: TestOrg
const ids: Record<string, string> = {}
beforeAll(async () => {
  world = await searchWorld()
  org = await createTestOrg(world.database, 'Similar')
  const add = async (name: string, text: string | string[], readers?: string[]) => {
    ids[name] = (await world.add({ org, name, text, ...(readers === undefined ? {} : { readers }) })).documentId
  }
  await add('lease.txt', ['The tenant pays the landlord for the boathouse.', 'The notice period of the lease is three months.'])
  await add('second lease.txt', 'A lease: the tenant, the landlord and the notice period of another boathouse.')
  await add('recipe.txt', 'Flour, butter and sugar are stirred until they are pale.')
  await add('hidden lease.txt', 'The lease of a tenant, of a landlord, with a notice period and a boathouse.', [`user:${org.owner.userId}`])
  await add('unread.txt', 'x')
  await world.sql(org.system, `update document set published_version_id = null where id = '${ids['unread.txt']}'`)
  await world.search.fold()
})
afterAll(() => world.close())

const similar = (actor: Actor, name: string, more: Record<string, unknown> = {}, module: SearchModule = world.search) =>
  module.similar(actor, searchContract.searchSimilar.input.parse({ documentId: ids[name] ?? name, ...more }))
const names = async (...ask: Parameters<typeof similar>) => (await similar(...ask)).hits.map((hit) => hit.name)

test('what is about the same comes first, with the words that both hold; the document itself does not come', async () => {
  const { hits, degraded } = await similar(org.viewer, 'lease.txt')
  expect(degraded).toBe(false)
  expect(hits.map((hit) => hit.name)).toEqual(['second lease.txt', 'recipe.txt'])
  expect(hits[0]?.why.words).toEqual(expect.arrayContaining(['tenant', 'landlord', 'lease']))
  expect(hits[0]?.highlights.map(({ start, end }) => hits[0]?.passage.slice(start, end))).toEqual(expect.arrayContaining(['boathouse', 'notice']))
  expect(hits[0]?.meaningScore).toBeGreaterThan(hits[1]?.meaningScore ?? 1)
})

test('only what somebody reads is like it, and filters narrow it', async () => {
  expect(await names(org.owner, 'lease.txt')).toContain('hidden lease.txt')
  expect(await names(org.viewer, 'lease.txt')).not.toContain('hidden lease.txt')
  expect(await names(org.viewer, 'lease.txt', { filters: { name: 'recipe' } })).toEqual(['recipe.txt'])
})

test('one that is hidden, of another organization or nowhere is one answer', async () => {
  const stranger = await createTestOrg(world.database)
  for (const [actor, name] of [[org.viewer, 'hidden lease.txt'], [stranger.owner, 'lease.txt'], [org.guest, 'lease.txt'], [org.viewer, newId()]] as const) {
    await expect(similar(actor, name)).rejects.toMatchObject({ code: 'document.not_found' })
  }
})

test('one that was not read is like none', async () => {
  expect(await similar(org.viewer, 'unread.txt')).toEqual({ hits: [], missing: [], degraded: false })
})

test('a part that is away is named, and the other answers', async () => {
  expect(await similar(org.viewer, 'lease.txt', {}, world.withEmbedder(null))).toMatchObject({ missing: ['meaning'], degraded: true, hits: [{ name: 'second lease.txt' }] })
  await asAdmin(world.adminUrl, 'alter table passage_keyword rename to kw_gone')
  try {
    expect(await similar(org.viewer, 'lease.txt')).toMatchObject({ missing: ['keyword'], degraded: true, hits: [{ name: 'second lease.txt' }, {}] })
  } finally {
    await asAdmin(world.adminUrl, 'alter table kw_gone rename to passage_keyword')
  }
})
