import type { DocumentId } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { beginProcessing } from './processing.service.ts'
import { openTestModule, type TestModule } from './test-module.ts'
import { storeSketch } from './use-cases/find-duplicates.ts'

let house: TestModule
let org: TestOrg
beforeAll(async () => { house = await openTestModule() })
afterAll(() => house.close())
beforeEach(async () => { org = await house.org() })

/** Words that no other text of these has. */
const text = (mark: string, words = 300): string[] => Array.from({ length: words }, (_, at) => `${mark}${at}`)
const changed = (words: readonly string[], every: number): string[] => words.map((word, at) => (at % every === 0 ? `other${at}` : word))

const refOf = (id: DocumentId) => house.refOf(org.system, id)
async function read(words: readonly string[], { by = org.editor, bytes = newId(), pages = 1 }: { by?: Actor; bytes?: string; pages?: number } = {}): Promise<DocumentId> {
  const { document } = await house.upload(by, bytes)
  const ref = await refOf(document.id)
  await beginProcessing(house.deps, ref)
  const each = Math.ceil(words.length / pages)
  for (let page = 0; page < pages; page += 1) await storeSketch(house.deps, ref, [{ text: words.slice(page * each, (page + 1) * each).join(' ') }])
  return document.id
}
const found = async (id: DocumentId, actor: Actor = org.viewer) => {
  const { exact, near, comparable } = await house.duplicates(actor, { id })
  return { exact: exact.map((one) => one.id), near: near.map((one) => one.id), comparable }
}

test('copies are found from both sides, the nearest first, and what only shares words is not', async () => {
  const words = text('a')
  const original = await read(words, { bytes: 'the same' })
  const twin = await read(words, { bytes: 'the same' })
  const near = await read(changed(words, 50), { pages: 3 })
  const farther = await read(changed(words, 10))
  const unrelated = await read(text('b'))
  await read([...words].reverse())
  expect(await found(original)).toEqual({ exact: [twin], near: [near, farther], comparable: true })
  expect(await found(near)).toEqual({ exact: [], near: expect.arrayContaining([original, twin, farther]), comparable: true })
  expect(await found(unrelated)).toEqual({ exact: [], near: [], comparable: true })
  const { near: told } = await house.duplicates(org.viewer, { id: original })
  expect(told.map(({ similarity }) => similarity)).toEqual([expect.closeTo(0.92, 1), expect.closeTo(0.67, 1)])
})

test('nobody is told of what they may not read, of what lies in the trash, of older versions, or of another organization', async () => {
  const words = text('a')
  const original = await read(words, { bytes: 'one' })
  const hidden = [await read(words, { by: org.owner, bytes: 'one' }), await read(words, { by: org.owner })]
  for (const id of hidden) await house.update(org.owner, { id, visibility: 'restricted' })
  await house.trash(org.editor, { id: await read(words) })
  const renewed = await read(words)
  await house.upload(org.editor, newId(), { documentId: renewed })
  const other = await house.org()
  await house.upload(other.editor, 'one')
  expect(await found(original)).toEqual({ exact: [], near: [], comparable: true })
  expect(await found(original, org.owner)).toEqual({ exact: [hidden[0]], near: [hidden[1]], comparable: true })
  await expect(house.duplicates(org.viewer, { id: hidden[0] as DocumentId })).rejects.toMatchObject({ code: 'document.not_found' })
  await expect(house.duplicates(other.owner, { id: original })).rejects.toMatchObject({ code: 'document.not_found' })
})

test('what shares bands is found by their index, which the role that asks may use', async () => {
  await read(text('a'))
  const client = new pg.Client({ connectionString: house.db.adminUrl })
  await client.connect()
  onTestFinished(() => client.end())
  const { rows: [made] } = await client.query<{ owner: string; body: string }>(`select proowner::regrole::text owner, prosrc body from pg_proc where proname = 'sketches_sharing'`)
  const asked = /return query (select .*);/su.exec(made?.body ?? '')?.[1] ?? ''
  // Few rows are read as quickly without it. Never committed.
  await client.query(`begin; alter table document_sketch drop constraint document_sketch_pkey; set local enable_seqscan = off; set local role ${made?.owner}`)
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${asked.replaceAll('p_bands', `'{1,2}'::int[]`).replaceAll('v_org', `'${org.org.id}'::uuid`)}`)
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(/Bitmap Index Scan on document_sketch_bands.*\n\s*Index Cond: .*&&/u)
})

test('what is too short, or not read yet, has only exact duplicates and says so', async () => {
  const short = await read(text('a', 8), { bytes: 'short' })
  const other = await read(text('a', 8), { bytes: 'short' })
  await read(text('a', 8))
  expect(await found(short)).toEqual({ exact: [other], near: [], comparable: false })
  expect(await found((await house.upload(org.editor, newId())).document.id)).toEqual({ exact: [], near: [], comparable: false })
})

test('a reading that begins anew forgets the sketch of the one before, and a late one writes nothing', async () => {
  const id = await read(text('a'))
  const late = await refOf(id)
  await house.reprocess(org.editor, { id })
  const ref = await refOf(id)
  await beginProcessing(house.deps, ref)
  for (let times = 0; times < 2; times += 1) await storeSketch(house.deps, ref, [{ text: text('b').join(' ') }])
  await expect(storeSketch(house.deps, late, [{ text: text('a').join(' ') }])).rejects.toThrow('no longer the running one')
  const [like, unlike] = [await read(text('b')), await read(text('a'))]
  expect([await found(like), await found(unlike)]).toMatchObject([{ near: [id] }, { near: [] }])
})
