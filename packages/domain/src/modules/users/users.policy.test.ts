import { describe, expect, test } from 'vitest'
import { permissions, rolePermissions, roles, type OrgId, type Permission, type Role, type UserId } from '@intellidocs/contracts'
import { noSource } from '@intellidocs/kernel'
import { newHolding } from './holdings.ts'
import { createActor, mayCreateKey, mayRevokeKey } from './users.policy.ts'

const me = '11111111-1111-4111-8111-111111111111' as UserId
const other = '22222222-2222-4222-8222-222222222222'
const org = '33333333-3333-4333-8333-333333333333' as OrgId
const actor = (role: Role, scopes: Permission[] | null = null) => createActor({
  kind: scopes === null ? 'user' : 'apiKey', userId: me, orgId: org, holding: newHolding({ orgId: org, userId: me, role }), scopes, requestId: 'r', source: noSource,
})

describe('keys', () => {
  test.each(roles)('a key of a %s makes no key', (role) => {
    expect(mayCreateKey(actor(role, [...permissions]), ['documents:read'])).toBe(false)
  })

  test.each(roles.flatMap((own) => permissions.map((scope) => [own, scope] as const)))('a %s gives a key %s only when they hold it', (own, scope) => {
    expect(mayCreateKey(actor(own), [scope])).toBe(rolePermissions[own].includes(scope))
  })

  test.each(roles)('a key holds what of its scopes a %s holds, and nothing else', (role) => {
    const scopes = ['documents:read', 'members:manage', 'orgs:delete'] as const
    expect([...actor(role, [...scopes]).permissions]).toEqual(scopes.filter((scope) => rolePermissions[role].includes(scope)))
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
