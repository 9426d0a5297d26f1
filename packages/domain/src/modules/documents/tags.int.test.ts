import type { DocumentId } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { lockDocument } from './processing.repository.ts'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let a: TestOrg
let b: TestOrg
beforeAll(async () => { house = await openTestModule() })
afterAll(() => house.close())
beforeEach(async () => {
  a = await house.org('A')
  b = await house.org('B')
})

const failure = (code: string) => expect.objectContaining({ code }) as unknown
const newDocument = async (by: Actor = a.editor) => (await house.upload(by, newId())).document
const tagged = async (tags: string[], by: Actor = a.editor) => house.tags.add(by, { id: (await newDocument(by)).id, tags })
const rowsOf = (actor: Actor): Promise<{ tag: string }[]> => house.deps.runInTx(actor, (tx) => tx.$queryRaw`select document_id as id, tag from document_tag order by 1, 2`)
const auditOf = (actor: Actor): Promise<{ action: string; data: unknown }[]> => house.deps.runInTx(actor, (tx) => tx.$queryRaw`select action, data from audit order by xid, id`)
const listed = async (actor: Actor, filter: { tag: string; limit?: number; lifecycle?: 'active' | 'trashed' }): Promise<DocumentId[]> =>
  (await house.list(actor, { limit: 50, lifecycle: 'active', ...filter })).items.map(({ id }) => id)
const counted = async (actor: Actor) => (await house.tags.list(actor, { limit: 50 })).items

test('tags that are added and removed are shown by get and list, and told once with what was before and after', async () => {
  const { id, revision, tags, metadata } = await newDocument()
  expect({ tags, metadata }).toEqual({ tags: [], metadata: {} })
  expect(await house.tags.add(a.editor, { id, tags: ['to pay', '2026'] })).toMatchObject({ id, tags: ['2026', 'to pay'], revision: revision + 1 })
  expect((await house.tags.remove(a.owner, { id, tags: ['to pay', 'never there'] })).tags).toEqual(['2026'])
  expect((await house.get(a.viewer, { id })).tags).toEqual(['2026'])
  expect((await house.list(a.viewer, { limit: 5, lifecycle: 'active' })).items.map((item) => item.tags)).toEqual([['2026']])
  expect((await house.events(a.owner)).slice(1)).toMatchObject([
    { type: 'documents.tags-changed.v1', documentId: id, payload: { documentId: id, added: ['2026', 'to pay'], removed: [] } },
    { type: 'documents.tags-changed.v1', documentId: id, payload: { documentId: id, added: [], removed: ['to pay'] } },
  ])
  expect((await auditOf(a.owner)).slice(1)).toEqual([
    { action: 'documents.tags-changed.v1', data: { before: { tags: [] }, after: { tags: ['2026', 'to pay'] } } },
    { action: 'documents.tags-changed.v1', data: { before: { tags: ['2026', 'to pay'] }, after: { tags: ['2026'] } } },
  ])
})

test('fields are set, overwritten and removed, come back as what they were, and are told by name only', async () => {
  const { id } = await newDocument()
  const first = { amount: 0.1 + 0.2, big: 1e21, paid: false, note: 'za "2" zł\n', empty: '' }
  expect(await house.setMetadata(a.editor, { id, metadata: first })).toMatchObject({ metadata: first, revision: 2 })
  const after = await house.setMetadata(a.editor, { id, metadata: { paid: true, note: null, empty: '', never: null } })
  expect(after.metadata).toEqual({ amount: first.amount, big: 1e21, paid: true, empty: '' })
  expect(await house.get(a.viewer, { id })).toEqual(after)
  expect((await house.events(a.owner)).at(-1)).toMatchObject({ type: 'documents.metadata-changed.v1', payload: { documentId: id, changed: ['note', 'paid'] } })
  expect((await auditOf(a.owner)).at(-1)?.data).toEqual({ before: { note: first.note, paid: false }, after: { note: null, paid: true } })
})

test('what changes nothing is success and leaves no trace', async () => {
  const { id } = await tagged(['a'])
  await house.setMetadata(a.editor, { id, metadata: { amount: 1 } })
  const [before, events, audit] = [await house.get(a.editor, { id }), await house.events(a.owner), await auditOf(a.owner)]
  expect(await house.tags.add(a.editor, { id, tags: ['a'] })).toEqual(before)
  expect(await house.tags.remove(a.editor, { id, tags: ['b'] })).toEqual(before)
  expect(await house.setMetadata(a.editor, { id, metadata: { amount: 1, other: null } })).toEqual(before)
  expect([await house.events(a.owner), await auditOf(a.owner)]).toEqual([events, audit])
})

test('everybody who adds and removes at once finds what they did, and each change is told', async () => {
  const { id } = await tagged(['old'])
  const held = await house.hold(a.system, (tx) => lockDocument(tx, a.org.id, id))
  const all = Promise.all([
    ...['one', 'two', 'three'].map((tag) => house.tags.add(a.editor, { id, tags: [tag, 'shared'] })), house.tags.remove(a.owner, { id, tags: ['old'] }),
  ])
  await held.waiting(2)
  await held.release()
  await all
  expect((await house.get(a.editor, { id })).tags).toEqual(['one', 'shared', 'three', 'two'])
  expect((await rowsOf(a.owner)).map(({ tag }) => tag)).toEqual(['one', 'shared', 'three', 'two'])
  expect((await house.events(a.owner)).filter(({ type }) => type === 'documents.tags-changed.v1')).toHaveLength(5)
})

test('of two who set fields of the same revision one wins and the other learns that it is stale; without one both stand', async () => {
  const { id, revision } = await newDocument()
  const results = await Promise.allSettled([1, 2].map((amount) => house.setMetadata(a.editor, { id, revision, metadata: { amount } })))
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(failure('document.stale'))
  await Promise.all([house.setMetadata(a.editor, { id, metadata: { first: 1 } }), house.setMetadata(a.owner, { id, metadata: { second: 2 } })])
  expect((await house.get(a.editor, { id })).metadata).toMatchObject({ first: 1, second: 2 })
  expect((await house.events(a.owner)).filter(({ type }) => type === 'documents.metadata-changed.v1')).toHaveLength(3)
})

test('a viewer, a guest and another organization change nothing, and only the viewer learns that the document is there', async () => {
  const { id } = await tagged(['a'])
  const before = await house.events(a.owner)
  for (const [actor, code] of [[a.viewer, 'auth.forbidden'], [a.guest, 'document.not_found'], [b.owner, 'document.not_found']] as const) {
    await expect(house.tags.add(actor, { id, tags: ['x'] })).rejects.toEqual(failure(code))
    await expect(house.tags.remove(actor, { id, tags: ['a'] })).rejects.toEqual(failure(code))
    await expect(house.setMetadata(actor, { id, metadata: { x: 1 } })).rejects.toEqual(failure(code))
  }
  expect([await house.events(a.owner), await house.events(b.owner)]).toEqual([before, []])
  expect(await house.get(a.owner, { id })).toMatchObject({ tags: ['a'], metadata: {} })
})

test('a trashed document cannot be changed', async () => {
  const { id } = await tagged(['a'])
  await house.trash(a.editor, { id })
  const before = await house.events(a.owner)
  for (const call of [
    () => house.tags.add(a.editor, { id, tags: ['b'] }), () => house.tags.remove(a.editor, { id, tags: ['a'] }), () => house.setMetadata(a.editor, { id, metadata: { x: 1 } }),
  ]) await expect(call()).rejects.toEqual(failure('document.state'))
  expect(await house.events(a.owner)).toEqual(before)
})

test('a document takes 50 tags and 50 fields and no more, and what was refused is not there', async () => {
  const names = (of: string, count: number) => Array.from({ length: count }, (_, n) => `${of}${n}`)
  const { id } = await tagged(names('t', 50))
  await house.setMetadata(a.editor, { id, metadata: Object.fromEntries(names('f', 50).map((name) => [name, name])) })
  const before = await house.get(a.editor, { id })
  await expect(house.tags.add(a.editor, { id, tags: ['t0', 'one more'] })).rejects.toEqual(failure('document.tag_limit'))
  await expect(house.setMetadata(a.editor, { id, metadata: { more: 1 } })).rejects.toEqual(failure('document.tag_limit'))
  expect(await house.get(a.editor, { id })).toEqual(before)
  expect((await house.setMetadata(a.editor, { id, metadata: { f0: null, more: 1 } })).metadata).toMatchObject({ more: 1 })
})

test('the list of a tag holds the documents of it that the caller reads, over pages of any size and beside other filters', async () => {
  const made: DocumentId[] = []
  for (let n = 0; n < 5; n += 1) made.push((await tagged(n === 3 ? ['other'] : ['wanted', 'other'])).id)
  await tagged(['wanted'], b.editor)
  const [hidden, trashed] = [made[0] as DocumentId, made[1] as DocumentId]
  await house.update(a.editor, { id: hidden, visibility: 'restricted' })
  await house.trash(a.editor, { id: trashed })
  expect(await listed(a.editor, { tag: 'wanted' })).toEqual([made[4], made[2], hidden])
  expect(await listed(a.viewer, { tag: 'wanted' })).toEqual([made[4], made[2]])
  expect([await listed(a.guest, { tag: 'wanted' }), await listed(a.viewer, { tag: 'want' })]).toEqual([[], []])
  expect(await listed(a.viewer, { tag: 'wanted', lifecycle: 'trashed' })).toEqual([trashed])
  const first = await house.list(a.editor, { limit: 2, lifecycle: 'active', tag: 'wanted' })
  const rest = await house.list(a.editor, { limit: 2, lifecycle: 'active', tag: 'wanted', cursor: first.nextCursor ?? '' })
  expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual([made[4], made[2], hidden])
  expect(rest.nextCursor).toBeNull()
  expect((await house.list(a.editor, { limit: 9, lifecycle: 'active', tag: 'wanted', state: 'ready' })).items).toEqual([])
})

test('the tags of the organization are those of active documents that the caller reads, with how many they read, page by page', async () => {
  const hidden = await tagged(['secret', 'shared'])
  await house.update(a.editor, { id: hidden.id, visibility: 'restricted' })
  await tagged(['shared', 'żółty', 'a'])
  const trashed = await tagged(['gone', 'shared'])
  await house.trash(a.editor, { id: trashed.id })
  await tagged(['foreign', 'shared'], b.editor)
  const seen = [{ tag: 'a', documents: 1 }, { tag: 'shared', documents: 1 }, { tag: 'żółty', documents: 1 }]
  expect(await counted(a.viewer)).toEqual(seen)
  expect(await counted(a.editor)).toEqual([seen[0], { tag: 'secret', documents: 1 }, { tag: 'shared', documents: 2 }, seen[2]])
  expect(await counted(a.guest)).toEqual([])
  const first = await house.tags.list(a.viewer, { limit: 2 })
  const rest = await house.tags.list(a.viewer, { limit: 2, cursor: first.nextCursor ?? '' })
  expect([...first.items, ...rest.items, rest.nextCursor]).toEqual([...seen, null])
  await expect(house.tags.list(a.viewer, { limit: 2, cursor: 'bm9uc2Vuc2U' })).rejects.toEqual(failure('input.cursor'))
})

test('a purge leaves no tag', async () => {
  const { id } = await tagged(['a', 'b'])
  await house.trash(a.editor, { id })
  await house.purge(a.editor, { id })
  expect(await house.count(a.owner, 'document_tag')).toBe(0)
  expect(await counted(a.owner)).toEqual([])
})

test('a new version and a move leave tags and fields as they are', async () => {
  const { id } = await tagged(['kept'])
  await house.setMetadata(a.editor, { id, metadata: { kept: true } })
  await house.upload(a.editor, newId(), { documentId: id })
  const folder = await house.folders.create(a.editor, { name: 'In here', parentId: null, visibility: 'org' })
  expect(await house.move(a.editor, { id, folderId: folder.id })).toMatchObject({ tags: ['kept'], metadata: { kept: true }, version: 2 })
})

test('rules are given the facts of the current version: the worker of every document, a person of what they read', async () => {
  const { id } = await tagged(['a'])
  await house.setMetadata(a.editor, { id, metadata: { amount: 5 } })
  const { document } = await house.upload(a.editor, 'second', { documentId: id })
  const facts = {
    id, name: document.name, ownerId: a.editor.userId, folderId: null, lifecycle: 'active', revision: document.revision, tags: ['a'], metadata: { amount: 5 },
    versionId: document.versionId, version: 2, state: 'queued', mime: null, size: 6, pages: null, language: null, sha256: document.sha256,
  }
  await house.update(a.editor, { id, visibility: 'restricted' })
  expect(await house.facts.of(a.system, id)).toEqual({ ...facts, revision: facts.revision + 1 })
  expect([await house.facts.of(a.viewer, id), await house.facts.of(b.system, id), await house.facts.of(a.system, newId() as DocumentId)]).toEqual([null, null, null])
})

test('facts that are held stay until the transaction ends: a change waits, other holders do not', async () => {
  const { id } = await newDocument()
  const held = await house.hold(a.system, (tx) => house.facts.inTx(tx, a.system, { id, hold: true }))
  const order: string[] = []
  const changed = house.tags.add(a.editor, { id, tags: ['late'] }).then(() => order.push('changed'))
  if (house.db.kind === 'native') {
    await held.waiting(1)
    const facts = await house.deps.runInTx(a.system, (tx) => house.facts.inTx(tx, a.system, { id, hold: true }))
    expect(facts?.tags).toEqual([])
  }
  order.push('released')
  await held.release()
  await changed
  expect(order).toEqual(['released', 'changed'])
})
