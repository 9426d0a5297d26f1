import { newId, type Actor } from '@intellidocs/kernel'
import type { Permission } from '@intellidocs/contracts'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { failure, openOrgs, type Orgs } from './orgs.testkit.ts'

let house: Orgs
let a: TestOrg
let b: TestOrg
beforeAll(async () => { house = await openOrgs() })
afterAll(() => house.close())
beforeEach(async () => { [a, b] = [await house.org('A'), await house.org('B')] })

const of = (actor: Actor) => ({ userId: actor.userId })
const roleOf = async (actor: Actor) => (await house.rows<{ role: string; status: string }>(
  'select role, status from membership where org_id = $1 and user_id = $2', [actor.orgId, actor.userId]))[0] ?? null

async function refused(work: () => Promise<unknown>, code: string): Promise<void> {
  const before = [await house.events(a.org.id), await house.rows('select * from membership where org_id = $1 order by user_id', [a.org.id])]
  await expect(work()).rejects.toMatchObject(failure(code))
  expect([await house.events(a.org.id), await house.rows('select * from membership where org_id = $1 order by user_id', [a.org.id])]).toEqual(before)
}
/** A second owner. */
async function promote(actor: Actor): Promise<Actor> {
  await house.as(a.owner).members.setRole({ ...of(actor), role: 'owner' })
  const now = await house.actorNow(actor)
  if (now === null) throw new Error('no such member')
  return now
}

describe('a role', () => {
  test('is given with event and audit row of before and after', async () => {
    expect(await house.as(a.admin).members.setRole({ ...of(a.viewer), role: 'editor' })).toMatchObject({ role: 'editor', roleId: null, status: 'active' })
    expect(await house.events(a.org.id)).toEqual([{ type: 'orgs.member-role-set.v1', payload: { ...of(a.viewer), role: 'editor', roleId: null } }])
    expect((await house.audit(a.org.id))[0]?.data).toEqual({ before: { role: 'viewer', roleId: null }, after: { role: 'editor', roleId: null } })
  })

  test('is not given by whoever holds less, neither to others nor to oneself', async () => {
    await refused(() => house.as(a.admin).members.setRole({ ...of(a.viewer), role: 'owner' }), 'permission.exceeded')
    await refused(() => house.as(a.admin).members.setRole({ ...of(a.admin), role: 'owner' }), 'permission.exceeded')
    await refused(() => house.as(a.editor).members.setRole({ ...of(a.viewer), role: 'guest' }), 'auth.forbidden')
  })

  test('of an owner is not changed by an admin, and no owner is suspended or removed by one', async () => {
    await promote(a.editor)
    await refused(() => house.as(a.admin).members.setRole({ ...of(a.owner), role: 'viewer' }), 'member.stronger')
    await refused(() => house.as(a.admin).members.suspend(of(a.editor)), 'member.stronger')
    await refused(() => house.as(a.admin).members.remove(of(a.owner)), 'member.stronger')
  })

  test('of one\'s own is used for nothing that it no longer allows when the change is written', async () => {
    await house.as(a.owner).members.setRole({ ...of(a.admin), role: 'viewer' })
    await refused(() => house.as(a.admin).members.remove(of(a.guest)), 'auth.forbidden')
  })

  test('of somebody in another organization cannot be asked about', async () => {
    await refused(() => house.as(a.owner).members.setRole({ ...of(b.viewer), role: 'editor' }), 'member.not_found')
    await refused(() => house.as(a.owner).members.remove(of(b.viewer)), 'member.not_found')
    expect(await roleOf(b.viewer)).toEqual({ role: 'viewer', status: 'active' })
  })

  test.each(['OWNER', 'root', ''])('that nobody knows (%s) is no input', async (role) => {
    await expect(house.as(a.owner).members.setRole({ ...of(a.viewer), role: role as 'owner' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    expect(await roleOf(a.viewer)).toMatchObject({ role: 'viewer' })
  })
})

describe('a key', () => {
  const keyOf = (actor: Actor): Actor => ({ ...actor, kind: 'apiKey' })

  test('makes, unmakes, suspends and removes no owner, and invites nobody, whatever its scopes', async () => {
    const second = await promote(a.editor)
    const { members, invitations } = house.as(keyOf(a.owner))
    await refused(() => members.setRole({ ...of(a.viewer), role: 'owner' }), 'auth.session_required')
    await refused(() => members.setRole({ ...of(second), role: 'viewer' }), 'auth.session_required')
    await refused(() => members.suspend(of(second)), 'auth.session_required')
    await refused(() => members.remove(of(second)), 'auth.session_required')
    await refused(() => invitations.create({ email: 'by-key@example.test', role: 'viewer' }), 'auth.session_required')
    expect(await house.rows('select id from invitation where org_id = $1', [a.org.id])).toEqual([])
    expect(await members.setRole({ ...of(a.viewer), role: 'editor' })).toMatchObject({ role: 'editor' })
  })

  test('puts nobody, and nobody themselves, into a group that was granted something, unless they are in it', async () => {
    const admin = house.as(a.admin)
    const { id: groupId } = await admin.groups.create({ name: 'Board' })
    const folder = newId()
    await house.rows('insert into folder (id, org_id, name, created_by) values ($1, $2, $3, $4)', [folder, a.org.id, 'F', a.owner.userId])
    await house.as(keyOf(a.admin)).groups.addMember({ groupId, ...of(a.guest) })
    await house.rows(`insert into access_grant (id, org_id, folder_id, principal, level, granted_by) values ($1, $2, $3, $4, 'view', $5)`,
      [newId(), a.org.id, folder, `group:${groupId}`, a.owner.userId])
    await refused(() => admin.groups.addMember({ groupId, ...of(a.admin) }), 'auth.forbidden')
    await refused(() => house.as(keyOf(a.admin)).groups.addMember({ groupId, ...of(a.admin) }), 'auth.session_required')
    await refused(() => house.as(keyOf(a.admin)).groups.addMember({ groupId, ...of(a.viewer) }), 'auth.session_required')
    const inside = async () => (await admin.groups.members({ groupId })).items.map(({ userId }) => userId)
    expect(await inside()).toEqual([a.guest.userId])
    await house.as(a.owner).groups.addMember({ groupId, ...of(a.admin) })
    await house.as(keyOf(a.admin)).groups.addMember({ groupId, ...of(a.viewer) })
    expect((await inside()).toSorted()).toEqual([a.guest, a.admin, a.viewer].map(({ userId }) => userId).toSorted())
  })
})

describe('the last owner', () => {
  test('is not demoted, suspended or removed, and does not leave', async () => {
    const owner = house.as(a.owner)
    await refused(() => owner.members.setRole({ ...of(a.owner), role: 'admin' }), 'org.last_owner')
    await refused(() => owner.members.suspend(of(a.owner)), 'org.last_owner')
    await refused(() => owner.members.remove(of(a.owner)), 'org.last_owner')
    await refused(() => owner.leave(), 'org.last_owner')
  })

  test('is left when two owners demote each other at once', async () => {
    const second = await promote(a.admin)
    const results = await Promise.allSettled([
      house.as(a.owner).members.setRole({ ...of(second), role: 'viewer' }), house.as(second).members.setRole({ ...of(a.owner), role: 'viewer' }),
    ])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const owners = await house.rows(`select user_id from membership where org_id = $1 and role = 'owner'`, [a.org.id])
    expect(owners).toHaveLength(1)
  })

  test('is left when two owners leave at once', async () => {
    const second = await promote(a.admin)
    const results = await Promise.allSettled([house.as(a.owner).leave(), house.as(second).leave()])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('counts only owners who may sign in', async () => {
    const second = await promote(a.admin)
    await house.as(a.owner).members.suspend(of(second))
    await refused(() => house.as(a.owner).leave(), 'org.last_owner')
  })

  test('counts no owner whose account is shut', async () => {
    const second = await promote(a.admin)
    await house.rows(`update user_account set status = 'suspended' where id = $1`, [second.userId])
    await refused(() => house.as(a.owner).leave(), 'org.last_owner')
    await house.rows(`update user_account set status = 'active' where id = $1`, [second.userId])
    expect(await house.as(a.owner).leave()).toEqual({ left: true })
  })

  test('gives the organization away to an active member, and is an admin then', async () => {
    expect(await house.as(a.owner).transferOwnership(of(a.editor))).toMatchObject({ role: 'owner' })
    expect([await roleOf(a.owner), await roleOf(a.editor)]).toMatchObject([{ role: 'admin' }, { role: 'owner' }])
    await refused(() => house.as(a.owner).transferOwnership(of(a.viewer)), 'auth.forbidden')
  })

  test('gives it to nobody suspended, to no owner, and by no key', async () => {
    await house.as(a.admin).members.suspend(of(a.viewer))
    await refused(() => house.as(a.owner).transferOwnership(of(a.viewer)), 'member.state')
    await refused(() => house.as(a.owner).transferOwnership(of(a.owner)), 'member.state')
    await refused(() => house.as({ ...a.owner, kind: 'apiKey' }).transferOwnership(of(a.editor)), 'auth.forbidden')
    await refused(() => house.as(a.admin).transferOwnership(of(a.editor)), 'auth.forbidden')
  })
})

describe('a member', () => {
  test('who is suspended is listed so, enters nowhere, and is let in again', async () => {
    await house.as(a.admin).members.suspend(of(a.viewer))
    expect(await house.actorNow(a.viewer)).toBeNull()
    expect((await house.as(a.admin).members.list({})).items.filter(({ status }) => status === 'suspended').map(({ userId }) => userId)).toEqual([a.viewer.userId])
    await refused(() => house.as(a.admin).members.suspend(of(a.viewer)), 'member.state')
    await house.as(a.admin).members.resume(of(a.viewer))
    expect(await house.actorNow(a.viewer)).not.toBeNull()
    expect((await house.events(a.org.id)).map(({ type }) => type)).toEqual(['orgs.member-suspended.v1', 'orgs.member-resumed.v1'])
  })

  test('who is removed takes along keys, groups, grants and the invitations they made; what they did stays in the audit', async () => {
    const owner = house.as(a.owner)
    const group = await owner.groups.create({ name: 'Boats' })
    await owner.groups.addMember({ groupId: group.id, ...of(a.admin) })
    await house.as(a.admin).invitations.create({ email: 'later@example.test', role: 'viewer' })
    const folder = newId()
    await house.rows('insert into folder (id, org_id, name, created_by) values ($1, $2, $3, $4)', [folder, a.org.id, 'F', a.owner.userId])
    await house.rows(`insert into access_grant (id, org_id, folder_id, principal, level, granted_by) values ($1, $2, $3, $4, 'view', $5)`,
      [newId(), a.org.id, folder, `user:${a.admin.userId}`, a.owner.userId])
    await house.rows(`insert into api_key (id, org_id, user_id, name, prefix, secret_hash, scopes) values ($1::uuid, $2, $3, 'k', $1::uuid::text, 'h', '{}')`,
      [newId(), a.org.id, a.admin.userId])
    await owner.members.remove(of(a.admin))
    for (const table of ['api_key', 'group_member', 'invitation', 'access_grant']) {
      expect([table, await house.rows(`select * from ${table} where org_id = $1`, [a.org.id])]).toEqual([table, []])
    }
    expect((await house.audit(a.org.id)).map(({ action }) => action)).toContain('orgs.invitation-created.v1')
    expect(await roleOf(a.admin)).toBeNull()
  })

  test('leaves by themselves, whatever their role, but not by a key', async () => {
    await refused(() => house.as({ ...a.guest, kind: 'apiKey' }).leave(), 'auth.forbidden')
    expect(await house.as(a.guest).leave()).toEqual({ left: true })
    expect(await roleOf(a.guest)).toBeNull()
    await refused(() => house.asPerson(a.guest.userId, a.org.id).leave(), 'org.not_found')
  })
})

describe('a role of the organization\'s own', () => {
  const archive: Permission[] = ['documents:read', 'search:read', 'audit:read']

  test('is made, given, changed at once, and deleted once nobody holds it', async () => {
    const admin = house.as(a.admin)
    const role = await admin.roles.create({ name: 'Archive', permissions: archive as never })
    expect(await admin.members.setRole({ ...of(a.viewer), role: 'custom', roleId: role.id })).toMatchObject({ role: 'custom', roleId: role.id })
    expect([...(await house.actorNow(a.viewer))?.permissions ?? []]).toEqual(archive)
    await admin.roles.update({ id: role.id, permissions: ['documents:read'] })
    expect([...(await house.actorNow(a.viewer))?.permissions ?? []]).toEqual(['documents:read'])
    await refused(() => admin.roles.delete({ id: role.id }), 'role.in_use')
    await admin.members.setRole({ ...of(a.viewer), role: 'viewer' })
    expect(await admin.roles.delete({ id: role.id })).toEqual({ id: role.id, deleted: true })
    expect((await admin.roles.list({})).items).toEqual([])
  })

  test('never holds what is the owner\'s alone, nor more than its maker', async () => {
    await expect(house.as(a.owner).roles.create({ name: 'Too much', permissions: ['orgs:delete' as never] })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
    const narrow = { ...a.admin, permissions: new Set<Permission>(['roles:manage', 'documents:read']) }
    await refused(() => house.as(narrow).roles.create({ name: 'More', permissions: ['documents:read', 'audit:read'] }), 'permission.exceeded')
    const role = await house.as(a.admin).roles.create({ name: 'Wide', permissions: archive as never })
    await refused(() => house.as(narrow).roles.update({ id: role.id, permissions: ['documents:read'] }), 'permission.exceeded')
    await refused(() => house.as(narrow).roles.delete({ id: role.id }), 'permission.exceeded')
  })

  test('has a name of its own, and is nothing in another organization', async () => {
    const role = await house.as(a.admin).roles.create({ name: 'Archive', permissions: ['documents:read'] })
    await refused(() => house.as(a.admin).roles.create({ name: 'ARCHIVE', permissions: ['documents:read'] }), 'role.name_taken')
    await expect(house.as(b.owner).members.setRole({ ...of(b.viewer), role: 'custom', roleId: role.id })).rejects.toMatchObject(failure('role.not_found'))
    await expect(house.as(b.owner).roles.delete({ id: role.id })).rejects.toMatchObject(failure('role.not_found'))
  })

  test('is listed beside the built-in ones', async () => {
    const { builtIn } = await house.as(a.viewer).roles.list({})
    expect(builtIn.map(({ role }) => role)).toEqual(['owner', 'admin', 'editor', 'viewer', 'guest'])
  })
})

describe('a group', () => {
  test('is made, renamed, filled, emptied and deleted with what was granted to it', async () => {
    const admin = house.as(a.admin)
    const group = await admin.groups.create({ name: 'Boats' })
    await refused(() => admin.groups.create({ name: 'boats' }), 'group.name_taken')
    expect(await admin.groups.update({ id: group.id, name: 'Ships' })).toMatchObject({ name: 'Ships' })
    for (const member of [a.viewer, a.guest, a.viewer]) await admin.groups.addMember({ groupId: group.id, ...of(member) })
    expect((await admin.groups.members({ groupId: group.id })).items.map(({ userId }) => userId).toSorted()).toEqual([a.viewer.userId, a.guest.userId].toSorted())
    expect(await admin.groups.removeMember({ groupId: group.id, ...of(a.guest) })).toMatchObject({ members: 1 })
    const folder = newId()
    await house.rows('insert into folder (id, org_id, name, created_by) values ($1, $2, $3, $4)', [folder, a.org.id, 'F', a.owner.userId])
    await house.rows(`insert into access_grant (id, org_id, folder_id, principal, level, granted_by) values ($1, $2, $3, $4, 'view', $5)`,
      [newId(), a.org.id, folder, `group:${group.id}`, a.owner.userId])
    expect(await admin.groups.delete({ id: group.id })).toEqual({ id: group.id, deleted: true })
    expect(await house.rows('select * from access_grant where org_id = $1', [a.org.id])).toEqual([])
    expect((await house.audit(a.org.id)).at(-1)?.data).toMatchObject({ before: { name: 'Ships', members: 1, grants: 1 }, after: null })
    await refused(() => admin.groups.delete({ id: group.id }), 'group.not_found')
  })

  test('of another organization, and members of another, cannot be named', async () => {
    const group = await house.as(a.admin).groups.create({ name: 'Boats' })
    await refused(() => house.as(a.admin).groups.addMember({ groupId: group.id, ...of(b.viewer) }), 'member.not_found')
    const other = house.as(b.admin).groups
    for (const call of [
      () => other.members({ groupId: group.id }), () => other.delete({ id: group.id }),
      () => other.addMember({ groupId: group.id, ...of(b.viewer) }), () => other.update({ id: group.id, name: 'x' }),
    ]) await expect(call()).rejects.toMatchObject(failure('group.not_found'))
    expect(await house.rows('select name from org_group where org_id = $1', [a.org.id])).toEqual([{ name: 'Boats' }])
  })
})
