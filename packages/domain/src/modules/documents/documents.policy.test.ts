import { rolePermissions, roles, SYSTEM_USER_ID, type Level, type OrgId, type Role, type UserId } from '@intellidocs/contracts'
import { noSource, orgPrincipal, systemActor, userPrincipal, type Actor } from '@intellidocs/kernel'
import { describe, expect, test } from 'vitest'
import {
  canCreate, canDeleteFolder, canEdit, canEditFolder, canManage, canManageFolder, canMove, canPurge, canPutInto, canTrash, holds, levelOnDocument,
  levelOnFolder, type DocumentFacts, type FolderFacts, type Visibility,
} from './documents.policy.ts'

const org = '01890000-0000-7000-8000-000000000001' as OrgId
const me = '01890000-0000-7000-8000-000000000002' as UserId
const other = '01890000-0000-7000-8000-000000000003' as UserId

const actorOf = (role: Role): Actor => ({
  kind: 'user', userId: me, orgId: org, role, permissions: new Set(rolePermissions[role]), requestId: 'r', source: noSource,
  principals: role === 'guest' ? [userPrincipal(me)] : [orgPrincipal(org), userPrincipal(me)],
})
const factsOf = (ownerId: UserId, visibility: Visibility, over: Partial<FolderFacts> = {}): DocumentFacts =>
  ({ ownerId, visibility, restricted: false, granted: null, ...over })

/** What a reader of the document may do: edit, manage, trash, purge. */
function decided(actor: Actor, facts: DocumentFacts): string {
  const mark = (letter: string, yes: boolean) => (yes ? letter : '-')
  return mark('e', canEdit(actor, facts)) + mark('m', canManage(actor, facts)) + mark('t', canTrash(actor, facts)) + mark('p', canPurge(actor, facts))
}

const cases = {
  'mine': factsOf(me, 'restricted'), 'the organization\'s': factsOf(other, 'org'),
  'to view': factsOf(other, 'restricted', { granted: 'view' }), 'to edit': factsOf(other, 'restricted', { granted: 'edit' }),
  'to manage': factsOf(other, 'restricted', { granted: 'manage' }),
  'in a restricted folder, to view': factsOf(other, 'org', { restricted: true, granted: 'view' }),
} as const
const table: Record<Role, readonly string[]> = {
  owner: ['emtp', 'emtp', 'emtp', 'emtp', 'emtp', 'emtp'],
  admin: ['emtp', 'emtp', 'emtp', 'emtp', 'emtp', 'emtp'],
  editor: ['emtp', 'e-t-', '----', 'e-t-', 'emtp', '----'],
  viewer: ['----', '----', '----', '----', '----', '----'],
  guest: ['----', '----', '----', '----', '----', '----'],
}

test.each(roles)('a reader with the role %s may do with a document exactly what the table says', (role) => {
  expect(Object.values(cases).map((facts) => decided(actorOf(role), facts))).toEqual(table[role])
})

test('a role that cannot edit makes a view of every higher grant', () => {
  for (const granted of ['edit', 'manage'] as Level[]) expect(levelOnDocument(actorOf('viewer'), factsOf(other, 'restricted', { granted }))).toBe('view')
  expect(levelOnDocument(actorOf('viewer'), factsOf(me, 'org'))).toBe('view')
})

test('an API key of fewer scopes may do no more than these', () => {
  const key: Actor = { ...actorOf('owner'), kind: 'apiKey', permissions: new Set(rolePermissions.viewer) }
  expect(decided(key, factsOf(me, 'org'))).toBe('----')
})

test('editors and above create, viewers and guests do not', () => {
  expect(roles.filter((role) => canCreate(actorOf(role)))).toEqual(['owner', 'admin', 'editor'])
})

describe('a folder', () => {
  const open: FolderFacts = { restricted: false, granted: null }
  const kept: FolderFacts = { restricted: true, granted: null }
  test('of the organization is edited by its editors, managed by who manages documents, and not there for guests', () => {
    expect(roles.map((role) => levelOnFolder(actorOf(role), open))).toEqual(['manage', 'manage', 'edit', 'view', null])
  })
  test('that is restricted is there for nobody without a grant, the owner of the organization included', () => {
    expect(roles.map((role) => levelOnFolder(actorOf(role), kept))).toEqual([null, null, null, null, null])
    expect(roles.map((role) => levelOnFolder(actorOf(role), { ...kept, granted: 'view' }))).toEqual(['manage', 'manage', 'view', 'view', 'view'])
  })
  test('takes what comes in from those who may edit it, and is deleted by those of them who may delete', () => {
    const put = (role: Role, granted: Level | null) => canPutInto(actorOf(role), { restricted: true, granted })
    expect([put('editor', null), put('editor', 'view'), put('editor', 'edit')]).toEqual([false, false, true])
    expect(roles.filter((role) => canPutInto(actorOf(role), null))).toEqual(['owner', 'admin', 'editor', 'viewer'])
    expect(roles.filter((role) => canDeleteFolder(actorOf(role), open))).toEqual(['owner', 'admin', 'editor'])
    expect(roles.filter((role) => canEditFolder(actorOf(role), open))).toEqual(['owner', 'admin', 'editor'])
    expect(roles.filter((role) => canManageFolder(actorOf(role), open))).toEqual(['owner', 'admin'])
  })
})

describe('a move', () => {
  const [view, edit] = [{ restricted: false, granted: 'view' }, { restricted: false, granted: 'edit' }] as const
  const guest: Actor = { ...actorOf('editor'), principals: [userPrincipal(me)] }
  test.each([
    ['from and to what may be edited', { level: 'edit', from: edit, to: edit, crosses: false }, true],
    ['of what may only be viewed', { level: 'view', from: edit, to: edit, crosses: false }, false],
    ['to what may only be viewed', { level: 'manage', from: edit, to: view, crosses: false }, false],
    ['from what may only be viewed', { level: 'edit', from: view, to: edit, crosses: false }, false],
    ['from anywhere of what one manages', { level: 'manage', from: view, to: edit, crosses: false }, true],
    ['over the border of a restricted folder', { level: 'edit', from: edit, to: edit, crosses: true }, false],
    ['over that border of what one manages', { level: 'manage', from: edit, to: edit, crosses: true }, true],
    ['to the top by somebody who is not of the organization', { level: 'manage', from: edit, to: null, crosses: false }, false],
  ] as const)('%s', (_, move, allowed) => {
    expect(canMove(guest, move)).toBe(allowed)
  })
})

test('the worker may do everything in its organization and owns nothing', () => {
  const system = systemActor(org, 'r')
  expect(system.userId).toBe(SYSTEM_USER_ID)
  expect(decided(system, factsOf(other, 'restricted'))).toBe('emtp')
})

test('a reader row of a folder holds below it, that of the organization outside of restricted folders, those of people and groups always', () => {
  const [a, b] = ['01890000-0000-7000-8000-00000000000a', '01890000-0000-7000-8000-00000000000b'] as const
  const held = (path: readonly string[], restricted: boolean) =>
    [`folder:${a}`, `org:${org}`, `user:${me}`, `group:${b}`].map((principal) => holds(principal, { path, restricted }))
  expect(held([], false)).toEqual([false, true, true, true])
  expect(held([a, b], true)).toEqual([true, false, true, true])
  expect(held([b], false)).toEqual([false, true, true, true])
})
