import { afterAll, beforeAll, expect, test } from 'vitest'
import { searchWorld, type SearchWorld } from './search.testkit.ts'

let world: SearchWorld
beforeAll(async () => { world = await searchWorld() })
afterAll(() => world.close())

const text = 'Seaworthy rigging is checked'
/** Its four words, packed: a tenth of the page each, on one line, a hundredth high. */
const packed = '0009d00fd00fe807c80101076400e8070001026400e8070001076400e80700'

async function placed(org = world.org): Promise<string> {
  const { documentId, versionId } = await world.add({ text, org })
  await world.sql(org.system, `insert into page (org_id, version_id, number, text, source, attempt) values ('${org.org.id}', '${versionId}', 1, '${text}', 'text', 1)`)
  await world.sql(org.system, `insert into page_layout (org_id, version_id, number, boxes, attempt) values ('${org.org.id}', '${versionId}', 1, decode('${packed}', 'hex'), 1)`)
  return documentId
}
const ask = (query: string, mode: 'keyword' | 'meaning') => world.search.query(world.org.viewer, { query, mode, limit: 5, filters: {} })

test('a claim of an answer tells where its quote stands', async () => {
  const documentId = await placed()
  const { claims } = await world.search.asking.ask(world.org.viewer, { question: 'Was the rigging checked?', filters: {} }, { signal: undefined, stillValid: () => Promise.resolve(world.org.viewer.principals) })
  const claim = claims.find((one) => one.documentId === documentId)
  expect(claim?.boxes).toEqual([{ left: 0.1, top: 0.1, right: expect.closeTo(0.515, 5) as number, bottom: 0.11 }])
})

test('a hit tells where its words stand, one that was found by meaning where its passage does, and one of a format without places nothing', async () => {
  const documentId = await placed()
  const without = await world.add({ text: 'Seaworthy boats alone' })
  const { hits } = await ask('rigging seaworthy', 'keyword')
  const of = (id: string) => hits.find((hit) => hit.documentId === id)?.boxes
  expect(of(documentId)).toEqual([{ left: 0.1, top: 0.1, right: 0.2, bottom: 0.11 }, { left: 0.205, top: 0.1, right: 0.305, bottom: 0.11 }])
  expect(of(without.documentId)).toEqual([])
  const byMeaning = (await ask('checked', 'meaning')).hits.find((hit) => hit.documentId === documentId)
  expect(byMeaning).toMatchObject({ why: { words: [], sentence: true } })
  expect(byMeaning?.boxes).toEqual([{ left: 0.1, top: 0.1, right: expect.closeTo(0.515, 5) as number, bottom: 0.11 }])
})
