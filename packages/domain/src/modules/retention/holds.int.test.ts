import { retentionContract as contract, type DocumentId, type HoldSelection } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRetention, type RetentionHouse } from './retention.testkit.ts'

/** What a hold is on, and that it refuses the deletion of a document. Organizations, accounts and the database itself: `walls.int.test.ts`. */
let house: RetentionHouse
let a: TestOrg
beforeAll(async () => { house = await openRetention() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.org() })

const purge = (actor: Actor, id: DocumentId) => house.documents.purge(actor, { id })
const release = (actor: Actor, id: string) => house.retention.holds.release(actor, { id: id as never, reason: 'the suit is over' })

async function refused(id: DocumentId, holdId: string): Promise<void> {
  const before = await house.events(a.owner)
  await expect(purge(a.owner, id)).rejects.toMatchObject({ code: 'retention.held', details: { holdId, name: 'Case 12' } })
  expect([await house.isThere(id), await house.events(a.owner)]).toEqual([true, before])
}

type Kind = { readonly on: (of: { id: DocumentId; folderId: never }) => HoldSelection }
const kinds: Record<string, Kind> = {
  'its id': { on: ({ id }) => ({ documents: [id] }) }, 'its folder': { on: ({ folderId }) => ({ folderId }) }, 'its tag': { on: () => ({ tag: 'case 12' }) },
  'its owner': { on: () => ({ ownerId: a.owner.userId }) }, all: { on: () => ({ all: true }) },
}

test.each(Object.entries(kinds))('a trashed document is not purged while a hold stands on it by %s, and is after the release', async (_what, { on }) => {
  const folderId = await house.folder(a.owner)
  const id = await house.upload(a.owner, { folderId: await house.folder(a.owner, folderId), tags: ['case 12', 'other'] })
  const hold = await house.place(a.owner, on({ id, folderId: folderId as never }))
  await house.trashed(a.owner, id)
  await refused(id, hold.id)
  await release(a.owner, hold.id)
  await purge(a.owner, id)
  expect(await house.isThere(id)).toBe(false)
})

test('who may not know is refused alike, and told of no hold', async () => {
  const id = await house.trashed(a.editor, await house.upload(a.editor))
  await house.place(a.owner, { all: true })
  const failed: unknown = await purge(a.editor, id).catch((error: unknown) => error)
  expect(failed).toMatchObject({ code: 'retention.held', details: undefined })
  expect(JSON.stringify(failed)).not.toContain('Case 12')
  expect(await house.isThere(id)).toBe(true)
})

test('what comes to match while the hold stands is held too', async () => {
  const folderId = await house.folder(a.owner)
  const [byFolder, byTag] = [await house.place(a.owner, { folderId }), await house.place(a.owner, { tag: 'case 12' })]
  const uploaded = await house.trashed(a.owner, await house.upload(a.owner, { folderId }))
  await refused(uploaded, byFolder.id)
  const moved = await house.upload(a.owner)
  await house.documents.move(a.owner, { id: moved, folderId })
  await refused(await house.trashed(a.owner, moved), byFolder.id)
  await refused(await house.trashed(a.owner, await house.upload(a.owner, { tags: ['case 12'] })), byTag.id)
  const free = await house.trashed(a.owner, await house.upload(a.owner))
  await purge(a.owner, free)
})

describe('what was held stays held, and goes after the release:', () => {
  const left: Record<string, (id: DocumentId) => Promise<unknown>> = {
    'moved out of its folder': (id) => house.documents.move(a.owner, { id, folderId: null }),
    'without its tag': (id) => house.documents.tags.remove(a.owner, { id, tags: ['case 12'] }),
    'handed over to somebody else': () => house.rows(`update document set owner_id = $1 where org_id = $2`, [a.admin.userId, a.org.id]),
  }
  test.each(Object.entries(left))('%s', async (_what, leave) => {
    const folderId = await house.folder(a.owner)
    const id = await house.upload(a.owner, { folderId, tags: ['case 12'] })
    const holds = [await house.place(a.owner, { folderId }), await house.place(a.owner, { tag: 'case 12' }), await house.place(a.owner, { ownerId: a.owner.userId })]
    await leave(id)
    await house.trashed(a.owner, id)
    for (const hold of holds) {
      await refused(id, hold.id)
      await release(a.owner, hold.id)
    }
    await purge(a.owner, id)
  })

  test('in a folder that was moved out, or below it', async () => {
    const top = await house.folder(a.owner)
    const moved = await house.folder(a.owner, top)
    const ids = [await house.upload(a.owner, { folderId: moved }), await house.upload(a.owner, { folderId: await house.folder(a.owner, moved) })]
    const hold = await house.place(a.owner, { folderId: top })
    await house.documents.folders.move(a.owner, { id: moved, parentId: null })
    for (const id of ids) await refused(await house.trashed(a.owner, id), hold.id)
    const later = await house.trashed(a.owner, await house.upload(a.owner, { folderId: moved }))
    await purge(a.owner, later)
  })

  test('out of the trash of a folder that was deleted', async () => {
    const top = await house.folder(a.owner)
    const below = await house.folder(a.owner, top)
    const id = await house.trashed(a.owner, await house.upload(a.owner, { folderId: below }))
    const hold = await house.place(a.owner, { folderId: top })
    await house.documents.folders.delete(a.owner, { id: below })
    await refused(id, hold.id)
  })
})

test('a folder that a hold is on is not deleted, empty as it is', async () => {
  const id = await house.folder(a.owner)
  const hold = await house.place(a.owner, { folderId: id })
  const before = await house.events(a.owner)
  await expect(house.documents.folders.delete(a.owner, { id })).rejects.toMatchObject({ code: 'retention.held', details: { holdId: hold.id } })
  await expect(house.documents.folders.delete(a.editor, { id })).rejects.toMatchObject({ code: 'retention.held', details: undefined })
  expect(await house.events(a.owner)).toEqual(before)
  await release(a.owner, hold.id)
  await house.documents.folders.delete(a.owner, { id })
})

test('what is held may be trashed, restored, tagged and read as before', async () => {
  const id = await house.upload(a.owner)
  await house.place(a.owner, { documents: [id] })
  await house.documents.trash(a.editor, { id })
  await house.documents.restore(a.editor, { id })
  await house.documents.tags.add(a.editor, { id, tags: ['new'] })
  expect(await house.documents.get(a.editor, { id })).toMatchObject({ lifecycle: 'active', tags: ['new'] })
})

test('the bytes of what is held stay, however long nobody uses them', async () => {
  const id = await house.trashed(a.owner, await house.upload(a.owner, { text: 'evidence' }))
  await house.place(a.owner, { documents: [id] })
  await house.rows(`update document set trashed_at = now() - interval '20 years' where id = $1`, [id])
  house.advance(86_400_000)
  await expect(purge(a.owner, id)).rejects.toMatchObject({ code: 'retention.held' })
  await house.documents.sweepBlobs(new AbortController().signal)
  house.present()
  const { sha256 } = await house.documents.get(a.owner, { id })
  expect(await house.blobs.stat(a.org.id, sha256)).not.toBeNull()
})

test('a hold is shown with its name and reason, on what it is, by whom, and how it ended; the audit tells both', async () => {
  const id = await house.upload(a.owner)
  const placed = await house.place(a.admin, { documents: [id] })
  const released = await release(a.owner, placed.id)
  const standing = await house.place(a.owner, { tag: 'case 12' })
  expect(contract.hold.parse(released)).toMatchObject({
    name: 'Case 12', reason: 'a suit was announced', on: { documents: [id] }, placedBy: a.admin.userId, released: { by: a.owner.userId, reason: 'the suit is over' },
  })
  const list = async (state?: 'standing' | 'released') => (await house.retention.holds.list(a.admin, { limit: 10, state })).items.map((hold) => hold.id)
  expect([await list(), await list('standing'), await list('released')]).toEqual([[standing.id, placed.id], [standing.id], [placed.id]])
  const { items: [first], nextCursor } = await house.retention.holds.list(a.admin, { limit: 1 })
  expect((await house.retention.holds.list(a.admin, { limit: 1, cursor: nextCursor ?? '' })).items.concat(first ?? []).map((hold) => hold.id)).toEqual([placed.id, standing.id])
  const audit = await house.rows<{ action: string; subject_id: string }>(`select action, subject_id from audit where org_id = $1 and subject_type = 'hold' order by id`, [a.org.id])
  expect(audit).toEqual([
    { action: 'retention.hold-placed.v1', subject_id: placed.id }, { action: 'retention.hold-released.v1', subject_id: placed.id },
    { action: 'retention.hold-placed.v1', subject_id: standing.id },
  ])
})

describe('refused, and nothing happened:', () => {
  const nothing = async (asked: () => Promise<unknown>, code: string) => {
    const before = [await house.events(a.owner), await house.rows('select * from retention_hold order by id'), await house.rows('select * from retention_held order by 1, 2, 3')]
    await expect(asked()).rejects.toMatchObject({ code })
    expect([await house.events(a.owner), await house.rows('select * from retention_hold order by id'), await house.rows('select * from retention_held order by 1, 2, 3')]).toEqual(before)
  }

  test('a hold on a document, a folder or a person that is not there for whoever places it', async () => {
    const b = await house.org()
    const hidden = await house.upload(a.owner)
    await house.documents.update(a.owner, { id: hidden, visibility: 'restricted' })
    const [seen, foreign] = [await house.upload(a.owner), await house.upload(b.owner)]
    for (const id of [hidden, foreign, newId() as DocumentId]) await nothing(() => house.place(a.admin, { documents: [seen, id] }), 'document.not_found')
    const secret = await house.documents.folders.create(a.owner, { name: 'secret', parentId: null, visibility: 'restricted' })
    for (const folderId of [secret.id, await house.folder(b.owner)]) await nothing(() => house.place(a.admin, { folderId }), 'folder.not_found')
    await nothing(() => house.place(a.admin, { ownerId: b.owner.userId }), 'member.not_found')
  })

  test('a release by a key, of what was released, and by another organization', async () => {
    const b = await house.org()
    const { id } = await house.place(a.owner, { all: true })
    await nothing(() => release({ ...a.owner, kind: 'apiKey' }, id), 'auth.session_required')
    await nothing(() => release(b.owner, id), 'hold.not_found')
    const ended = await Promise.allSettled(Array.from({ length: 5 }, () => release(a.owner, id)))
    expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await nothing(() => release(a.owner, id), 'hold.released')
  })
})
