import type { FolderId, GroupId } from '@intellidocs/contracts'
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

const present = (actor: Actor): Promise<Actor> => presentOf(admin, actor)
const idsFor = async (actor: Actor) => (await house.list(actor, { limit: 50, lifecycle: 'active' })).items.map(({ id }) => id)
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

test('who puts a folder into one that they manage does not come to manage what is kept in it', async () => {
  const open = await house.folders.create(a.owner, { name: 'everybody’s', parentId: null })
  const secret = await house.folders.create(a.owner, { name: 'secret', parentId: open.id, visibility: 'restricted' })
  const { document: hidden } = await house.upload(await present(a.owner), newId(), { folderId: secret.id })
  const { document: owners } = await house.upload(a.owner, newId(), { folderId: open.id })
  await house.update(a.owner, { id: owners.id, visibility: 'restricted' })
  const trap = await house.folders.create(a.editor, { name: 'trap', parentId: null, visibility: 'restricted' })
  await house.folders.setVisibility(await present(a.editor), { id: trap.id, visibility: 'org' })
  const editor = await present(a.editor)
  await refused(() => house.folders.move(editor, { id: open.id, parentId: trap.id }), 'auth.forbidden')
  // Who manages documents manages only what they see, and sees neither.
  await house.grants.set(editor, { folderId: trap.id, principal: user(a.admin), level: 'manage' })
  await refused(async () => house.folders.move(await present(a.admin), { id: open.id, parentId: trap.id }), 'auth.forbidden')
  await house.folders.move(await present(a.owner), { id: secret.id, parentId: null })
  await refused(async () => house.folders.move(await present(a.admin), { id: open.id, parentId: trap.id }), 'auth.forbidden')
  await house.folders.move(await present(a.owner), { id: open.id, parentId: trap.id })
  await house.settleFolders(a.system)
  expect(await idsFor(await present(a.admin))).toEqual([owners.id])
  await expect(house.get(await present(a.admin), { id: hidden.id })).rejects.toEqual(failure('document.not_found'))
})

test('who puts a document into a folder that they manage does not come to manage it', async () => {
  const { document } = await house.upload(a.owner, newId())
  const trap = await house.folders.create(a.editor, { name: 'trap', parentId: null, visibility: 'restricted' })
  await house.folders.setVisibility(await present(a.editor), { id: trap.id, visibility: 'org' })
  await refused(async () => house.move(await present(a.editor), { id: document.id, folderId: trap.id }), 'auth.forbidden')
  await house.move(a.owner, { id: document.id, folderId: trap.id })
  expect(await house.move(await present(a.editor), { id: document.id, folderId: null })).toMatchObject({ folderId: null })
})

test('within a restricted folder nobody moves anything to where they hold more, nor where others do', async () => {
  const outer = await house.folders.create(a.owner, { name: 'outer', parentId: null, visibility: 'restricted' })
  const owner = await present(a.owner)
  const [one, two] = [await house.folders.create(owner, { name: 'one', parentId: outer.id }), await house.folders.create(owner, { name: 'two', parentId: outer.id })]
  const inner = await house.folders.create(owner, { name: 'inner', parentId: one.id })
  const { document } = await house.upload(owner, newId(), { folderId: one.id })
  await house.grants.set(owner, { folderId: outer.id, principal: user(a.editor), level: 'edit' })
  await house.folders.move(await present(a.editor), { id: inner.id, parentId: two.id })
  await house.folders.move(await present(a.editor), { id: inner.id, parentId: one.id })
  for (const grantee of [a.editor, a.guest]) {
    await house.grants.set(owner, { folderId: two.id, principal: user(grantee), level: 'manage' })
    const editor = await present(a.editor)
    await refused(() => house.folders.move(editor, { id: inner.id, parentId: two.id }), 'auth.forbidden')
    await refused(() => house.move(editor, { id: document.id, folderId: two.id }), 'auth.forbidden')
    await house.grants.remove(owner, { folderId: two.id, principal: user(grantee) })
  }
  await house.move(await present(a.editor), { id: document.id, folderId: two.id })
})

const managersOf = async (folderId: FolderId): Promise<string[]> => (await admin.query<{ principal: string }>(
  `select principal from access_grant where folder_id = $1 and level = 'manage' order by principal`, [folderId])).rows.map(({ principal }) => principal)

test('who restricts a folder manages it by a grant on it, which is audited, also where they manage it from above', async () => {
  const outer = await house.folders.create(a.editor, { name: 'outer', parentId: null, visibility: 'restricted' })
  const inner = await house.folders.create(await present(a.editor), { name: 'inner', parentId: outer.id })
  await house.folders.setVisibility(await present(a.editor), { id: inner.id, visibility: 'restricted' })
  expect(await managersOf(inner.id)).toEqual([`user:${a.editor.userId}`])
  const { rows } = await admin.query(`select subject_id as id, data from audit where org_id = $1 and action = 'documents.grant-set.v1' order by id`, [a.org.id])
  const data = { principal: `user:${a.editor.userId}`, before: { level: null }, after: { level: 'manage' } }
  expect(rows).toEqual([{ id: outer.id, data }, { id: inner.id, data }])
})

test('a restricted folder whose only manager is one of a folder above is theirs who moves it away, and no grant above is taken from it', async () => {
  const outer = await house.folders.create(a.owner, { name: 'outer', parentId: null })
  const inner = await house.folders.create(a.owner, { name: 'inner', parentId: outer.id, visibility: 'restricted' })
  const owner = await present(a.owner)
  await house.grants.set(owner, { folderId: outer.id, principal: user(a.editor), level: 'manage' })
  await house.grants.remove(owner, { folderId: inner.id, principal: user(a.owner) })
  await refused(() => house.grants.remove(a.owner, { folderId: outer.id, principal: user(a.editor) }), 'grant.last_manager')
  await house.folders.move(await present(a.editor), { id: inner.id, parentId: null })
  expect(await managersOf(inner.id)).toEqual([`user:${a.editor.userId}`])
  expect(await house.grants.remove(a.owner, { folderId: outer.id, principal: user(a.editor) })).toEqual({ removed: true })
})

test('only active people whose role can edit count as managers of a restricted folder', async () => {
  const folder = await house.folders.create(a.editor, { name: 'mine', parentId: null, visibility: 'restricted' })
  const editor = await present(a.editor)
  const give = (principal: Parameters<TestModule['grants']['set']>[1]['principal']) => house.grants.set(editor, { folderId: folder.id, principal, level: 'manage' })
  const id = await group()
  for (const principal of [user(a.viewer), user(a.guest), user(a.admin), { group: id }]) await give(principal)
  await admin.query(`update membership set status = 'suspended' where org_id = $1 and user_id = $2`, [a.org.id, a.admin.userId])
  const leave = () => house.grants.remove(editor, { folderId: folder.id, principal: user(a.editor) })
  await refused(leave, 'grant.last_manager')
  await admin.query('insert into group_member (org_id, group_id, user_id) values ($1, $2, $3)', [a.org.id, id, a.viewer.userId])
  await refused(leave, 'grant.last_manager')
  await admin.query('insert into group_member (org_id, group_id, user_id) values ($1, $2, $3)', [a.org.id, id, a.owner.userId])
  expect(await leave()).toEqual({ removed: true })
})

test('a restricted folder whose last manager is removed, or was a group that is no more, is the first owner’s, with event and audit', async () => {
  const id = await group()
  const [mine, groups] = [await house.folders.create(a.editor, { name: 'mine', parentId: null, visibility: 'restricted' }),
    await house.folders.create(a.editor, { name: 'the group’s', parentId: null, visibility: 'restricted' })]
  await admin.query('insert into group_member (org_id, group_id, user_id) values ($1, $2, $3)', [a.org.id, id, a.editor.userId])
  const editor = await present(a.editor)
  await house.grants.set(editor, { folderId: groups.id, principal: { group: id }, level: 'manage' })
  await house.grants.remove(editor, { folderId: groups.id, principal: user(a.editor) })
  const since = (await house.events(a.system)).length
  await admin.query('delete from org_group where id = $1', [id])
  await house.deliver(a.system, 'documents.forget-principals', { type: 'orgs.group-deleted.v1', payload: { groupId: id } })
  await admin.query('delete from membership where org_id = $1 and user_id = $2', [a.org.id, a.editor.userId])
  await house.deliver(a.system, 'documents.forget-principals', { type: 'orgs.member-removed.v1', payload: { userId: a.editor.userId } })
  const owner = `user:${a.owner.userId}`
  expect([await managersOf(mine.id), await managersOf(groups.id)]).toEqual([[owner], [owner]])
  expect((await house.events(a.system)).slice(since).map(({ type, payload }) => [type, (payload as { folderId: string }).folderId])).toEqual([
    ['documents.grant-removed.v1', groups.id], ['documents.grant-set.v1', groups.id], ['documents.grant-removed.v1', mine.id], ['documents.grant-set.v1', mine.id],
  ])
  const { rows } = await admin.query<{ data: { principal: string } }>(
    `select data from audit where org_id = $1 and action like 'documents.grant-%' order by id desc limit 4`, [a.org.id])
  expect(rows.toReversed().map(({ data }) => data.principal)).toEqual([`group:${id}`, owner, `user:${a.editor.userId}`, owner])
})
