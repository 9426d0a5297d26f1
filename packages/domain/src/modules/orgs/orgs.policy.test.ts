import { rolePermissions, roles, type OrgId, type Permission, type Role, type UserId } from '@intellidocs/contracts'
import { testActor } from '@intellidocs/testing'
import { describe, expect, test } from 'vitest'
import { isLastOwner, mayDispose, mayTouch, permissionsOfRole, stillHolds, type OwnerStanding, type Standing } from './orgs.policy.ts'

const orgId = '0193f0c2-0000-7000-8000-0000000000aa' as OrgId
const actor = (role: Role) => testActor(orgId, '0193f0c2-0000-7000-8000-000000000001' as UserId, role)
const member = (role: Role, status: Standing['status'] = 'active'): OwnerStanding => ({ role, permissions: null, status, accountActive: true })
const custom = (permissions: Permission[]): Standing => ({ role: 'custom', permissions, status: 'active' })

test.each<[Role, Role[]]>([
  ['owner', ['owner', 'admin', 'editor', 'viewer', 'guest']],
  ['admin', ['admin', 'editor', 'viewer', 'guest']],
  ['editor', ['editor', 'viewer', 'guest']],
  ['viewer', ['viewer', 'guest']],
  ['guest', ['guest']],
])('%s holds all that these hold, and nobody above: %j', (role, below) => {
  expect(roles.filter((other) => mayTouch(actor(role), member(other)))).toEqual(below)
})

test('a role of the organization is touched by whoever holds all of it', () => {
  expect(mayTouch(actor('admin'), custom(['members:manage', 'audit:export']))).toBe(true)
  expect(mayTouch(actor('editor'), custom(['documents:read', 'members:manage']))).toBe(false)
  expect(mayTouch(actor('admin'), custom(['orgs:delete']))).toBe(false)
})

test('an actor who lost anything since the request came is refused', () => {
  for (const role of roles) expect(stillHolds(actor(role), member(role))).toBe(true)
  expect(stillHolds(actor('owner'), member('admin'))).toBe(false)
  expect(stillHolds(actor('admin'), custom(rolePermissions.admin.slice(1)))).toBe(false)
  expect(stillHolds(actor('viewer'), member('viewer', 'suspended'))).toBe(false)
  expect(stillHolds(actor('viewer'), undefined)).toBe(false)
})

describe('the last owner', () => {
  test.each<[string, OwnerStanding, OwnerStanding[], boolean]>([
    ['is the only one', member('owner'), [], true],
    ['is the only one who may sign in', member('owner'), [member('owner', 'suspended')], true],
    ['is the only one whose account is open', member('owner'), [{ ...member('owner'), accountActive: false }], true],
    ['is not one whose account is shut', { ...member('owner'), accountActive: false }, [member('owner')], false],
    ['is not one of two', member('owner'), [member('owner')], false],
    ['is not a suspended one', member('owner', 'suspended'), [member('owner')], false],
    ['is no admin', member('admin'), [member('owner')], false],
  ])('%s', (_what, one, others, expected) => {
    expect(isLastOwner(one, [one, ...others])).toBe(expected)
  })
})

test('only an owner in person gives an organization away or ends it', () => {
  expect(roles.filter((role) => mayDispose(actor(role)))).toEqual(['owner'])
  expect(mayDispose({ ...actor('owner'), kind: 'apiKey' })).toBe(false)
  expect(mayDispose({ ...actor('owner'), kind: 'system' })).toBe(false)
})

test('a role without a list of its own gives nothing', () => {
  expect(permissionsOfRole('custom', null)).toEqual([])
  expect(permissionsOfRole('viewer', ['orgs:delete'])).toEqual(rolePermissions.viewer)
})
