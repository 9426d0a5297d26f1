import { roles, type OrgId, type Role, type UserId } from '@intellidocs/contracts'
import { hashToken, newId, type Found } from '@intellidocs/kernel'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mintApiKey } from './api-key.ts'
import { keyArriving, readKey, readSession, sessionArriving } from './arrivals.repository.ts'

let db: TestDatabase
let home: TestOrg
let away: TestOrg
beforeAll(async () => {
  db = await testDatabase()
  ;[home, away] = [await createTestOrg(db.database, 'Home'), await createTestOrg(db.database, 'Away')]
})
afterAll(async () => { await db.close() })

const HOUR_MS = 3_600_000
async function sessionOf(userId: string, leftMs = HOUR_MS): Promise<string> {
  const id = hashToken(newId())
  await db.database.run({ kind: 'identity' }, (tx) => tx.session.create({ data: { id, userId, expiresAt: new Date(Date.now() + leftMs) } }))
  return id
}
type Lookup = ReturnType<typeof sessionArriving>
async function arrive(lookup: Lookup): Promise<{ found: Found; set: { org: string; user: string; principals: string } }> {
  const look = { name: 'settings', text: `select current_setting('app.org_id') as org, current_setting('app.user_id') as user,
    current_setting('app.principals') as principals`, values: [] }
  const { found, rows } = await db.database.read({ kind: 'caller', lookup }, look)
  return { found, set: rows[0] as { org: string; user: string; principals: string } }
}
const settingsOf = (actor: { orgId: string; userId: string; principals: readonly string[] }) =>
  ({ org: actor.orgId, user: actor.userId, principals: actor.principals.join(',') })

type Place = { userId: UserId; orgId: OrgId }
/** What somebody of a built-in role should carry, said by hand. */
const expected = ({ userId, orgId }: Place, role: Role, more: string[] = []) => settingsOf({
  orgId, userId, principals: [...role === 'guest' ? [] : [`org:${orgId}`], `user:${userId}`, ...more],
})

test.each(roles)('what a session of the role %s reads as is what the actor of that role is', async (role) => {
  const { userId, orgId } = home[role]
  const session = await sessionOf(userId)
  for (const org of [{ id: orgId }, { slug: home.org.slug }]) {
    const { found, set } = await arrive(sessionArriving(session, org, 60))
    expect(readSession(found ?? {})).toMatchObject({ userId, orgId, role, permissions: null, stale: false, platformAdmin: false })
    expect(set).toEqual(expected({ userId, orgId }, role))
  }
})

test('groups, and folders granted to oneself, to one of them or to the organization, are among what a member carries; those of others are not', async () => {
  const place = await createTestOrg(db.database, 'Groups')
  const { orgId } = place.editor
  const ids = Array.from({ length: 6 }, () => newId())
  const [group = '', other = '', ...folders] = ids
  await db.database.run({ kind: 'tenant', orgId, userId: place.owner.userId }, async (tx) => {
    for (const id of [group, other]) await tx.orgGroup.create({ data: { id, orgId, name: id } })
    await tx.groupMember.create({ data: { orgId, groupId: group, userId: place.editor.userId } })
    const principals = [`group:${group}`, `user:${place.editor.userId}`, `org:${orgId}`, `group:${other}`]
    for (const [at, id] of folders.entries()) {
      await tx.folder.create({ data: { id, orgId, name: id, createdBy: place.owner.userId, path: [id] } })
      await tx.accessGrant.create({ data: { id: newId(), orgId, folderId: id, principal: principals[at] ?? '', level: 'view', grantedBy: place.owner.userId } })
    }
  })
  const carried = async (userId: UserId) => (await arrive(sessionArriving(await sessionOf(userId), { id: orgId }, 60))).set.principals.split(',')
  expect(await carried(place.editor.userId)).toEqual(
    [`org:${orgId}`, `user:${place.editor.userId}`, `group:${group}`, ...folders.slice(0, 3).map((id) => `folder:${id}`).sort()])
  expect(await carried(place.guest.userId)).toEqual([`user:${place.guest.userId}`])
})

test('the first group of an organization, and the first folder granted in one, are carried from the next request on, and no longer once taken away', async () => {
  for (const kind of ['group', 'folder'] as const) {
    const place = await createTestOrg(db.database, kind)
    const { orgId, userId } = place.viewer
    const [id, session, unit] = [newId(), await sessionOf(userId), { kind: 'tenant', orgId, userId } as const]
    const carried = async () => (await arrive(sessionArriving(session, { id: orgId }, 60))).set
    expect(await carried()).toEqual(expected({ userId, orgId }, 'viewer'))
    await db.database.run(unit, async (tx) => {
      if (kind === 'group') {
        await tx.orgGroup.create({ data: { id, orgId, name: id } })
        await tx.groupMember.create({ data: { orgId, groupId: id, userId } })
      } else {
        await tx.folder.create({ data: { id, orgId, name: id, createdBy: userId, path: [id] } })
        await tx.accessGrant.create({ data: { id, orgId, folderId: id, principal: `user:${userId}`, level: 'view', grantedBy: userId } })
      }
    })
    expect(await carried()).toEqual(expected({ userId, orgId }, 'viewer', [`${kind}:${id}`]))
    await db.database.run(unit, async (tx) => {
      if (kind === 'group') await tx.groupMember.deleteMany({ where: { orgId, groupId: id } })
      else await tx.accessGrant.deleteMany({ where: { orgId, folderId: id } })
    })
    expect(await carried()).toEqual(expected({ userId, orgId }, 'viewer'))
  }
})

test('a role of the organization\'s own reads as its permissions, and a permission nobody knows as nothing', async () => {
  const { userId, orgId } = away.viewer
  const roleId = newId()
  await db.database.run({ kind: 'tenant', orgId, userId }, async (tx) => {
    await tx.orgRole.create({ data: { id: roleId, orgId, name: 'Archive', permissions: ['documents:read', 'once:known'] } })
    await tx.membership.update({ where: { orgId_userId: { orgId, userId } }, data: { role: 'custom', roleId } })
  })
  const { found, set } = await arrive(sessionArriving(await sessionOf(userId), { id: orgId }, 60))
  expect(readSession(found ?? {})).toMatchObject({ role: 'custom', permissions: ['documents:read'] })
  expect(set).toEqual(expected({ userId, orgId }, 'viewer'))
})

test.each(roles)('a key reads as its owner, a %s, with its scopes', async (role) => {
  const { userId, orgId } = home[role]
  const { prefix, secretHash } = mintApiKey()
  const lastUsedAt = new Date()
  const scopes = ['documents:read', 'search:read']
  await db.database.run({ kind: 'tenant', orgId, userId }, (tx) => tx.apiKey.create({ data: { id: newId(), orgId, userId, name: 'k', prefix, secretHash, scopes, lastUsedAt } }))
  const { found, set } = await arrive(keyArriving({ prefix, secretHash }, null, new Date()))
  expect(readKey(found ?? {})).toMatchObject({ userId, orgId, keyOrgId: orgId, role, scopes, stale: false })
  expect(set).toEqual(expected({ userId, orgId }, role))

  const elsewhere = await arrive(keyArriving({ prefix, secretHash }, { slug: away.org.slug }, new Date()))
  expect(readKey(elsewhere.found ?? {})).toMatchObject({ orgId: null })
  expect(elsewhere.set.org).toBe('')
  expect(await arrive(keyArriving({ prefix, secretHash: mintApiKey().secretHash }, null, new Date()))).toMatchObject({ found: null, set: { org: '', user: '' } })
  const later = await arrive(keyArriving({ prefix, secretHash }, null, new Date(lastUsedAt.getTime() + 61_000)))
  expect(readKey(later.found ?? {}).stale).toBe(true)
})

test('a session opens no organization that its user is not in, and says when it is to slide', async () => {
  const { userId } = home.editor
  const session = await sessionOf(userId)
  for (const org of [null, { id: away.org.id }, { slug: away.org.slug }, { slug: 'nowhere' }]) {
    const { found, set } = await arrive(sessionArriving(session, org, 60))
    expect(readSession(found ?? {})).toMatchObject({ userId, orgId: null, role: null })
    expect(set.org).toBe('')
  }
  const { found } = await arrive(sessionArriving(session, { id: home.org.id }, 2 * HOUR_MS / 1000))
  expect(readSession(found ?? {}).stale).toBe(true)
  expect((await arrive(sessionArriving(await sessionOf(userId, -1000), { id: home.org.id }, 60))).found).toBeNull()
})
