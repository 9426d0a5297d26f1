import { describe, expect, test } from 'vitest'
import { rolePermissions, roles, type OrgId, type Role, type UserId } from '@intellidocs/contracts'
import { createActor, lowerRole, mayCreateKey, mayGrantRole, mayRevokeKey } from './users.policy.ts'

const me = '11111111-1111-4111-8111-111111111111' as UserId
const other = '22222222-2222-4222-8222-222222222222'
const org = '33333333-3333-4333-8333-333333333333' as OrgId
const actor = (role: Role, kind: 'user' | 'apiKey' = 'user') => createActor({ kind, userId: me, orgId: org, role, requestId: 'r' })

describe('roles', () => {
  const pairs = roles.flatMap((a) => roles.map((b) => [a, b] as const))
  test.each(pairs)('of %s and %s the lower holds nothing that the other lacks', (a, b) => {
    const lower = lowerRole(a, b)
    expect([a, b]).toContain(lower)
    for (const permission of rolePermissions[lower]) expect(rolePermissions[a].includes(permission) && rolePermissions[b].includes(permission)).toBe(true)
    expect(lowerRole(b, a)).toBe(lower)
  })

  test.each(pairs)('%s hands out %s only when that is not more than they hold', (own, given) => {
    expect(mayGrantRole(own, given)).toBe(rolePermissions[given].every((permission) => rolePermissions[own].includes(permission)))
  })
})

describe('keys', () => {
  test.each(roles)('a key of role %s makes no key', (role) => {
    expect(mayCreateKey(actor(role, 'apiKey'), 'guest')).toBe(false)
  })

  test.each([
    ['viewer', me, 'viewer', true], ['viewer', other, 'viewer', false], ['editor', other, 'guest', false],
    ['admin', other, 'editor', true], ['admin', other, 'owner', false], ['owner', other, 'owner', true], ['guest', me, 'owner', true],
  ] as const)('%s ends the key of %s, whose owner is %s: %s', (role, userId, ownerRole, expected) => {
    expect(mayRevokeKey(actor(role), { userId, ownerRole })).toBe(expected)
  })
})

describe('actors', () => {
  test('guests are not part of the whole organization', () => {
    expect(actor('guest').principals).toEqual([`user:${me}`])
    expect(actor('viewer').principals).toEqual([`org:${org}`, `user:${me}`])
  })

  test.each(roles)('a %s holds exactly the permissions of the role', (role) => {
    expect([...actor(role).permissions].sort()).toEqual([...rolePermissions[role]].sort())
  })
})
