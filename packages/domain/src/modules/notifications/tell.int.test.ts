import {
  PLATFORM_ORG_ID, type DocumentId, type GroupId, type OrgRoleId, type ShareId, type ShareVisitId, type UserId, type VersionId, type WebhookEndpointId,
} from '@intellidocs/contracts'
import { groupPrincipal, newId, noSource, nothingHeld, orgPrincipal, platformActor, userPrincipal, type Actor, type NewEvent } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createUsersModule } from '../users/users.module.ts'
import { flowEvents, openInbox, secretKey, type Inbox } from './inbox.testkit.ts'

let house: Inbox
let a: TestOrg
let b: TestOrg
let documentId: DocumentId
let versionId: VersionId
beforeAll(async () => { house = await openInbox() })
afterAll(() => house.close())
beforeEach(async () => {
  ;[a, b] = [await house.org('A'), await house.org('B')]
  ;({ documentId, versionId } = await house.document(a.org.id, a.editor.userId, { readers: [orgPrincipal(a.org.id), userPrincipal(a.guest.userId)] }))
  house.sent.length = 0
  house.place.now = new Date()
})

const told = async (actor: Actor) => (await house.as(actor).list({})).items
const kindsOf = async (actor: Actor): Promise<string[]> => (await told(actor)).map(({ kind }) => kind)
const addedIn = (org: TestOrg) => house.rows<{ audience: string[]; document_id: string | null; payload: { notificationId: string } }>(
  `select audience, document_id, payload from event where org_id = $1 and type = 'notifications.added.v1' order by id`, [org.org.id])

test('each kind reaches the one whom it is for, with ids and the present name, and nobody else of two organizations', async () => {
  const flow = flowEvents(documentId)
  const { userId } = a.viewer
  const events: [NewEvent, object][] = [
    [flow.assigned(userId), { kind: 'task_assigned', taskId: flow.taskId, runId: flow.runId, documentId, title: 'Lease.pdf', facts: { dueAt: null, why: 'asked' } }],
    [flow.reminded(userId), { kind: 'task_reminder', taskId: flow.taskId, title: 'Lease.pdf', facts: { dueAt: '2026-11-29T10:00:00.000Z', overdue: true } }],
    [flow.ended(userId), { kind: 'run_ended', runId: flow.runId, taskId: null, title: 'Lease.pdf', facts: { outcome: 'approved' } }],
    [flow.wanted(userId), { kind: 'version_wanted', runId: flow.runId, title: 'Lease.pdf', facts: {} }],
    [flow.commented([userId]), { kind: 'mentioned', runId: flow.runId, title: 'Lease.pdf', facts: { commentId: expect.stringMatching(/-/) } }],
    [{ type: 'workflows.tasks-overdue.v1', payload: { userId, day: '2026-11-29', tasks: 3 }, audit: false }, { kind: 'tasks_overdue', documentId: null, title: null, facts: { tasks: 3 } }],
  ]
  for (const [event] of events) await house.happen(a.owner, event)
  await house.settle()
  expect((await told(a.viewer)).toReversed()).toMatchObject(events.map(([, expected]) => expected))
  for (const actor of [a.owner, a.admin, a.editor, a.guest, b.owner, b.viewer]) expect(await told(actor)).toEqual([])
  expect((await addedIn(a)).map(({ audience }) => audience)).toEqual(events.map(() => [userPrincipal(userId)]))
  expect(await addedIn(b)).toEqual([])
})

test('that another version is wanted reaches whoever asked and the owner of the document, each once', async () => {
  const flow = flowEvents(documentId)
  await house.happen(a.owner, flow.wanted(a.viewer.userId, a.admin.userId))
  await house.happen(a.owner, flow.wanted(a.viewer.userId, a.viewer.userId))
  await house.settle()
  expect([await kindsOf(a.viewer), await kindsOf(a.admin)]).toEqual([['version_wanted', 'version_wanted'], ['version_wanted']])
})

test('what is delivered twice is told once: one row, one live event, one mail', async () => {
  await house.happen(a.owner, flowEvents(documentId).assigned(a.viewer.userId))
  await house.happen(a.owner, await house.grant(a.owner, { documentId, folderId: null }, orgPrincipal(a.org.id)))
  const first = await house.settle()
  const before = [await told(a.viewer), await addedIn(a), house.sent.length]
  for (const delivery of first) await house.hand(delivery)
  await house.settle()
  expect([await told(a.viewer), await addedIn(a), house.sent.length]).toEqual(before)
  expect([before[0], before[2]]).toMatchObject([[{ kind: 'shared' }, { kind: 'task_assigned' }], 1])
})

describe('nobody is told', () => {
  test('of a document that they do not read, be it their task', async () => {
    const secret = await house.document(a.org.id, a.owner.userId, { readers: [userPrincipal(a.owner.userId)] })
    const flow = flowEvents(secret.documentId)
    for (const event of [flow.assigned(a.viewer.userId), flow.ended(a.viewer.userId), flow.commented([a.viewer.userId, a.owner.userId])]) await house.happen(a.editor, event)
    await house.settle()
    expect([await told(a.viewer), await kindsOf(a.owner)]).toEqual([[], ['mentioned']])
    expect(house.sent.map(({ to }) => to)).toEqual([expect.stringContaining(a.owner.userId)])
  })

  test('of what they did themselves, but of what is theirs to do', async () => {
    const flow = flowEvents(documentId)
    for (const event of [flow.ended(a.viewer.userId), flow.wanted(a.viewer.userId), flow.commented([a.viewer.userId]), flow.assigned(a.viewer.userId)]) await house.happen(a.viewer, event)
    await house.settle()
    expect(await kindsOf(a.viewer)).toEqual(['task_assigned'])
  })

  test('who is suspended, whose account is shut, who is no member, or of another organization', async () => {
    await house.rows(`update membership set status = 'suspended' where org_id = $1 and user_id = $2`, [a.org.id, a.viewer.userId])
    await house.rows(`update user_account set status = 'suspended' where id = $1`, [a.admin.userId])
    await house.happen(a.owner, flowEvents(documentId).commented([a.viewer.userId, a.admin.userId, b.owner.userId, newId() as UserId]))
    await house.settle()
    expect([await house.rows('select * from notification where org_id = any ($1)', [[a.org.id, b.org.id]]), house.sent]).toEqual([[], []])
  })

  test('in an organization that is being deleted', async () => {
    await house.happen(a.owner, flowEvents(documentId).assigned(a.viewer.userId))
    await house.rows(`update org set status = 'deleting', purge_at = now() + interval '30 days' where id = $1`, [a.org.id])
    await house.settle()
    expect([await told(a.viewer), house.sent]).toEqual([[], []])
  })

  test('whose role holds no right to it', async () => {
    const roleId = newId() as OrgRoleId
    await house.rows('insert into org_role (id, org_id, name, permissions) values ($1, $2, $3, $4)', [roleId, a.org.id, 'narrow', ['notifications:read', 'documents:read']])
    await house.rows(`update membership set role = 'custom', role_id = $3 where org_id = $1 and user_id = $2`, [a.org.id, a.viewer.userId, roleId])
    const flow = flowEvents(documentId)
    for (const event of [flow.assigned(a.viewer.userId), flow.commented([a.viewer.userId])]) await house.happen(a.owner, event)
    const paused = (ownerId: UserId): NewEvent => ({ type: 'webhooks.endpoint-paused.v1', payload: { endpointId: newId() as WebhookEndpointId, ownerId }, audit: false })
    for (const { userId } of [a.viewer, a.admin]) await house.happen(a.system, paused(userId))
    await house.settle()
    expect([await kindsOf(a.viewer), await kindsOf(a.admin)]).toEqual([['mentioned'], ['webhook_paused']])
  })
})

describe('a grant is told', () => {
  const shared = async (on: { documentId: DocumentId } | { folder: 'org' | 'restricted' }, principal: string): Promise<void> => {
    const target = 'folder' in on ? { documentId: null, folderId: await house.folder(a.org.id, a.owner.userId, { visibility: on.folder }) } : { documentId: on.documentId, folderId: null }
    await house.happen(a.owner, await house.grant(a.owner, target, principal))
    await house.settle()
  }
  const groupId = newId() as GroupId
  const everybody = () => [a.owner, a.admin, a.editor, { ...a.viewer, principals: [...a.viewer.principals, groupPrincipal(groupId)] }, a.guest]
  const whoKnows = async () => (await Promise.all(everybody().map(async (actor) => ((await kindsOf(actor)).includes('shared') ? [actor.role] : [])))).flat()

  test('to the person, the group, or all but guests, and never to who gave it', async () => {
    const secret = await house.document(a.org.id, a.owner.userId, { readers: [] })
    await shared(secret, userPrincipal(a.guest.userId))
    expect(await whoKnows()).toEqual(['guest'])
    await house.rows('insert into org_group (id, org_id, name) values ($1, $2, $3)', [groupId, a.org.id, 'Lawyers'])
    for (const { userId } of [a.viewer, a.owner]) await house.rows('insert into group_member (org_id, group_id, user_id) values ($1, $2, $3)', [a.org.id, groupId, userId])
    await shared(secret, groupPrincipal(groupId))
    expect(await whoKnows()).toEqual(['viewer', 'guest'])
    await shared(secret, orgPrincipal(a.org.id))
    expect(await whoKnows()).toEqual(['admin', 'editor', 'viewer', 'guest'])
    expect(await told(a.guest)).toHaveLength(1)
  })

  test('of a folder, by its name', async () => {
    await shared({ folder: 'restricted' }, userPrincipal(a.viewer.userId))
    const principals = [...a.viewer.principals, ...(await house.rows<{ p: string }>(`select 'folder:' || folder_id as p from access_grant where org_id = $1`, [a.org.id])).map(({ p }) => p)]
    expect(await told({ ...a.viewer, principals })).toMatchObject([{ kind: 'shared', title: 'Leases', documentId: null }])
    expect(await told(a.viewer)).toEqual([])
    expect(await whoKnows()).toEqual([])
  })

  test('not when it was taken away before, and once when only its level is set anew', async () => {
    const event = await house.grant(a.owner, { documentId, folderId: null }, userPrincipal(a.viewer.userId))
    await house.happen(a.owner, event)
    await house.settle()
    await house.happen(a.owner, event)
    await house.settle()
    expect(await told(a.viewer)).toHaveLength(1)
    await house.happen(a.owner, await house.grant(a.owner, { documentId, folderId: null }, userPrincipal(a.guest.userId)))
    await house.rows('delete from access_grant where org_id = $1', [a.org.id])
    await house.settle()
    expect(await told(a.guest)).toEqual([])
  })
})

describe('of a webhook that was paused is told', () => {
  const endpoint = async (description: string): Promise<WebhookEndpointId> => {
    const id = newId() as WebhookEndpointId
    await house.rows(`insert into webhook_endpoint (id, org_id, owner_id, url, description, secret) values ($1, $2, $3, 'https://hooks.example.org/in/t0ken?k=s3cret', $4, '')`,
      [id, a.org.id, a.admin.userId, description])
    return id
  }
  const paused = async (description: string, why: 'failing' | 'gone' | 'owner'): Promise<void> => {
    const payload = { endpointId: await endpoint(description), ownerId: a.admin.userId, why }
    await house.happen(a.system, { type: 'webhooks.endpoint-paused.v1', payload, audit: false })
    await house.settle()
  }

  test('its owner, by mail too, and which one it is: by its description, or by where it leads and no more of its address', async () => {
    await paused('the warehouse', 'failing')
    await paused('', 'gone')
    expect((await told(a.admin)).map(({ title }) => title)).toEqual(['https://hooks.example.org', 'the warehouse'])
    expect(house.sent.map(({ to, subject }) => [to.startsWith('admin'), subject.replaceAll('\u2060', '')])).toEqual([
      [true, 'A webhook was paused: the warehouse'], [true, 'A webhook was paused: https://hooks.example.org']])
    expect(JSON.stringify(house.sent)).not.toMatch(/t0ken|s3cret/)
    expect(await told(a.owner)).toEqual([])
  })

  test('everybody who manages webhooks, where its owner may not own it any more', async () => {
    await house.rows('delete from membership where org_id = $1 and user_id = $2', [a.org.id, a.admin.userId])
    await paused('the warehouse', 'owner')
    expect(await kindsOf(a.owner)).toEqual(['webhook_paused'])
    for (const actor of [a.admin, a.editor, a.viewer, a.guest, b.owner]) expect(await kindsOf(actor)).toEqual([])
    expect(house.sent.map(({ to }) => to)).toEqual([expect.stringContaining(a.owner.userId)])
  })
})

test('a limit of the plan that comes near is told to everybody who sees the use, and to nobody else', async () => {
  await house.happen(a.system, { type: 'subscriptions.quota-neared.v1', audit: false, payload: { meter: 'bytes', percent: 80, used: 8, limit: 10 } })
  await house.settle()
  for (const actor of [a.owner, a.admin]) expect(await told(actor)).toMatchObject([{ kind: 'quota_near', facts: { meter: 'bytes', percent: 80 } }])
  for (const actor of [a.editor, a.viewer, a.guest, b.owner]) expect(await kindsOf(actor)).toEqual([])
  expect(house.sent).toHaveLength(2)
})

test('an opened link is told to whoever made it, where they want that, and to nobody else', async () => {
  const opened = (notify: boolean): NewEvent => ({
    type: 'sharing.opened.v1', audit: false,
    payload: { shareId: newId() as ShareId, visitId: newId() as ShareVisitId, documentId, folderId: null, createdBy: a.editor.userId, notify },
  })
  for (const notify of [false, true]) await house.happen(a.system, opened(notify))
  await house.settle()
  expect(await told(a.editor)).toMatchObject([{ kind: 'link_opened', title: 'Lease.pdf' }])
  for (const actor of [a.owner, a.viewer]) expect(await kindsOf(actor)).toEqual([])
  expect(house.sent.map(({ subject }) => subject.replaceAll('\u2060', ''))).toEqual(['Your link was opened: Lease.pdf'])
})

test('who uploaded a version that cannot be read, or is locked, is told why', async () => {
  const run = { documentId, versionId, attempt: 1 }
  await house.happen(a.system, { type: 'documents.failed.v1', payload: { ...run, reason: 'corrupt' }, documentId, audit: false })
  await house.happen(a.system, { type: 'documents.password-needed.v1', payload: { ...run, reason: 'password_required' }, documentId, audit: false })
  await house.settle()
  expect(await told(a.editor)).toMatchObject([
    { kind: 'processing_failed', facts: { reason: 'password_required' } }, { kind: 'processing_failed', facts: { reason: 'corrupt' }, title: 'Lease.pdf' },
  ])
  expect(await told(a.owner)).toEqual([])
})

test('what happened to an account is told in each organization of its owner and mailed by nobody here, a key in its own alone', async () => {
  const { userId } = a.viewer
  await house.rows(`insert into membership (org_id, user_id, role) values ($1, $2, 'guest')`, [b.org.id, userId])
  const platform = platformActor({ userId, requestId: 'test', source: noSource })
  const of: NewEvent[] = [
    { type: 'users.password-changed.v1', payload: { userId, by: 'password' }, audit: false },
    { type: 'users.second-factor-changed.v1', payload: { userId, on: true }, audit: false }, { type: 'users.device-added.v1', payload: { userId }, audit: false },
  ]
  for (const event of of) await house.unit.runAsIdentity((tx) => house.outbox.append(tx, platform, event))
  await house.happen(a.viewer, { type: 'users.api-key-created.v1', payload: { apiKeyId: newId() }, audit: false })
  const delivered = await house.settle()
  for (const delivery of delivered) await house.hand(delivery)
  const matters = async (actor: Actor) => (await told(actor)).map(({ kind, facts }) => `${kind} ${facts.matter}`)
  const account = ['security new-device', 'security second-factor-changed', 'security password-changed']
  expect(await matters(a.viewer)).toEqual(['security key-created', ...account])
  expect(await matters({ ...b.guest, userId })).toEqual(account)
  expect([await told(a.owner), await told(b.owner), house.sent]).toEqual([[], [], []])
  expect(await house.rows(`select * from notification where org_id = $1`, [PLATFORM_ORG_ID])).toEqual([])
})

test('a task that was decided is read with all that told of it, and its mail does not leave any more', async () => {
  const flow = flowEvents(documentId)
  for (const event of [flow.assigned(a.viewer.userId), flow.reminded(a.viewer.userId), flowEvents(documentId).assigned(a.viewer.userId)]) await house.happen(a.owner, event)
  await house.settle({ but: ['mail.send'] })
  await house.happen(a.viewer, flow.decided(a.viewer.userId))
  await house.settle({ but: ['mail.send'] })
  await house.settle()
  expect((await told(a.viewer)).map(({ taskId, readAt }) => [taskId === flow.taskId, readAt !== null])).toEqual([[false, false], [true, true], [true, true]])
  expect(house.sent).toHaveLength(1)
})

test('what a member is matched by is the same here as for the lookup of callers', async () => {
  const { userId } = a.viewer
  const group = newId()
  await house.rows('insert into org_group (id, org_id, name) values ($1, $2, $3)', [group, a.org.id, 'Lawyers'])
  await house.rows('insert into group_member (org_id, group_id, user_id) values ($1, $2, $3)', [a.org.id, group, userId])
  for (const principal of [userPrincipal(userId), `group:${group}`, orgPrincipal(a.org.id), userPrincipal(a.owner.userId)]) {
    await house.grant(a.owner, { documentId: null, folderId: await house.folder(a.org.id, a.owner.userId, { name: principal }) }, principal)
  }
  const never = () => Promise.reject(new Error('not here'))
  const users = createUsersModule({
    ...house.unit, outbox: house.outbox, clock: { now: () => new Date() }, mail: { enqueue: never }, invitations: { accept: never }, deletions: nothingHeld, secretKey,
  })
  for (const { userId: id, role } of [a.viewer, a.owner, a.guest]) {
    const session = newId()
    await house.rows(`insert into session (id, user_id, expires_at) values ($1, $2, now() + interval '1 day')`, [session, id])
    const [found] = await users.stillValid([{ session, key: null, userId: id, orgId: a.org.id, authority: role }])
    const [row] = await house.unit.runInTx(a.system, (tx) => tx.$queryRaw<{ p: string[] }[]>`select app.principals_of(${a.org.id}::uuid, ${id}::uuid, ${role}) as p`)
    expect(row?.p.toSorted()).toEqual([...found ?? []].toSorted())
    expect(row?.p.length).toBe({ viewer: 6, owner: 4, guest: 1 }[role as string])
  }
})
