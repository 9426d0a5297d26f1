import type { DocumentId, FolderId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { lockBytes } from './documents.repository.ts'
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
const newDocument = async (content = newId()) => (await house.upload(a.editor, content)).document

test('an accepted upload is a document, a version, its readers, an event and an audit row, or nothing', async () => {
  const { document, created, duplicateOf } = await house.upload(a.editor, 'hello', { name: 'Zażółć.txt' })
  expect({ created, duplicateOf }).toEqual({ created: true, duplicateOf: null })
  expect(document).toMatchObject({
    name: 'Zażółć.txt', state: 'queued', version: 1, revision: 1, size: 5, ownerId: a.editor.userId, lifecycle: 'active',
  })
  expect(await house.events(a.editor)).toMatchObject(
    [{ type: 'documents.uploaded.v1', documentId: document.id, payload: { attempt: 1, versionId: document.versionId } }]
  )
  expect(await house.count(a.editor, 'audit')).toBe(1)
  await expect(house.upload(a.editor, 'x', { folderId: newId() as FolderId })).rejects.toEqual(failure('folder.not_found'))
  expect([await house.count(a.editor, 'document'), await house.count(a.editor, 'audit')]).toEqual([1, 1])
})

test('a viewer and a guest cannot upload, and nothing happens', async () => {
  for (const actor of [a.viewer, a.guest]) await expect(house.upload(actor, 'x')).rejects.toEqual(failure('auth.forbidden'))
  expect(await house.events(a.owner)).toEqual([])
})

test('empty files, impossible names and bytes stored too long ago are refused', async () => {
  await expect(house.upload(a.editor, '')).rejects.toEqual(failure('document.empty'))
  await expect(house.upload(a.editor, 'x', { name: 'a\u0000b' })).rejects.toEqual(failure('input.invalid'))
  await expect(house.upload(a.editor, 'x', { storedAt: new Date(Date.now() - 120_000) })).rejects.toEqual(failure('service.unavailable'))
  expect(await house.count(a.editor, 'document')).toBe(0)
})

test('fifty uploads at once under one idempotency key make one document and get one answer', async () => {
  const same = { idempotencyKey: 'key-1', requestHash: 'h' }
  const answers = await Promise.all(Array.from({ length: 50 }, () => house.upload(a.editor, 'same', same)))
  expect(new Set(answers.map((answer) => answer.document.id)).size).toBe(1)
  expect([await house.count(a.editor, 'document'), (await house.events(a.editor)).length]).toEqual([1, 1])
})

test('an idempotency key with other content is refused, and is each caller\'s own', async () => {
  const { document } = await house.upload(a.editor, 'one', { idempotencyKey: 'k', requestHash: 'h1' })
  await expect(house.upload(a.editor, 'two', { idempotencyKey: 'k', requestHash: 'h2' })).rejects.toEqual(failure('idempotency.mismatch'))
  const { document: others } = await house.upload(a.owner, 'two', { idempotencyKey: 'k', requestHash: 'h2' })
  expect(others.id).not.toBe(document.id)
  expect(await house.count(a.editor, 'document')).toBe(2)
})

test('the same bytes name the document that is there, and make another one only if the caller wants it', async () => {
  const first = await newDocument('twin')
  expect(await house.upload(a.owner, 'twin')).toMatchObject({ created: true, duplicateOf: first.id })
  expect(await house.upload(a.owner, 'twin', { onDuplicate: 'return' })).toMatchObject(
    { created: false, duplicateOf: first.id, document: { id: first.id } }
  )
  expect(await house.count(a.editor, 'document')).toBe(2)
})

test('twenty uploads of the same bytes at once, each content with the one that is there, make one document', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => house.upload(a.editor, 'crowd', { onDuplicate: 'return' })))
  expect(answers.filter((answer) => answer.created).length).toBe(1)
  expect(await house.count(a.editor, 'document')).toBe(1)
})

test('a duplicate that the caller may not read, or of another organization, is never named', async () => {
  const secret = await newDocument('secret bytes')
  await house.update(a.editor, { id: secret.id, visibility: 'restricted' })
  expect(await house.upload(a.owner, 'secret bytes', { onDuplicate: 'return' })).toMatchObject({ created: true, duplicateOf: null })
  expect(await house.upload(b.editor, 'secret bytes', { onDuplicate: 'return' })).toMatchObject({ created: true, duplicateOf: null })
})

test('a second version becomes the current one, keeps the first, and is read as its own run', async () => {
  const { id } = await newDocument('v1')
  const { document, created } = await house.upload(a.editor, 'v2', { documentId: id, name: 'b.txt' })
  expect(created).toBe(true)
  expect(document).toMatchObject({ id, version: 2, state: 'queued', revision: 2 })
  const { items } = await house.versions.list(a.viewer, { id, limit: 10 })
  expect(items.map((version) => [version.number, version.current, version.fileName])).toEqual([[2, true, 'b.txt'], [1, false, 'a.txt']])
  expect(await house.content(a.viewer, { id, version: 1 })).toMatchObject({ size: 2, version: 1, fileName: 'a.txt' })
})

test('two versions uploaded at once get two numbers', async () => {
  const { id } = await newDocument()
  await Promise.all([house.upload(a.editor, newId(), { documentId: id }), house.upload(a.owner, newId(), { documentId: id })])
  const { items } = await house.versions.list(a.viewer, { id, limit: 10 })
  expect(items.map((version) => version.number)).toEqual([3, 2, 1])
  expect(items.filter((version) => version.current).map((version) => version.number)).toEqual([3])
})

test('restoring a version makes a new one of the same bytes', async () => {
  const first = await newDocument('v1')
  await house.upload(a.editor, 'v2', { documentId: first.id })
  const restored = await house.versions.restore(a.editor, { id: first.id, number: 1 })
  expect(restored).toMatchObject({ version: 3, sha256: first.sha256, state: 'queued' })
  await expect(house.versions.restore(a.editor, { id: first.id, number: 9 })).rejects.toEqual(failure('version.not_found'))
})

test('restoring a version while its bytes are uploaded again makes a version of each, and neither waits for ever', async () => {
  const { id, sha256 } = await newDocument('once more')
  await house.upload(a.editor, 'other', { documentId: id })
  const held = await house.hold(a.system, (tx) => lockBytes(tx, a.org.id, sha256))
  const uploaded = house.upload(a.editor, 'once more', { documentId: id })
  await held.waiting(1)
  const both = Promise.allSettled([uploaded, house.versions.restore(a.editor, { id, number: 1 })])
  await held.waiting(2)
  await held.release()
  expect((await both).map((result) => result.status)).toEqual(['fulfilled', 'fulfilled'])
  expect((await house.versions.list(a.viewer, { id, limit: 10 })).items.map((version) => version.number)).toEqual([4, 3, 2, 1])
})

test('of two writers with the same revision one wins and the other learns that it is stale', async () => {
  const { id, revision } = await newDocument()
  const results = await Promise.allSettled(['one', 'two', 'three'].map((name) => house.update(a.editor, { id, revision, name })))
  expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
  for (const result of results) if (result.status === 'rejected') expect(result.reason).toEqual(failure('document.stale'))
  expect((await house.get(a.editor, { id })).revision).toBe(revision + 1)
  expect((await house.events(a.editor)).filter((event) => event.type === 'documents.updated.v1')).toHaveLength(1)
})

test('without a revision the last writer overwrites and nobody is refused', async () => {
  const { id } = await newDocument()
  await Promise.all(['one', 'two', 'three', 'four'].map((name) => house.update(a.editor, { id, name })))
  expect((await house.get(a.editor, { id })).revision).toBe(5)
})

test('a document made private is there for its owner alone, in get, list, pages, versions, content and every change', async () => {
  const { id } = await newDocument()
  await expect(house.update(a.viewer, { id, visibility: 'restricted' })).rejects.toEqual(failure('auth.forbidden'))
  await house.update(a.editor, { id, visibility: 'restricted' })
  expect((await house.get(a.editor, { id })).visibility).toBe('restricted')
  for (const actor of [a.owner, a.admin, a.viewer, a.guest]) {
    await expectUnknown(actor, id)
    expect((await house.list(actor, { limit: 10, lifecycle: 'active' })).items).toEqual([])
  }
})

async function expectUnknown(actor: TestOrg['owner'], id: DocumentId): Promise<void> {
  const calls = [
    () => house.get(actor, { id }), () => house.pages(actor, { id, limit: 5 }), () => house.content(actor, { id }),
    () => house.versions.list(actor, { id, limit: 5 }), () => house.update(actor, { id, name: 'x' }), () => house.move(actor, { id, folderId: null }),
    () => house.trash(actor, { id }), () => house.restore(actor, { id }), () => house.purge(actor, { id }),
    () => house.reprocess(actor, { id }), () => house.cancel(actor, { id }), () => house.providePassword(actor, { id, password: 'x' }),
    () => house.versions.restore(actor, { id, number: 1 }),
  ]
  for (const call of calls) await expect(call()).rejects.toEqual(failure('document.not_found'))
}

test('a member of another organization cannot learn that a document exists, whatever they call, and nothing happens', async () => {
  const { id } = await newDocument()
  const before = await house.events(a.owner)
  for (const actor of [b.owner, b.admin, b.editor]) await expectUnknown(actor, id)
  await expect(house.upload(b.editor, 'x', { documentId: id })).rejects.toEqual(failure('document.not_found'))
  expect(await house.events(a.owner)).toEqual(before)
  expect(await house.events(b.owner)).toEqual([])
  expect((await house.list(b.owner, { limit: 10, lifecycle: 'active' })).items).toEqual([])
})

test('a guest reads no document of the organization', async () => {
  const { id } = await newDocument()
  await expectUnknown(a.guest, id)
})

test('a viewer reads and is refused every change, and nothing happens', async () => {
  const { id } = await newDocument()
  const before = await house.events(a.owner)
  const calls = [
    () => house.update(a.viewer, { id, name: 'x' }), () => house.move(a.viewer, { id, folderId: null }),
    () => house.trash(a.viewer, { id }), () => house.purge(a.viewer, { id }),
    () => house.reprocess(a.viewer, { id }), () => house.cancel(a.viewer, { id }), () => house.providePassword(a.viewer, { id, password: 'x' }),
    () => house.versions.restore(a.viewer, { id, number: 1 }),
  ]
  for (const call of calls) await expect(call()).rejects.toEqual(failure('auth.forbidden'))
  expect(await house.events(a.owner)).toEqual(before)
})

test('the list gives every document once, newest first, over pages of any size, and filters fill their pages', async () => {
  const made: DocumentId[] = []
  for (let n = 0; n < 7; n++) {
    const { document } = await house.upload(n % 2 === 0 ? a.editor : a.owner, `doc ${n}`, { name: n === 3 ? '100%_sure.txt' : `n${n}.txt` })
    made.push(document.id)
  }
  const all: DocumentId[] = []
  for (let cursor: string | undefined; ;) {
    const page = await house.list(a.editor, { limit: 2, lifecycle: 'active', ...(cursor === undefined ? {} : { cursor }) })
    all.push(...page.items.map((item) => item.id))
    if (page.nextCursor === null) break
    cursor = page.nextCursor
  }
  expect(all).toEqual(made.toReversed())
  const named = async (name: string) => (await house.list(a.editor, { limit: 1, lifecycle: 'active', name })).items.map((item) => item.id)
  expect(await named('%_SURE')).toEqual([made[3]])
  expect(await named('N0.TXT')).toEqual([made[0]])
  expect((await house.list(a.editor, { limit: 10, lifecycle: 'active', state: 'ready' })).items).toEqual([])
  await expect(house.list(a.editor, { limit: 2, lifecycle: 'active', cursor: 'bm9uc2Vuc2U' })).rejects.toEqual(failure('input.cursor'))
})
