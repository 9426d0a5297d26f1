import { rolePermissions, roles, type OrgId, type Role, type UserId } from '@intellidocs/contracts'
import type { Database } from '@intellidocs/db'
import { newId, noSource, orgPrincipal, systemActor, userPrincipal, type Actor } from '@intellidocs/kernel'

export type TestOrg = {
  readonly org: { readonly id: OrgId; readonly slug: string; readonly name: string }
  /** One active member of each role. */
  readonly owner: Actor
  readonly admin: Actor
  readonly editor: Actor
  readonly viewer: Actor
  readonly guest: Actor
  /** The worker, acting for this organization. */
  readonly system: Actor
}

/** Not the hash of any password: nobody can sign in as these people. */
const NO_PASSWORD = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'

/** An organization with a member of every role, as rows, past all services. */
export async function createTestOrg(database: Database, name = 'Test'): Promise<TestOrg> {
  const id = newId() as OrgId
  const org = { id, slug: `test-${id}`, name }
  const people = roles.map((role) => ({ role, id: newId() as UserId }))
  await database.run({ kind: 'identity' }, async (tx) => {
    await tx.org.create({ data: org })
    for (const person of people) {
      const email = `${person.role}-${person.id}@example.test`
      await tx.user.create({ data: { id: person.id, email, name: `${name} ${person.role}`, passwordHash: NO_PASSWORD } })
      await tx.membership.create({ data: { orgId: id, userId: person.id, role: person.role } })
    }
  })
  const actors = Object.fromEntries(people.map((person) => [person.role, testActor(id, person.id, person.role)])) as Record<Role, Actor>
  return { org, ...actors, system: systemActor(id, `test-${newId()}`) }
}

/** An actor as the product would build it for a signed-in member. */
export function testActor(orgId: OrgId, userId: UserId, role: Role): Actor {
  return Object.freeze({
    kind: 'user', userId, orgId, role, permissions: new Set(rolePermissions[role]), requestId: `test-${newId()}`, source: noSource,
    principals: role === 'guest' ? [userPrincipal(userId)] : [orgPrincipal(orgId), userPrincipal(userId)],
  })
}
