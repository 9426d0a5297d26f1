import { eventsContract, roles, type DocumentId, type FlowId, type FlowRunId, type FlowTaskId, type FolderId, type LiveEvent, type NotificationId, type OrgId } from '@intellidocs/contracts'
import { createCallerFactory, createCommitNotifier, createLiveFeed, createLog, createOutbox, createUnitOfWork, isAfter, newId, noSource, parsePosition, router, systemClock, type Actor, type FeedEvent, type LiveFeed, type NewEvent, type RequestContext, type Tx, type UnitOfWork } from '@intellidocs/kernel'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { isTrackedEnvelope } from '@trpc/server'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createNotificationsModule } from './index.ts'
import { mayHear } from './notifications.policy.ts'
import { notificationsRepository } from './notifications.repository.ts'

const log = createLog({ level: 'silent', name: 'test' })
const outbox = createOutbox()
let db: TestDatabase
let org: TestOrg
let other: TestOrg
let unit: UnitOfWork
let liveFeed: LiveFeed
const fed: FeedEvent[] = []
beforeAll(async () => {
  db = await testDatabase({ maxConnections: 20 })
  org = await createTestOrg(db.database)
  other = await createTestOrg(db.database, 'Other')
  unit = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: createCommitNotifier({ database: db.database, log }) })
  liveFeed = createLiveFeed({ database: db.database, log, pollMs: 100 })
  liveFeed.subscribe((event) => fed.push(event))
  await liveFeed.start()
})
afterAll(async () => {
  await liveFeed.close()
  await db.close()
})

function streamOf(actor: Actor | null, input: { lastEventId?: string; documentId?: DocumentId }, over: Partial<RequestContext> = {}) {
  const ctx: RequestContext = {
    requestId: 'r', log, actor, person: actor === null ? null : { userId: actor.userId, platformAdmin: false, requestId: 'r', source: noSource },
    via: 'session', sessionToken: null,
    orgRequested: null, ip: '192.0.2.1', setCookie: () => undefined, countCall: async () => undefined, stillValid: async () => actor?.principals ?? null, ...over,
  }
  const { routers } = createNotificationsModule({ ...unit, liveFeed, outbox, notices: { enqueue: async () => undefined, enqueueDigests: async () => undefined }, secretKey: Buffer.alloc(32) })
  return createCallerFactory(router(routers))(ctx).notifications.stream(input)
}

/** What a client would get out of an item. A caller's types show the client's form, while its values are still the envelope. */
function opened(item: unknown): LiveEvent {
  if (!isTrackedEnvelope(item)) throw new Error('not a tracked event')
  const event = eventsContract.liveEvent.parse(item[1])
  expect(item[0]).toBe(event.id)
  return event
}

async function addDocument(tx: Tx, orgId: OrgId, principals: readonly string[]): Promise<DocumentId> {
  const [documentId, versionId] = [newId() as DocumentId, newId()]
  await tx.$executeRaw`insert into document (id, org_id, owner_id, name, current_version_id)
    values (${documentId}::uuid, ${orgId}::uuid, ${newId()}::uuid, 'x', ${versionId}::uuid)`
  await tx.$executeRaw`insert into document_version (id, org_id, document_id, number, file_name, sha256, size, created_by)
    values (${versionId}::uuid, ${orgId}::uuid, ${documentId}::uuid, 1, 'x', ${'0'.repeat(64)}, 1, ${newId()}::uuid)`
  await tx.$executeRaw`insert into document_reader (org_id, principal, created_at, document_id)
    select ${orgId}::uuid, principal, now(), ${documentId}::uuid from unnest(${[...principals]}::text[]) principal`
  return documentId
}

const folder = (folderId: string): NewEvent => ({ type: 'documents.folder-created.v1', payload: { folderId: folderId as FolderId }, audit: false })
const append = (actor: Actor, folderId: string) => unit.runInTx(actor, (tx) => outbox.append(tx, actor, folder(folderId)))
const caughtUp = (folderId: string) =>
  vi.waitFor(() => expect(fed.some((event) => event.payload['folderId'] === folderId)).toBe(true), { timeout: 20_000, interval: 10 })

test('the rule in SQL and the rule in memory let the same events through, for every role and both organizations', async () => {
  const readers: string[][] = [[`org:${org.org.id}`], [`user:${org.guest.userId}`], [`user:${org.editor.userId}`, `user:${newId()}`], []]
  await unit.runInTx(org.owner, async (tx) => {
    for (const principals of readers) {
      const documentId = await addDocument(tx, org.org.id, principals)
      for (const audience of [undefined, [], [`user:${org.viewer.userId}`], [`org:${org.org.id}`]]) {
        await outbox.append(tx, org.owner,
          { type: 'documents.trashed.v1', payload: { documentId }, documentId, ...(audience === undefined ? {} : { audience }), audit: false })
      }
    }
    for (const actor of [org.owner, org.guest, org.viewer]) {
      await outbox.append(tx, actor, { type: 'users.api-key-created.v1', payload: { apiKeyId: newId() }, audit: false })
      await outbox.append(tx, actor, { type: 'orgs.created.v1', payload: {}, audit: false })
    }
    const told = (audience: string[], documentId: DocumentId | null): NewEvent => ({
      type: 'notifications.added.v1', payload: { notificationId: newId() as NotificationId }, audience, audit: false, ...(documentId === null ? {} : { documentId }),
    })
    const [mine, another] = [await addDocument(tx, org.org.id, [`user:${org.guest.userId}`]), await addDocument(tx, org.org.id, [`user:${org.owner.userId}`])]
    for (const documentId of [null, mine, another]) await outbox.append(tx, org.system, told([`user:${org.guest.userId}`], documentId))
    await outbox.append(tx, org.system, told([`user:${org.viewer.userId}`], null))
    // Of runs: the guest hears of their own tasks alone.
    const shared = await addDocument(tx, org.org.id, [`org:${org.org.id}`, `user:${org.guest.userId}`])
    const ofTask = { runId: newId() as FlowRunId, documentId: shared, taskId: newId() as FlowTaskId }
    for (const { userId } of [org.guest, org.viewer]) {
      const assigned = { ...ofTask, assigneeId: userId, dueAt: null, why: 'asked' as const }
      await outbox.append(tx, org.system, { type: 'workflows.task-assigned.v1', documentId: shared, payload: assigned, audit: false })
      await outbox.append(tx, org.system, { type: 'workflows.task-decided.v1', documentId: shared, payload: { ...ofTask, byId: userId, verdict: 'approve' }, audit: false })
    }
    await outbox.append(tx, org.system, {
      type: 'workflows.stage-opened.v1', documentId: shared, payload: { runId: ofTask.runId, documentId: shared, stage: 'legal', round: 1, tasks: 2 }, audit: false,
    })
    await outbox.append(tx, org.system, { type: 'workflows.definition-archived.v1', payload: { flowId: newId() as FlowId }, audit: false })
    await outbox.append(tx, org.system, { type: 'notifications.part-told.v1', payload: { eventId: '1', after: org.guest.userId }, audit: false })
  })
  await append(other.owner, newId())
  const mark = newId()
  await append(org.owner, mark)
  await caughtUp(mark)
  const after = { xid: 0n, id: 0n }
  // A key of scopes that hold no document.
  const key: Actor = { ...org.viewer, kind: 'apiKey', permissions: new Set(['notifications:read', 'orgs:read']) }
  const reading: Actor = { ...org.viewer, kind: 'apiKey', permissions: new Set(['documents:read']) }
  for (const actor of [...roles.map((role) => org[role]), ...roles.map((role) => other[role]), key, reading]) {
    const replayed = await unit.runInTx(actor, (tx) => notificationsRepository.replay(tx, { actor, after, documentId: null, limit: 10_000 }),
      { readOnly: true })
    expect(replayed.map((event) => event.position)).toEqual(fed.filter((event) => mayHear(actor, event)).map((event) => event.position))
  }
  const heard = (actor: Actor) => fed.filter((event) => mayHear(actor, event)).length
  expect(Object.fromEntries(roles.map((role) => [role, heard(org[role])]))).toEqual({ owner: 18, admin: 18, editor: 16, viewer: 21, guest: 6 })
  expect(heard(key)).toBe(6)
  expect(Object.fromEntries(roles.map((role) => [role, heard(other[role])]))).toEqual({ owner: 1, admin: 1, editor: 1, viewer: 1, guest: 0 })
})

test('a reader who is cut off again and again while others write gets every event once and in order', async () => {
  const start = newId()
  await append(org.owner, start)
  await caughtUp(start)
  const from = fed.find((event) => event.payload['folderId'] === start)?.position
  const ids = Array.from({ length: 120 }, () => newId())
  const writing = (async () => {
    for (let at = 0; at < ids.length; at += 6) await Promise.all(ids.slice(at, at + 6).map((id) => append(org.editor, id)))
  })()
  const seen: LiveEvent[] = []
  let lastEventId = `${from?.xid}-${from?.id}`
  let connections = 0
  while (seen.length < ids.length) {
    connections += 1
    const until = Math.min(ids.length, seen.length + 1 + (connections * 7) % 23)
    for await (const item of await streamOf(org.viewer, { lastEventId })) {
      const event = opened(item)
      seen.push(event)
      lastEventId = event.id
      if (seen.length === until) break
    }
  }
  await writing
  expect(connections).toBeGreaterThan(4)
  expect(seen.map((event) => String(event.payload['folderId'])).toSorted()).toEqual(ids.toSorted())
  const positions = seen.map((event) => parsePosition(event.id))
  expect(positions.every((position, at) => {
    const before = positions[at - 1]
    return position !== null && (before === undefined || before === null || isAfter(position, before))
  })).toBe(true)
})

test('only the events of one document come when one is asked for, live and replayed', async () => {
  const add = () => unit.runInTx(org.owner, (tx) => addDocument(tx, org.org.id, [`org:${org.org.id}`]))
  const [mine, another] = [await add(), await add()]
  const trash = (documentId: DocumentId) =>
    unit.runInTx(org.owner, (tx) => outbox.append(tx, org.owner, { type: 'documents.trashed.v1', payload: { documentId }, documentId, audit: false }))
  await trash(another)
  await trash(mine)
  const stream = (await streamOf(org.viewer, { documentId: mine, lastEventId: '0-0' }))[Symbol.asyncIterator]()
  expect(opened((await stream.next()).value)).toMatchObject({ documentId: mine })
  const next = stream.next()
  await trash(another)
  await trash(mine)
  expect(opened((await next).value)).toMatchObject({ documentId: mine })
  await stream.return?.()
})

test('nobody signed in, and no member, gets a stream', async () => {
  await expect(streamOf(null, {})).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
  const person = { userId: org.viewer.userId, platformAdmin: false, requestId: 'r', source: noSource }
  await expect(streamOf(null, {}, { person, orgRequested: org.org.slug })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('an id that is none and an input with unknown keys are refused', async () => {
  const read = async () => { for await (const event of await streamOf(org.viewer, { lastEventId: 'x' })) expect(event).toBe('never') }
  await expect(read()).rejects.toMatchObject({ code: 'BAD_REQUEST', cause: { code: 'input.cursor' } })
  await expect(streamOf(org.viewer, JSON.parse('{"orgId":"x"}') as object))
    .rejects.toMatchObject({ code: 'BAD_REQUEST', cause: { code: 'input.invalid' } })
})
