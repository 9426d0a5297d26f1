import { eventPayloads, roles, type DocumentId, type EventType, type OrgId, type Permission, type Role, type UserId } from '@intellidocs/contracts'
import type { FeedEvent } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import { describe, expect, test } from 'vitest'
import { hearableTypes, mayHear, personalTypes } from './notifications.policy.ts'

const [orgId, otherOrg] = ['0193f0c2-0000-7000-8000-0000000000aa', '0193f0c2-0000-7000-8000-0000000000bb'] as [OrgId, OrgId]
const [me, somebody] = ['0193f0c2-0000-7000-8000-000000000001', '0193f0c2-0000-7000-8000-000000000002'] as [UserId, UserId]
const documentId = '0193f0c2-0000-7000-8000-0000000000d1' as DocumentId
const event = (over: Partial<FeedEvent>): FeedEvent => ({
  position: { xid: 1n, id: 1n }, orgId, type: 'documents.ready.v1', at: new Date(0), actorId: somebody, documentId, audience: null, readers: [],
    payload: {}, ...over,
})
const actor = (role: Role) => testActor(orgId, me, role)

describe('an event of a document', () => {
  test.each<[string, Partial<FeedEvent>, readonly Role[]]>([
    ['that the organization reads is heard by all but guests', { readers: [`org:${orgId}`] }, ['owner', 'admin', 'editor', 'viewer']],
    ['that was granted to a person is heard by them, guest or not', { readers: [`user:${somebody}`, `user:${me}`] }, roles],
    ['of somebody else is heard by nobody, the owner included', { readers: [`user:${somebody}`] }, []],
    ['that is gone and names no audience is heard by nobody', { readers: [] }, []],
    ['that is gone is heard by those its audience names', { type: 'documents.purged.v1', audience: [`org:${orgId}`], readers: [] },
      ['owner', 'admin', 'editor', 'viewer']],
    ['is heard by its audience only, whoever reads the document now', { audience: [`user:${somebody}`], readers: [`org:${orgId}`, `user:${me}`] },
      []],
    ['with an empty audience is heard by nobody', { audience: [], readers: [`user:${me}`] }, []],
    ['of another organization is heard by nobody', { orgId: otherOrg, readers: [`org:${orgId}`, `user:${me}`], audience: [`user:${me}`] }, []],
    ['is not heard for having caused it', { actorId: me, readers: [`user:${somebody}`] }, []],
  ])('%s', (_what, over, heardBy) => {
    expect(roles.filter((role) => mayHear(actor(role), event(over)))).toEqual(heardBy)
  })
})

test('who may not read documents hears of none, whatever their principals', () => {
  const key = { ...actor('owner'), permissions: new Set<Permission>(['notifications:read', 'orgs:read']) }
  for (const over of [{ readers: [`user:${me}`] }, { audience: [`user:${me}`] }, { audience: [`org:${orgId}`], documentId: null, type: 'documents.folder-created.v1' as const }]) {
    expect([mayHear(actor('owner'), event(over)), mayHear(key, event(over))]).toEqual([true, false])
  }
})

describe('an event of a run', () => {
  const [opened, ended] = [{ type: 'workflows.stage-opened.v1' as const }, { type: 'workflows.run-ended.v1' as const }]
  const assigned = (to: UserId): Partial<FeedEvent> => ({ type: 'workflows.task-assigned.v1', payload: { assigneeId: to } })
  const decided = (by: UserId): Partial<FeedEvent> => ({ type: 'workflows.task-decided.v1', payload: { byId: by } })
  const members: Role[] = ['owner', 'admin', 'editor', 'viewer']
  test.each<[string, Partial<FeedEvent>, readonly Role[]]>([
    ['is heard by whoever reads the document and runs, not by guests', opened, members],
    ['is not heard by guests in its end', ended, members],
    ['about a task of somebody else is not heard by guests', assigned(somebody), members],
    ['about their own task is heard by guests too', assigned(me), roles],
    ['that tells of a decision of somebody else is not heard by guests', decided(somebody), members],
    ['that tells of their own decision is heard by guests too', decided(me), roles],
  ])('%s', (_what, over, heardBy) => {
    const readers = [`user:${me}`]
    expect(roles.filter((role) => mayHear(actor(role), event({ readers, ...over })))).toEqual(heardBy)
    expect(roles.filter((role) => mayHear(actor(role), event({ ...over, readers: [] })))).toEqual([])
  })

  test('is not heard by a key that may neither read runs nor decide, be the task its owner’s, nor one about flows', () => {
    const key = { ...actor('owner'), permissions: new Set<Permission>(['documents:read', 'orgs:read']) }
    expect(mayHear(key, event({ readers: [`user:${me}`], ...assigned(me) }))).toBe(false)
    expect(mayHear(key, event({ type: 'workflows.definition-published.v1', documentId: null }))).toBe(false)
  })
})

describe('an event for one person', () => {
  const mine = { type: 'notifications.added.v1' as const, documentId: null, audience: [`user:${me}`] }
  const narrow = { ...actor('owner'), permissions: new Set<Permission>(['notifications:read']) }
  test.each<[string, Partial<FeedEvent>, boolean, boolean]>([
    ['is heard by them, by a key that reads notifications alone too', mine, true, true],
    ['is not heard by another', { ...mine, audience: [`user:${somebody}`] }, false, false],
    ['is not heard by whoever caused it', { ...mine, audience: [`user:${somebody}`], actorId: me }, false, false],
    ['that names nobody is heard by nobody', { ...mine, audience: null }, false, false],
    ['about a document that they read is heard, where documents may be read', { ...mine, documentId, readers: [`user:${me}`] }, true, false],
    ['about a document that they read no more is not heard', { ...mine, documentId, readers: [`user:${somebody}`] }, false, false],
    ['of another organization is not heard', { ...mine, orgId: otherOrg }, false, false],
  ])('%s', (_what, over, byMe, byKey) => {
    expect([mayHear(actor('guest'), event(over)), mayHear(narrow, event(over))]).toEqual([byMe, byKey])
  })

  test('is not heard by who may not read notifications', () => {
    expect(mayHear({ ...actor('owner'), permissions: new Set<Permission>(['documents:read']) }, event(mine))).toBe(false)
  })
})

describe('an event of no document', () => {
  const members: Role[] = ['owner', 'admin', 'editor', 'viewer']
  test.each<[EventType, UserId, readonly Role[]]>([
    ['orgs.created.v1', somebody, members],
    ['orgs.member-removed.v1', somebody, members],
    ['orgs.invitation-created.v1', somebody, ['owner', 'admin']],
    ['documents.folder-created.v1', somebody, members],
    ['documents.folder-changed.v1', somebody, members],
    ['documents.folder-deleted.v1', somebody, members],
    ['documents.folder-visibility-set.v1', somebody, members],
    ['documents.handed-over.v1', somebody, ['owner', 'admin']],
    ['users.api-key-created.v1', somebody, ['owner', 'admin']],
    ['users.api-key-revoked.v1', somebody, ['owner', 'admin']],
    ['users.api-key-created.v1', me, roles],
    ['documents.ready.v1', me, []],
  ])('%s by %s', (type, actorId, heardBy) => {
    expect(roles.filter((role) => mayHear(actor(role), event({ type, actorId, documentId: null })))).toEqual(heardBy)
  })

  test('has its listeners decided for every type there is', () => {
    const { anybodys, own } = hearableTypes(actor('owner'))
    const without = Object.entries(eventPayloads).filter(([, schema]) => !('documentId' in schema.shape)).map(([type]) => type)
    // Those of the installation, and of accounts, which belong to no organization.
    const nobodys: EventType[] = [
      'mail.queued.v1', 'mail.digest-queued.v1', 'orgs.purged.v1', 'users.signed-up.v1', 'users.updated.v1', 'users.password-changed.v1', 'users.second-factor-changed.v1',
      'users.sessions-revoked.v1', 'users.deleted.v1', 'users.device-added.v1', 'notifications.part-told.v1', 'search.queries-counted.v1',
      'users.suspended.v1', 'users.resumed.v1', 'users.second-factor-reset-asked.v1', 'users.second-factor-reset-decided.v1',
    ]
    expect([...new Set([...anybodys, ...own, ...nobodys, ...personalTypes])].toSorted()).toEqual(without.toSorted())
  })
})
