import type { DocumentId, FolderId, OrgId } from '@intellidocs/contracts'
import { createFolderReadersActivities, type FolderReadersRef } from '@intellidocs/domain/documents/temporal'
import { newId, type Actor } from '@intellidocs/kernel'
import { MockActivityEnvironment } from '@temporalio/testing'
import { DefaultLogger } from '@temporalio/worker'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openBranches, type Branches } from './branches.testkit.ts'
import { openTestHouse, until, type TestHouse } from './test-house.ts'

describe('the decisions of the run', () => {
  let branches: Branches
  beforeAll(async () => { branches = await openBranches() })
  afterAll(() => branches.close())
  beforeEach(() => { branches.reset() })
  const begin = async (): Promise<FolderReadersRef> => {
    const ref = { orgId: newId() as OrgId, folderId: newId() as FolderId, eventId: '7' }
    await branches.readers.rewrite(ref)
    return ref
  }

  test('it goes on where the step before came to, until there is no more', async () => {
    branches.fakeReaders.rewriteReaders = async (ref, after) => {
      branches.asked.push(`after ${after?.at ?? 'nothing'}`)
      return branches.asked.length < 3 ? { folderId: ref.folderId, at: String(branches.asked.length), documentId: newId() as DocumentId } : null
    }
    const ref = await begin()
    await branches.handleOf(ref).result()
    expect(branches.asked).toEqual(['after nothing', 'after 1', 'after 2'])
    await branches.record(ref, 'readers')
  })

  test('one change of the tree is one run, however often it is told', async () => {
    const ref = await begin()
    await branches.readers.rewrite(ref)
    await branches.handleOf(ref).result()
    await branches.readers.rewrite(ref)
    expect(branches.asked).toEqual(['readers after nothing'])
  })

  test('a very large folder goes on in a new run, from the place it came to', async () => {
    branches.fakeReaders.rewriteReaders = async (ref, after) => {
      const at = Number(after?.at ?? 0) + 1
      branches.asked.push(String(at))
      return at < 52 ? { folderId: ref.folderId, at: String(at), documentId: newId() as DocumentId } : null
    }
    const ref = await begin()
    const { runId } = await branches.handleOf(ref).describe()
    await branches.handleOf(ref).result()
    expect(branches.asked).toEqual(Array.from({ length: 52 }, (_, at) => String(at + 1)))
    await branches.record(ref, 'readers-long', runId)
    await branches.record(ref, 'readers-long-end')
  })
})

describe('the work itself', () => {
  let house: TestHouse
  let a: FolderId
  let b: FolderId
  const DOCUMENTS = 1_200
  beforeAll(async () => {
    house = await openTestHouse()
    a = (await house.documents.folders.create(house.owner, { name: 'a', parentId: null })).id
    b = (await house.documents.folders.create(house.owner, { name: 'b', parentId: null })).id
    await seed(a)
  })
  afterAll(() => house.close())

  async function seed(folderId: FolderId): Promise<void> {
    await house.database.run({ kind: 'tenant', orgId: house.org.id, userId: house.owner.userId }, (tx) => tx.$executeRaw`
      with fresh as materialized (select gen_random_uuid() id, gen_random_uuid() version_id, now() - n * interval '1 second' as at from generate_series(1, ${DOCUMENTS}::int) n),
      v as (insert into document_version (id, org_id, document_id, number, file_name, sha256, size, created_by)
        select version_id, ${house.org.id}::uuid, id, 1, 'x', repeat('a', 64), 1, ${house.owner.userId}::uuid from fresh),
      d as (insert into document (id, org_id, folder_id, owner_id, name, visibility, current_version_id, created_at)
        select id, ${house.org.id}::uuid, ${folderId}::uuid, ${house.owner.userId}::uuid, 'x', 'restricted', version_id, at from fresh)
      insert into document_reader (org_id, principal, created_at, document_id)
      select ${house.org.id}::uuid, p, at, id from fresh cross join unnest(array['user:' || ${house.owner.userId}, 'folder:' || ${folderId}]) p`)
  }
  const rowsOf = async (folderId: FolderId): Promise<number> => {
    const [row] = await house.database.run({ kind: 'tenant', orgId: house.org.id, userId: house.owner.userId }, (tx) => tx.$queryRaw<{ n: number }[]>`
      select count(*)::int as n from document_reader where principal = 'folder:' || ${folderId}::text`)
    return row?.n ?? -1
  }
  const seen = async (actor: Actor, folderId: FolderId): Promise<number> =>
    (await house.documents.list(actor, { limit: 200, lifecycle: 'active', folderId })).items.length
  const holding = (folderId: FolderId): Actor => ({ ...house.viewer, principals: [...house.viewer.principals, `folder:${folderId}`] })

  test('what is moved is hidden from those of the old place at once, and appears to those of the new one as the run goes on', async () => {
    const inner = await house.documents.folders.create(house.owner, { name: 'inner', parentId: a })
    await house.documents.folders.move(house.owner, { id: a, parentId: b })
    expect(inner.parentId).toBe(a)
    expect([await seen(holding(a), a), await seen(holding(b), a)]).toEqual([200, 0])
    const running = await house.work()
    try {
      await until(() => rowsOf(b), (rows) => rows === DOCUMENTS)
      expect(await seen(holding(b), a)).toBe(200)
      await house.documents.folders.move(house.owner, { id: a, parentId: null })
      expect(await seen(holding(b), a)).toBe(0)
      await until(() => rowsOf(b), (rows) => rows === 0)
    } finally {
      await running.stop()
    }
    expect(await rowsOf(a)).toBe(DOCUMENTS)
  })

  test('a worker that died in the middle is followed by one that goes on where it had come to', async () => {
    const { rewriteReaders } = createFolderReadersActivities(house.documents.deps)
    const ref: FolderReadersRef = { orgId: house.org.id, folderId: a, eventId: '1' }
    const places: unknown[] = []
    const dying = new MockActivityEnvironment(undefined, { logger: new DefaultLogger('ERROR') })
    dying.on('heartbeat', (place: unknown) => {
      places.push(place)
      dying.cancel()
    })
    await expect(dying.run(rewriteReaders, ref, null)).rejects.toThrow()
    expect(places.length).toBeGreaterThan(0)
    const next = new MockActivityEnvironment({ heartbeatDetails: places[0] }, { logger: new DefaultLogger('ERROR') })
    const later: unknown[] = []
    next.on('heartbeat', (place: unknown) => { later.push(place) })
    expect(await next.run(rewriteReaders, ref, null)).toBe(null)
    // 1,200 documents are three steps; the first was done.
    expect(later).toHaveLength(1)
  })
})
