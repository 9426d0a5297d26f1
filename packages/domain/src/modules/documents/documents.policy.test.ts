import { rolePermissions, roles, SYSTEM_USER_ID, type OrgId, type Role, type UserId } from '@intellidocs/contracts'
import { noSource, orgPrincipal, systemActor, userPrincipal, type Actor } from '@intellidocs/kernel'
import { describe, expect, test } from 'vitest'
import {
  canChangeVisibility, canCreate, canEdit, canPurge, canRead, canSeeFolders, canTrash, readersOf, type DocumentFacts, type Lifecycle, type Visibility,
} from './documents.policy.ts'

const org = '01890000-0000-7000-8000-000000000001' as OrgId
const me = '01890000-0000-7000-8000-000000000002' as UserId
const other = '01890000-0000-7000-8000-000000000003' as UserId

const actorOf = (role: Role): Actor => ({
  kind: 'user', userId: me, orgId: org, role, permissions: new Set(rolePermissions[role]), requestId: 'r', source: noSource,
  principals: role === 'guest' ? [userPrincipal(me)] : [orgPrincipal(org), userPrincipal(me)],
})
const factsOf = (ownerId: UserId, visibility: Visibility, lifecycle: Lifecycle = 'active'): DocumentFacts => ({ ownerId, visibility, lifecycle })

/** mine/theirs x org/private; a row a role, a column a case: read, edit, visibility, trash, purge. */
const table: Record<Role, Record<'mine-org' | 'mine-restricted' | 'theirs-org' | 'theirs-restricted', string>> = {
  owner: { 'mine-org': 'revtp', 'mine-restricted': 'revtp', 'theirs-org': 'revtp', 'theirs-restricted': '-----' },
  admin: { 'mine-org': 'revtp', 'mine-restricted': 'revtp', 'theirs-org': 'revtp', 'theirs-restricted': '-----' },
  editor: { 'mine-org': 'revtp', 'mine-restricted': 'revtp', 'theirs-org': 're-t-', 'theirs-restricted': '-----' },
  viewer: { 'mine-org': 'r----', 'mine-restricted': 'r----', 'theirs-org': 'r----', 'theirs-restricted': '-----' },
  guest: { 'mine-org': 'r----', 'mine-restricted': 'r----', 'theirs-org': '-----', 'theirs-restricted': '-----' },
}

function decided(actor: Actor, facts: DocumentFacts): string {
  const reads = canRead(actor.principals, readersOf({ orgId: org, ...facts }))
  const mark = (letter: string, yes: boolean) => (reads && yes ? letter : '-')
  return mark('r', true) + mark('e', canEdit(actor, facts)) + mark('v', canChangeVisibility(actor, facts))
    + mark('t', canTrash(actor, facts)) + mark('p', canPurge(actor, facts))
}

describe.each(roles)('a member with the role %s', (role) => {
  test.each([
    ['mine-org', factsOf(me, 'org')], ['mine-restricted', factsOf(me, 'restricted')],
    ['theirs-org', factsOf(other, 'org')], ['theirs-restricted', factsOf(other, 'restricted')],
  ] as const)('may do with a document that is %s exactly what the table says, in the trash as well', (which, facts) => {
    expect(decided(actorOf(role), facts)).toBe(table[role][which])
    expect(decided(actorOf(role), { ...facts, lifecycle: 'trashed' })).toBe(table[role][which])
  })
})

test('nobody but its owner edits or deletes a private document, even if a reader row were left over', () => {
  for (const role of roles) {
    const facts = factsOf(other, 'restricted')
    expect([canEdit, canChangeVisibility, canTrash, canPurge].some((decide) => decide(actorOf(role), facts))).toBe(false)
  }
})

test('editors and above create, viewers and guests do not', () => {
  expect(roles.filter((role) => canCreate(actorOf(role)))).toEqual(['owner', 'admin', 'editor'])
})

test('everybody but guests sees the folders of the organization', () => {
  expect(roles.filter((role) => canSeeFolders(actorOf(role)))).toEqual(['owner', 'admin', 'editor', 'viewer'])
})

test('an API key of a lower role may do no more than that role', () => {
  const key: Actor = { ...actorOf('viewer'), kind: 'apiKey' }
  expect(decided(key, factsOf(me, 'org'))).toBe('r----')
})

test('the worker may do everything in its organization and owns nothing', () => {
  const system = systemActor(org, 'r')
  expect(system.userId).toBe(SYSTEM_USER_ID)
  expect(canEdit(system, factsOf(other, 'restricted')) && canPurge(system, factsOf(other, 'restricted'))).toBe(true)
})

test('a document of the organization is read by the organization and its owner, a private one by its owner alone', () => {
  expect(readersOf({ orgId: org, ownerId: me, visibility: 'org' })).toEqual([orgPrincipal(org), userPrincipal(me)])
  expect(readersOf({ orgId: org, ownerId: me, visibility: 'restricted' })).toEqual([userPrincipal(me)])
})
