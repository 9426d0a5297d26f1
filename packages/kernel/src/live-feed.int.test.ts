import type { DocumentId, FolderId } from '@intellidocs/contracts'
import { createTestOrg, testDatabase, type TestDatabase, type TestOrg } from '@intellidocs/testing'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { horizon, readFeed } from './live-feed-store.ts'
import {
  createCommitNotifier, createLiveFeed, createLog, createOutbox, createUnitOfWork, isAfter, newId, systemClock,
  type FeedEvent, type LiveFeed, type NewEvent, type UnitOfWork,
} from './index.ts'

const log = createLog({ level: 'silent', name: 'test' })
const outbox = createOutbox()
let db: TestDatabase
let org: TestOrg
let unit: UnitOfWork
let feed: LiveFeed | undefined
beforeAll(async () => {
  db = await testDatabase({ maxConnections: 20 })
  org = await createTestOrg(db.database)
  unit = createUnitOfWork({ database: db.database, clock: systemClock, onCommit: createCommitNotifier({ database: db.database, log }) })
})
afterAll(() => db.close())
afterEach(() => feed?.close())

/** Another database of the same server may hold the horizon back; then a feed may tell what was committed just before its start. */
const settled = () => vi.waitFor(async () => {
  const all = await unit.runAsSystem((tx) => readFeed(tx, { after: { xid: 0n, id: 0n }, limit: 10_000 }))
  expect(all.waiting).toBe(false)
}, { timeout: 20_000, interval: 20 })

async function follow() {
  await settled()
  feed = createLiveFeed({ database: db.database, log, pollMs: 100 })
  const seen: FeedEvent[] = []
  feed.subscribe((event) => seen.push(event))
  await feed.start()
  return seen
}

const folder = (folderId: string): NewEvent => ({ type: 'documents.folder-created.v1', payload: { folderId: folderId as FolderId }, audit: false })
const append = (folderId: string, before: () => Promise<void> = async () => undefined) => unit.runInTx(org.owner, async (tx) => {
  await outbox.append(tx, org.owner, folder(folderId))
  await before()
})
const names = (events: FeedEvent[]) => events.map((event) => String(event.payload['folderId']))
const until = (check: () => void) => vi.waitFor(check, { timeout: 20_000, interval: 10 })

test('events come live, each once, in the order of their positions', async () => {
  const seen = await follow()
  const ids = Array.from({ length: 100 }, () => newId())
  await Promise.all(ids.map((id) => append(id)))
  await until(() => expect(seen).toHaveLength(100))
  expect(names(seen).toSorted()).toEqual(ids.toSorted())
  expect(seen.every((event, at) => at === 0 || isAfter(event.position, seen[at - 1]?.position ?? event.position))).toBe(true)
  expect(seen[0]).toMatchObject({ orgId: org.org.id, type: 'documents.folder-created.v1', actorId: org.owner.userId, documentId: null,
    audience: null, readers: [] })
})

test('a transaction that began earlier and commits later is neither lost nor told too late', async () => {
  const seen = await follow()
  const start = await unit.runAsSystem(horizon)
  const [early, late, after] = [newId(), newId(), newId()]
  const [appended, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const first = append(early, async () => {
    appended.resolve()
    await mayCommit.promise
  })
  await appended.promise
  const second = append(late)
  // The embedded database runs one transaction at a time: there the second one waits, and only the order is left to check.
  const held = { events: [], waiting: true }
  const meanwhile = db.kind === 'native' ? await second.then(() => unit.runAsSystem((tx) => readFeed(tx, { after: start, limit: 10 }))) : held
  expect(meanwhile).toEqual(held)
  expect(seen).toEqual([])
  mayCommit.resolve()
  await Promise.all([first, second])
  await append(after)
  await until(() => expect(seen).toHaveLength(3))
  expect(names(seen)).toEqual([early, late, after])
})

test('a transaction that is rolled back holds nothing back and is not told', async () => {
  const seen = await follow()
  const kept = newId()
  await expect(append(newId(), () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  await append(kept)
  await until(() => expect(seen).toHaveLength(1))
  expect(names(seen)).toEqual([kept])
})

test('what was committed before the start is not told', async () => {
  await append(newId())
  const seen = await follow()
  const now = newId()
  await append(now)
  await until(() => expect(names(seen)).toEqual([now]))
})

test('more events than one read holds arrive whole', async () => {
  const seen = await follow()
  await unit.runInTx(org.owner, (tx) => tx.$executeRaw`
    insert into event (org_id, type, actor_id, payload)
    select ${org.org.id}::uuid, 'documents.folder-created.v1', ${org.owner.userId}::uuid, jsonb_build_object('folderId', n)
    from generate_series(1, 1203) n`)
  await until(() => expect(seen).toHaveLength(1203))
  expect(names(seen)).toEqual(Array.from({ length: 1203 }, (_, at) => String(at + 1)))
})

test('an event brings who may read its document now', async () => {
  const seen = await follow()
  const documentId = newId() as DocumentId
  const versionId = newId()
  await unit.runInTx(org.owner, async (tx) => {
    await tx.$executeRaw`insert into document (id, org_id, owner_id, name, current_version_id)
      values (${documentId}::uuid, ${org.org.id}::uuid, ${org.owner.userId}::uuid, 'x', ${versionId}::uuid)`
    await tx.$executeRaw`insert into document_version (id, org_id, document_id, number, file_name, sha256, size, created_by)
      values (${versionId}::uuid, ${org.org.id}::uuid, ${documentId}::uuid, 1, 'x', ${'0'.repeat(64)}, 1, ${org.owner.userId}::uuid)`
    await tx.$executeRaw`insert into document_reader (org_id, principal, created_at, document_id)
      select ${org.org.id}::uuid, principal, now(), ${documentId}::uuid from unnest(${['user:a', 'user:b']}::text[]) principal`
    await outbox.append(tx, org.owner, { type: 'documents.trashed.v1', payload: { documentId }, documentId, audit: false })
  })
  await until(() => expect(seen).toHaveLength(1))
  expect(seen[0]).toMatchObject({ documentId, audience: null })
  expect(seen[0]?.readers.toSorted()).toEqual(['user:a', 'user:b'])
})

test('a listener that throws, or leaves, takes nothing from the others', async () => {
  const seen = await follow()
  let left = 0
  feed?.subscribe(() => { throw new Error('rude') })
  const leave = feed?.subscribe(() => { left += 1; leave?.() })
  await append(newId())
  await append(newId())
  await until(() => expect(seen).toHaveLength(2))
  expect(left).toBe(1)
})

test('the feed goes on where it was after the database was away', async () => {
  let away = false
  let failures = 0
  const flaky: Parameters<typeof createLiveFeed>[0]['database'] = {
    listen: (channel, onNotify) => db.database.listen(channel, onNotify),
    run: (what, work) => {
      if (!away) return db.database.run(what, work)
      failures += 1
      return Promise.reject(new Error('away'))
    },
  }
  feed = createLiveFeed({ database: flaky, log, pollMs: 20 })
  const seen: FeedEvent[] = []
  feed.subscribe((event) => seen.push(event))
  await feed.start()
  away = true
  const missed = newId()
  await append(missed)
  await until(() => expect(failures).toBeGreaterThan(1))
  away = false
  await until(() => expect(names(seen)).toEqual([missed]))
})
