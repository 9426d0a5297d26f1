import { roles, type Role } from '@intellidocs/contracts'
import { hashToken, newId, type Found } from '@intellidocs/kernel'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mintApiKey } from './api-key.ts'
import { keyArriving, readKey, readSession, sessionArriving } from './arrivals.repository.ts'
import { createActor, lowerRole } from './users.policy.ts'

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

test.each(roles)('what a session of the role %s reads as is what the actor of that role is', async (role) => {
  const { userId, orgId } = home[role]
  const session = await sessionOf(userId)
  for (const org of [{ id: orgId }, { slug: home.org.slug }]) {
    const { found, set } = await arrive(sessionArriving(session, org, 60))
    expect(readSession(found ?? {})).toMatchObject({ userId, orgId, role, stale: false, platformAdmin: false })
    expect(set).toEqual(settingsOf(createActor({ kind: 'user', userId, orgId, role, requestId: 'r' })))
  }
})

const pairs = roles.flatMap((owner) => (['admin', 'editor', 'viewer', 'guest'] satisfies Role[]).map((role) => ({ owner, role })))
test.each(pairs)('what a key of $role reads as whose owner is $owner is what the lower of both is', async ({ owner, role }) => {
  const { userId, orgId } = home[owner]
  const { prefix, secretHash } = mintApiKey()
  const lastUsedAt = new Date()
  await db.database.run({ kind: 'tenant', orgId, userId }, (tx) => tx.apiKey.create({ data: { id: newId(), orgId, userId, name: 'k', prefix, secretHash, role, lastUsedAt } }))
  const { found, set } = await arrive(keyArriving({ prefix, secretHash }, null, new Date()))
  expect(readKey(found ?? {})).toMatchObject({ userId, orgId, keyOrgId: orgId, role: owner, keyRole: role, stale: false })
  expect(set).toEqual(settingsOf(createActor({ kind: 'apiKey', userId, orgId, role: lowerRole(role, owner), requestId: 'r' })))

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
