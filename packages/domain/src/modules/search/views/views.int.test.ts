import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchContract } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import { createTestOrg, type TestOrg } from '@intellidocs/testing'
import { searchWorld, type SearchWorld } from '../search.testkit.ts'

let world: SearchWorld
let org: TestOrg
beforeAll(async () => {
  world = await searchWorld()
  org = await createTestOrg(world.database, 'Views')
})
afterAll(() => world.close())

const create = (actor: Actor, view: Record<string, unknown>) => world.search.views.create(actor, searchContract.createView.input.parse(view))
const names = async (actor: Actor) => (await world.search.views.list(actor)).items.map((view) => view.name)

test('a view holds words, filters, mode and order; the own ones come first, then those that are shared', async () => {
  const made = await create(org.editor, { name: 'Invoices', query: 'tag:invoice "to pay"', filters: { types: ['pdf'], not: { language: 'pt' } }, mode: 'keyword', sort: 'newest', shared: true })
  expect(made).toMatchObject({ name: 'Invoices', query: 'tag:invoice "to pay"', filters: { types: ['pdf'], not: { language: 'pt' } }, mode: 'keyword', sort: 'newest', shared: true, own: true })
  await create(org.editor, { name: 'Drafts', query: 'draft' })
  await create(org.viewer, { name: 'Zeppelins', query: 'zeppelin' })
  expect(await names(org.editor)).toEqual(['Drafts', 'Invoices'])
  expect(await names(org.viewer)).toEqual(['Zeppelins', 'Invoices'])
  expect((await world.search.views.list(org.viewer)).items[1]).toEqual({ ...made, own: false })
})

test('nobody sees what another keeps for themselves, guests nothing of others, and another organization nothing at all', async () => {
  expect(await names(org.owner)).toEqual(['Invoices'])
  expect(await names(org.guest)).toEqual([])
  expect(await names((await createTestOrg(world.database)).owner)).toEqual([])
})

test('a name is taken once a member, in whatever letters; a query that cannot be read is not kept', async () => {
  await expect(create(org.editor, { name: 'INVOICES', query: 'x' })).rejects.toMatchObject({ code: 'search.view_taken' })
  await expect(create(org.editor, { name: 'Open', query: '"open' })).rejects.toMatchObject({ code: 'search.query_invalid', details: { reason: 'quote_open' } })
  await expect(create(org.editor, { name: 'Pages', query: 'pages:x' })).rejects.toMatchObject({ details: { reason: 'pages_invalid', start: 6, end: 7 } })
  expect(searchContract.createView.input.safeParse({ name: 'Nothing' }).success).toBe(false)
  await create(org.owner, { name: 'Invoices', query: 'x' })
  expect(await names(org.editor)).toEqual(['Drafts', 'Invoices'])
})

test('only whoever made it deletes it, and it is gone with their membership', async () => {
  const { items: [zeppelins] } = await world.search.views.list(org.viewer)
  if (zeppelins === undefined) throw new Error('no view')
  for (const [actor, id] of [[org.owner, zeppelins.id], [org.viewer, newId()]] as const) {
    await expect(world.search.views.remove(actor, { id: id as typeof zeppelins.id })).rejects.toMatchObject({ code: 'search.view_not_found' })
  }
  expect(await world.search.views.remove(org.viewer, { id: zeppelins.id })).toEqual({ id: zeppelins.id, deleted: true })
  expect(await names(org.viewer)).toEqual(['Invoices'])
  await world.sql(org.system, `delete from membership where user_id = '${org.editor.userId}'`)
  expect(await names(org.viewer)).toEqual([])
})

test('a member has 100 views, also when they are made at once', async () => {
  const made = await Promise.allSettled(Array.from({ length: 110 }, (_, n) => create(org.admin, { name: `View ${n}`, query: 'x' })))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
  expect(made.flatMap((one) => (one.status === 'rejected' ? [one.reason as { code: string }] : [])).map(({ code }) => code)).toEqual(Array(10).fill('search.view_limit'))
})
