import type { DocumentId, FolderId } from '@intellidocs/contracts'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createOutbox, createUnitOfWork, newId, recordAudit, subscriber, systemClock, type NewEvent, type Tx } from './index.ts'

let db: TestDatabase
let org: TestOrg
beforeAll(async () => {
  db = await testDatabase()
  org = await createTestOrg(db.database)
})
afterAll(() => db.close())

const outbox = createOutbox()
const handle = async () => undefined
outbox.register([
  subscriber({ name: 'test.folders', events: ['documents.folder-created.v1', 'documents.folder-deleted.v1'], handle }),
  subscriber({ name: 'test.creations', events: ['documents.folder-created.v1'], handle }),
])

function work() {
  const commits: (string | null)[] = []
  const unit = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: ({ orgId }) => commits.push(orgId) })
  return { ...unit, commits }
}

const folderEvent = (type: 'documents.folder-created.v1' | 'documents.folder-deleted.v1', folderId = newId() as FolderId): NewEvent =>
  ({ type, payload: { folderId }, audit: { subjectType: 'folder', subjectId: folderId, data: { name: 'Q' } } })

const read = <T>(sql: (tx: Tx) => Promise<T>) => work().runInTx(org.owner, sql)
type EventRow = { id: bigint; type: string; payload: unknown; audience: string[] | null }
type AuditRow = { action: string; subject_id: string; actor_kind: string; data: unknown; request_id: string }
const events = () => read((tx) => tx.$queryRaw<EventRow[]>`select id, type, payload, audience from event order by id`)
const audits = () => read((tx) => tx.$queryRaw<AuditRow[]>`select action, subject_id, actor_kind, data, request_id from audit order by id`)
const deliveries = () => work().runAsSystem((tx) => tx.$queryRaw<{ subscriber: string }[]>`
  select subscriber from delivery where event_id = (select max(id) from event) order by subscriber`)

test('an event, a delivery for each of its subscribers, and the audit row are written together', async () => {
  const { runInTx, commits } = work()
  const event = folderEvent('documents.folder-created.v1')
  await runInTx(org.editor, (tx) => outbox.append(tx, org.editor, event))
  expect((await events()).at(-1)).toMatchObject({ type: event.type, payload: event.payload, audience: null })
  expect(await deliveries()).toEqual([{ subscriber: 'test.creations' }, { subscriber: 'test.folders' }])
  expect((await audits()).at(-1)).toMatchObject({
    action: event.type, subject_id: event.audit === false ? '' : event.audit.subjectId, actor_kind: 'user', data: { name: 'Q' },
    request_id: org.editor.requestId,
  })
  expect(commits).toEqual([org.org.id])
})

test('many of one type are written as each by itself would be, for its own audience, and wake the listeners once', async () => {
  const { runInTx, commits } = work()
  const before = [(await events()).length, (await audits()).length] as const
  const all = Array.from({ length: 300 }, (_, n) => ({
    type: 'documents.folder-created.v1' as const, payload: { folderId: newId() as FolderId }, audience: [`user:${n}`], audit: false as const,
  }))
  await runInTx(org.editor, (tx) => outbox.appendAll(tx, org.editor, all))
  const written = (await events()).slice(before[0])
  expect(written.map(({ type, payload, audience }) => ({ type, payload, audience, audit: false }))).toEqual(all)
  expect([await deliveries(), (await audits()).length, commits]).toEqual([[{ subscriber: 'test.creations' }, { subscriber: 'test.folders' }], before[1], [org.org.id]])
})

test('of many, each has the audit row that it asks for, in their order', async () => {
  const before = (await audits()).length
  const one = (n: number) => ({
    type: 'documents.folder-created.v1' as const, payload: { folderId: newId() as FolderId }, audit: n === 1 ? false as const : { subjectType: 'folder', subjectId: `f${n}`, data: { n } },
  })
  await work().runInTx(org.editor, (tx) => outbox.appendAll(tx, org.editor, [0, 1, 2].map(one)))
  expect((await audits()).slice(before)).toEqual([0, 2].map((n) => expect.objectContaining({
    action: 'documents.folder-created.v1', subject_id: `f${n}`, data: { n }, actor_kind: 'user', request_id: org.editor.requestId,
  })))
})

test('none is nothing, and one of another type or with a payload that does not fit undoes them all', async () => {
  const { runInTx, commits } = work()
  const before = await events()
  await runInTx(org.editor, (tx) => outbox.appendAll(tx, org.editor, []))
  const one = (type: 'documents.folder-created.v1' | 'documents.folder-deleted.v1', folderId = newId()) => ({ type, payload: { folderId: folderId as FolderId }, audit: false as const })
  await expect(runInTx(org.editor, (tx) => outbox.appendAll(tx, org.editor, [one('documents.folder-created.v1'), one('documents.folder-deleted.v1')]))).rejects.toThrow('several types')
  await expect(runInTx(org.editor, (tx) => outbox.appendAll(tx, org.editor, [one('documents.folder-created.v1'), one('documents.folder-created.v1', 'x')]))).rejects.toThrow('does not fit')
  expect([await events(), commits]).toEqual([before, []])
})

test('an event without audit and with an audience of its own writes no audit row', async () => {
  const before = (await audits()).length
  const documentId = newId() as DocumentId
  const event: NewEvent = { type: 'documents.trashed.v1', payload: { documentId }, documentId, audience: ['user:x', 'org:y'], audit: false }
  await work().runInTx(org.owner, (tx) => outbox.append(tx, org.owner, event))
  expect((await events()).at(-1)).toMatchObject({ audience: ['user:x', 'org:y'] })
  expect(await audits()).toHaveLength(before)
  expect(await deliveries()).toEqual([])
})

test('when the change is rolled back nothing of its event stays, and nobody is woken', async () => {
  const { runInTx, commits } = work()
  const before = await events()
  await expect(runInTx(org.owner, async (tx) => {
    await outbox.append(tx, org.owner, folderEvent('documents.folder-deleted.v1'))
    throw new Error('changed my mind')
  })).rejects.toThrow('changed my mind')
  expect(await events()).toEqual(before)
  expect(commits).toEqual([])
})

test('no event, and no row of the audit, is written where the commit does not wait for the disk', async () => {
  const { runInTx, commits } = work()
  const before = (await events()).length
  await expect(runInTx(org.editor, (tx) => outbox.append(tx, org.editor, folderEvent('documents.folder-created.v1')), { lazy: true })).rejects.toThrow('wait for the disk')
  const audited = (await audits()).length
  const seen = { action: 'search.query', subjectType: 'search', subjectId: null, data: {} } as const
  await expect(runInTx(org.editor, (tx) => recordAudit(tx, org.editor, seen), { lazy: true })).rejects.toThrow('wait for the disk')
  expect((await audits()).length).toBe(audited)
  expect([(await events()).length, commits]).toEqual([before, []])
})

test('a payload that does not fit its contract stops the change', async () => {
  const before = await events()
  const sneaked = JSON.stringify({ type: 'documents.folder-created.v1', payload: { folderId: newId(), secret: 1 }, audit: false })
  const event = JSON.parse(sneaked) as NewEvent
  await expect(work().runInTx(org.owner, (tx) => outbox.append(tx, org.owner, event))).rejects.toThrow(/documents\.folder-created\.v1: the payload/)
  expect(await events()).toEqual(before)
})

test('a transaction without events wakes nobody', async () => {
  const { runInTx, runAsSystem, commits } = work()
  await runInTx(org.owner, async () => 1, { readOnly: true })
  await runAsSystem(async () => 1)
  expect(commits).toEqual([])
})

test('an event cannot be written into another organization', async () => {
  const other = await createTestOrg(db.database, 'Other')
  const before = await events()
  await expect(work().runInTx(other.owner, (tx) => outbox.append(tx, org.owner, folderEvent('documents.folder-created.v1')))).rejects.toThrow()
  expect(await events()).toEqual(before)
})

test('an event and an audit row can be neither changed nor removed', async () => {
  const { runInTx } = work()
  const before = [await events(), await audits()]
  for (const change of [
    (tx: Tx) => tx.$executeRaw`update event set type = 'x'`, (tx: Tx) => tx.$executeRaw`delete from event`,
    (tx: Tx) => tx.$executeRaw`update audit set action = 'x'`, (tx: Tx) => tx.$executeRaw`delete from audit`,
  ]) await expect(runInTx(org.owner, change)).rejects.toThrow()
  expect([await events(), await audits()]).toEqual(before)
})

test('two subscribers of one name are refused at the start', () => {
  const twice = subscriber({ name: 'test.twice', events: ['orgs.created.v1'], handle })
  expect(() => createOutbox().register([twice, twice])).toThrow('test.twice')
})
