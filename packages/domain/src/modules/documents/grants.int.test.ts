import type { DocumentId, FolderId, GroupId, Level, UserId } from '@intellidocs/contracts'
import { newId, type Actor, type AppError } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { presentOf } from './grants.testkit.ts'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let admin: pg.Client
let a: TestOrg
beforeAll(async () => {
  house = await openTestModule()
  admin = new pg.Client({ connectionString: house.db.adminUrl })
  await admin.connect()
})
beforeEach(async () => { a = await house.org() })
afterAll(async () => {
  await admin.end()
  await house.close()
})

const failure = (code: AppError['code']) => expect.objectContaining({ code })
const user = (actor: Actor) => ({ user: actor.userId })

const present = (actor: Actor, groups: readonly GroupId[] = []): Promise<Actor> => presentOf(admin, actor, groups)
const idsFor = async (actor: Actor) => (await house.list(actor, { limit: 50, lifecycle: 'active' })).items.map(({ id }) => id)
const foldersFor = async (actor: Actor, parentId: FolderId | null = null) => (await house.folders.list(actor, { parentId, limit: 50 })).items
async function kept(owner: Actor = a.editor, content: string = newId()): Promise<DocumentId> {
  const { document } = await house.upload(owner, content)
  return (await house.update(owner, { id: document.id, visibility: 'restricted' })).id
}
async function group(name = 'g'): Promise<GroupId> {
  const id = newId() as GroupId
  await admin.query('insert into org_group (id, org_id, name) values ($1, $2, $3)', [id, a.org.id, name])
  return id
}
/** Refused, and nothing happened. */
async function refused(call: () => Promise<unknown>, code: AppError['code']): Promise<void> {
  const before = await house.events(a.owner)
  await expect(call()).rejects.toEqual(failure(code))
  expect(await house.events(a.owner)).toEqual(before)
}

test('what is granted on a document is seen by whom it is granted to, at its level, until it is taken away', async () => {
  const documentId = await kept()
  await expect(house.get(a.guest, { id: documentId })).rejects.toEqual(failure('document.not_found'))
  const granted = await house.grants.set(a.editor, { documentId, principal: user(a.guest), level: 'view' })
  expect(granted).toMatchObject({ documentId, folderId: null, principal: user(a.guest), level: 'view', grantedBy: a.editor.userId })
  expect(await idsFor(a.guest)).toEqual([documentId])
  expect((await house.grants.list(a.editor, { documentId, limit: 10 })).items).toEqual([granted])
  expect(await house.grants.remove(a.editor, { documentId, principal: user(a.guest) })).toEqual({ removed: true })
  const ways = [
    () => house.get(a.guest, { id: documentId }), () => house.pages(a.guest, { id: documentId, limit: 1 }), () => house.content(a.guest, { id: documentId }),
    () => house.versions.list(a.guest, { id: documentId, limit: 1 }),
  ]
  for (const way of ways) await expect(way()).rejects.toEqual(failure('document.not_found'))
  expect(await idsFor(a.guest)).toEqual([])
  expect(await house.grants.remove(a.editor, { documentId, principal: user(a.guest) })).toEqual({ removed: false })
})

test('a group and the organization are granted to as people are, and a second grant sets the level anew', async () => {
  const documentId = await kept()
  const id = await group()
  await house.grants.set(a.editor, { documentId, principal: { group: id }, level: 'view' })
  await house.grants.set(a.editor, { documentId, principal: { group: id }, level: 'edit' })
  expect(await idsFor(a.viewer)).toEqual([])
  expect(await idsFor(await present(a.viewer, [id]))).toEqual([documentId])
  await house.grants.set(a.editor, { documentId, principal: { org: true }, level: 'view' })
  expect([await idsFor(a.viewer), await idsFor(a.guest)]).toEqual([[documentId], []])
  expect((await house.grants.list(a.editor, { documentId, limit: 10 })).items.map(({ level }) => level)).toEqual(['edit', 'view'])
})

test('a level is what its holder may do, and a role that cannot edit makes a view of it', async () => {
  const documentId = await kept(a.owner)
  const rename = (actor: Actor) => house.update(actor, { id: documentId, name: newId() })
  const share = (actor: Actor) => house.grants.set(actor, { documentId, principal: user(a.viewer), level: 'view' })
  const grant = (actor: Actor, level: Level) => house.grants.set(a.owner, { documentId, principal: user(actor), level })
  await grant(a.editor, 'view')
  await refused(() => rename(a.editor), 'auth.forbidden')
  await grant(a.editor, 'edit')
  await rename(a.editor)
  await refused(() => share(a.editor), 'auth.forbidden')
  await refused(() => house.update(a.editor, { id: documentId, visibility: 'org' }), 'auth.forbidden')
  await refused(() => house.grants.explain(a.editor, { documentId, userId: a.viewer.userId }), 'auth.forbidden')
  await grant(a.editor, 'manage')
  await share(a.editor)
  await grant(a.guest, 'manage')
  await refused(() => rename(a.guest), 'auth.forbidden')
})

test('nothing is granted to somebody who is no member, nor to a group of another organization, and those who do not manage learn nothing', async () => {
  const documentId = await kept()
  const b = await house.org('B')
  for (const principal of [user(b.owner), { user: newId() as UserId }, { group: newId() as GroupId }]) {
    await refused(() => house.grants.set(a.editor, { documentId, principal, level: 'view' }), 'grant.principal_unknown')
  }
  await admin.query(`update membership set status = 'suspended' where org_id = $1 and user_id = $2`, [a.org.id, a.viewer.userId])
  await refused(() => house.grants.set(a.editor, { documentId, principal: user(a.viewer), level: 'view' }), 'grant.principal_unknown')
  for (const stranger of [a.owner, b.owner]) {
    await refused(() => house.grants.set(stranger, { documentId, principal: { org: true }, level: 'view' }), 'document.not_found')
    await refused(() => house.grants.list(stranger, { documentId, limit: 1 }), 'document.not_found')
    await refused(() => house.grants.explain(stranger, { documentId, userId: a.guest.userId }), 'document.not_found')
  }
})

test('a folder that is granted shows its documents and those below it, and stands at the top for who is not shown the way to it', async () => {
  const outer = await house.folders.create(a.owner, { name: 'outer', parentId: null })
  const inner = await house.folders.create(a.owner, { name: 'inner', parentId: outer.id })
  const lowest = await house.folders.create(a.owner, { name: 'lowest', parentId: inner.id })
  const { document } = await house.upload(a.editor, newId(), { folderId: lowest.id })
  expect([await foldersFor(a.guest), await idsFor(a.guest)]).toEqual([[], []])
  await house.grants.set(a.owner, { folderId: inner.id, principal: user(a.guest), level: 'view' })
  const guest = await present(a.guest)
  expect((await foldersFor(guest)).map(({ id, parentId }) => [id, parentId])).toEqual([[inner.id, null]])
  expect((await foldersFor(guest, inner.id)).map(({ id, parentId }) => [id, parentId])).toEqual([[lowest.id, inner.id]])
  await expect(foldersFor(guest, outer.id)).rejects.toEqual(failure('folder.not_found'))
  expect(await idsFor(guest)).toEqual([document.id])
  await house.grants.remove(a.owner, { folderId: inner.id, principal: user(a.guest) })
  const after = await present(a.guest)
  expect([await foldersFor(after), await idsFor(after)]).toEqual([[], []])
})

test('a restricted folder and what lies in it are out of reach of the organization at once, and back when it is given back', async () => {
  const folder = await house.folders.create(a.owner, { name: 'kept', parentId: null })
  const { document } = await house.upload(a.editor, newId(), { folderId: folder.id })
  const { document: viewers } = await house.upload(a.owner, newId(), { folderId: folder.id })
  expect(await house.folders.setVisibility(a.owner, { id: folder.id, visibility: 'restricted' })).toMatchObject({ visibility: 'restricted', restricted: true })
  expect([await foldersFor(a.viewer), await idsFor(a.viewer), await idsFor(a.admin)]).toEqual([[], [], []])
  expect(await idsFor(a.editor)).toEqual([document.id])
  expect(await foldersFor(await present(a.owner))).toHaveLength(1)
  expect(await idsFor(await present(a.owner))).toEqual([viewers.id, document.id])
  for (const call of [() => house.upload(a.admin, 'x', { folderId: folder.id }), () => house.folders.create(a.admin, { name: 'x', parentId: folder.id }),
    () => house.folders.rename(a.admin, { id: folder.id, name: 'x' }), () => house.grants.list(a.admin, { folderId: folder.id, limit: 1 })]) {
    await refused(call, 'folder.not_found')
  }
  await house.settleFolders(a.system)
  await house.folders.setVisibility(await present(a.owner), { id: folder.id, visibility: 'org' })
  await house.settleFolders(a.system)
  expect(await idsFor(a.viewer)).toEqual([viewers.id, document.id])
})

test('a restricted folder keeps somebody who manages it', async () => {
  const folder = await house.folders.create(a.editor, { name: 'mine', parentId: null, visibility: 'restricted' })
  const editor = await present(a.editor)
  expect((await house.grants.list(editor, { folderId: folder.id, limit: 10 })).items).toMatchObject([{ principal: user(a.editor), level: 'manage' }])
  await refused(() => house.grants.remove(editor, { folderId: folder.id, principal: user(a.editor) }), 'grant.last_manager')
  await refused(() => house.grants.set(editor, { folderId: folder.id, principal: user(a.editor), level: 'edit' }), 'grant.last_manager')
  await house.grants.set(editor, { folderId: folder.id, principal: user(a.owner), level: 'manage' })
  expect(await house.grants.remove(editor, { folderId: folder.id, principal: user(a.editor) })).toEqual({ removed: true })
})

test('into a restricted folder and out of it only those move a document who manage it, and it changes its readers with its place', async () => {
  const folder = await house.folders.create(a.owner, { name: 'kept', parentId: null, visibility: 'restricted' })
  await house.grants.set(await present(a.owner), { folderId: folder.id, principal: user(a.editor), level: 'edit' })
  const [editor, owner] = [await present(a.editor), await present(a.owner)]
  const { document } = await house.upload(a.owner, newId())
  await refused(() => house.move(editor, { id: document.id, folderId: folder.id }), 'auth.forbidden')
  await house.move(owner, { id: document.id, folderId: folder.id })
  expect([await idsFor(a.viewer), await idsFor(editor)]).toEqual([[], [document.id]])
  await refused(() => house.move(editor, { id: document.id, folderId: null }), 'auth.forbidden')
  await house.move(owner, { id: document.id, folderId: null })
  expect(await idsFor(a.viewer)).toEqual([document.id])
})

test('what lies in the trash of a restricted folder does not come to the top with its deletion', async () => {
  const folder = await house.folders.create(a.owner, { name: 'kept', parentId: null, visibility: 'restricted' })
  const owner = await present(a.owner)
  const { document } = await house.upload(owner, newId(), { folderId: folder.id })
  await house.trash(owner, { id: document.id })
  await refused(() => house.folders.delete(owner, { id: folder.id }), 'folder.not_empty')
  expect((await house.list(a.viewer, { limit: 10, lifecycle: 'trashed' })).items).toEqual([])
})

test('a member who is removed and a group that is deleted leave no grant behind', async () => {
  const documentId = await kept()
  const id = await group()
  const folder = await house.folders.create(a.owner, { name: 'f', parentId: null })
  await house.grants.set(a.editor, { documentId, principal: user(a.viewer), level: 'view' })
  await house.grants.set(a.editor, { documentId, principal: { group: id }, level: 'view' })
  await house.grants.set(a.owner, { folderId: folder.id, principal: user(a.viewer), level: 'view' })
  await admin.query('delete from membership where org_id = $1 and user_id = $2', [a.org.id, a.viewer.userId])
  await admin.query('delete from org_group where id = $1', [id])
  for (const _ of [1, 2]) {
    await house.deliver(a.owner, 'documents.forget-principals', { type: 'orgs.member-removed.v1', payload: { userId: a.viewer.userId } })
    await house.deliver(a.owner, 'documents.forget-principals', { type: 'orgs.group-deleted.v1', payload: { groupId: id } })
  }
  const { rows } = await admin.query('select principal from access_grant where org_id = $1', [a.org.id])
  expect([rows, await idsFor(await present(a.viewer, [id]))]).toEqual([[], []])
})

test('who is granted what, and what was before, stands in events for those who may read it and in the audit', async () => {
  const documentId = await kept()
  const folder = await house.folders.create(a.owner, { name: 'f', parentId: null })
  await house.grants.set(a.editor, { documentId, principal: user(a.guest), level: 'view' })
  await house.grants.set(a.editor, { documentId, principal: user(a.guest), level: 'edit' })
  await house.grants.set(a.owner, { folderId: folder.id, principal: user(a.guest), level: 'view' })
  await house.grants.remove(a.editor, { documentId, principal: user(a.guest) })
  const events = (await house.events(a.owner)).filter(({ type }) => type.startsWith('documents.grant-'))
  expect(events.map(({ payload }) => payload)).toEqual(events.map(({ documentId: of }) => ({ documentId: of, folderId: of === null ? folder.id : null })))
  expect(events.map(({ type, documentId: of, audience }) => [type, of, audience])).toEqual([
    ['documents.grant-set.v1', documentId, null], ['documents.grant-set.v1', documentId, null],
    ['documents.grant-set.v1', null, [`org:${a.org.id}`, `folder:${folder.id}`]], ['documents.grant-removed.v1', documentId, null],
  ])
  const { rows } = await admin.query<{ data: unknown }>(`select data from audit where org_id = $1 and action like 'documents.grant-%' order by id`, [a.org.id])
  const principal = `user:${a.guest.userId}`
  expect(rows.map(({ data }) => data)).toEqual([
    { principal, before: { level: null }, after: { level: 'view' } }, { principal, before: { level: 'view' }, after: { level: 'edit' } },
    { principal, before: { level: null }, after: { level: 'view' } }, { principal, before: { level: 'edit' }, after: { level: null } },
  ])
})

test('an explanation names everything that gives a level, or what takes it away', async () => {
  const folder = await house.folders.create(a.owner, { name: 'kept', parentId: null, visibility: 'restricted' })
  const owner = await present(a.owner)
  const { document } = await house.upload(owner, newId(), { folderId: folder.id })
  const why = (userId: UserId) => house.grants.explain(owner, { documentId: document.id, userId })
  expect(await why(a.owner.userId)).toMatchObject({ level: 'manage', reasons: [{ kind: 'owner' }, { kind: 'grant', folderId: folder.id }, { kind: 'permission' }] })
  expect(await why(a.editor.userId)).toEqual({ level: null, reasons: [{ kind: 'folder_restricted' }] })
  expect(await why(a.guest.userId)).toEqual({ level: null, reasons: [{ kind: 'guest' }] })
  expect(await why(newId() as UserId)).toEqual({ level: null, reasons: [{ kind: 'not_member' }] })
  await house.grants.set(owner, { folderId: folder.id, principal: user(a.viewer), level: 'edit' })
  expect(await why(a.viewer.userId)).toEqual({ level: 'view', reasons: [
    { kind: 'grant', level: 'edit', principal: user(a.viewer), documentId: null, folderId: folder.id }, { kind: 'role_caps' },
  ] })
  await admin.query('delete from document_reader where document_id = $1 and principal like $2', [document.id, 'folder:%'])
  expect(await why(a.viewer.userId)).toMatchObject({ level: null, reasons: [{ kind: 'grant' }, { kind: 'settling' }] })
})

test('a grant on a folder of 100,000 documents, and its end, write no row of a document', async () => {
  const documents = house.db.kind === 'native' ? 100_000 : 5_000
  const folder = await house.folders.create(a.owner, { name: 'large', parentId: null, visibility: 'restricted' })
  await admin.query('set session_replication_role = replica; set statement_timeout = 0')
  for (let first = 0; first < documents; first += 10_000) await admin.query(`
    with fresh as materialized (select gen_random_uuid() as id, gen_random_uuid() as version_id, now() - n * interval '1 second' as made from generate_series($4::int + 1, least($4::int + 10000, $5::int)) n),
    v as (insert into document_version (id, org_id, document_id, number, file_name, sha256, size, created_by)
      select version_id, $1::uuid, id, 1, 'x', repeat('b', 64), 1, $2::uuid from fresh),
    d as (insert into document (id, org_id, folder_id, owner_id, name, current_version_id, created_at)
      select id, $1::uuid, $3::uuid, $2::uuid, 'x', version_id, made from fresh)
    insert into document_reader (org_id, principal, created_at, document_id)
    select $1::uuid, p, made, id from fresh cross join unnest(array['user:' || $2::text, 'folder:' || $3::text]) p`,
  [a.org.id, a.owner.userId, folder.id, first, documents])
  await admin.query('set session_replication_role = origin; analyze document, document_version, document_reader')
  const written = async () => (await admin.query(`
    select (select bit_xor(hashtextextended(ctid::text || xmin::text, 0)) from document where org_id = $1) as documents,
      (select bit_xor(hashtextextended(ctid::text || xmin::text, 0)) from document_reader where org_id = $1) as readers`, [a.org.id])).rows
  const before = await written()
  const happened = (await house.events(a.owner)).length
  const seen = async () => (await house.list(await present(a.guest), { limit: 200, lifecycle: 'active' })).items.length
  await house.grants.set(await present(a.owner), { folderId: folder.id, principal: user(a.guest), level: 'view' })
  expect(await seen()).toBe(200)
  await house.grants.remove(await present(a.owner), { folderId: folder.id, principal: user(a.guest) })
  expect(await seen()).toBe(0)
  expect(await written()).toEqual(before)
  expect((await house.events(a.owner)).slice(happened).map(({ type }) => type)).toEqual(['documents.grant-set.v1', 'documents.grant-removed.v1'])
}, 300_000)
