import type { Actor } from '@intellidocs/kernel'
import { createTestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { purgeRunId } from '@intellidocs/domain/orgs/temporal'
import { everythingOf, tenantTables } from '../../../packages/db/src/isolation/tenant-rows.testkit.ts'
import { openTestHouse, until, type TestHouse } from './test-house.ts'

let house: TestHouse
let admin: pg.Client
let working: Awaited<ReturnType<TestHouse['work']>>
beforeAll(async () => {
  house = await openTestHouse()
  admin = new pg.Client({ connectionString: house.adminUrl })
  await admin.connect()
  working = await house.work()
})
afterAll(async () => {
  await working.stop()
  await admin.end()
  await house.close()
})

const handleOf = (orgId: string) => house.client.workflow.getHandle(purgeRunId({ orgId: orgId as Actor['orgId'] }))
const statusOf = async (orgId: string): Promise<string> => (await handleOf(orgId).describe().catch(() => null))?.status.name ?? 'none'
const context = (owner: Actor) => ({
  person: { userId: owner.userId, platformAdmin: false, requestId: owner.requestId, source: owner.source }, actor: null, orgRequested: owner.orgId, via: 'session' as const,
})

test('documents that were read and indexed leave nothing behind once the grace of their organization is over', async () => {
  const { owner, editor, org } = house
  const other = await createTestOrg(house.database, 'Other')
  const [mine, theirs] = [await house.upload('okoume plywood and larch', 'a.txt', editor), await house.upload('spars and rigging', 'b.txt', other.editor)]
  await until(() => house.documents.get(editor, { id: mine.id }), ({ state }) => state === 'ready')
  await until(() => house.documents.get(other.editor, { id: theirs.id }), ({ state }) => state === 'ready')
  for (const [by, { id }] of [[editor, mine], [other.editor, theirs]] as const) await house.documents.tags.add(by, { id, tags: ['plywood'] })
  const tables = await tenantTables(admin)
  const kept = ['document', 'document_version', 'document_reader', 'document_tag', 'page', 'passage', 'passage_keyword', 'passage_vector', 'membership', 'event', 'audit']
  const before = await everythingOf(admin, tables, other.org.id)

  await house.modules.orgs.remove(owner, { slug: org.slug })
  await until(() => statusOf(org.id), (status) => status === 'RUNNING')
  const whole = await everythingOf(admin, tables, org.id)
  for (const table of ['passage_keyword', 'document_tag']) expect(whole[table]).toHaveLength(1)
  // The grace ends now; the run, which set its timer by the former end, is told to look again by a new one.
  await admin.query(`update org set purge_at = now() where id = $1`, [org.id])
  await handleOf(org.id).cancel()
  await until(() => statusOf(org.id), (status) => status !== 'RUNNING')
  await house.purge.start({ orgId: org.id })
  expect(await handleOf(org.id).result()).toEqual({ kind: 'purged' })

  expect(Object.entries(await everythingOf(admin, tables, org.id)).filter(([, rows]) => rows.length > 0)).toEqual([])
  const blobs: string[] = []
  for await (const { orgId } of house.blobs.list()) blobs.push(orgId)
  expect(blobs).toEqual([other.org.id])
  expect((await admin.query('select from org where id = $1', [org.id])).rowCount).toBe(0)
  const after = await everythingOf(admin, tables, other.org.id)
  for (const table of kept) expect([table, after[table]]).toEqual([table, before[table]])
  const told = await admin.query<{ data: { before: { counts: Record<string, number> } } }>(`select data from audit where action = 'orgs.purged.v1'`)
  expect(told.rows.map(({ data }) => data.before.counts)).toMatchObject([{ document: 1, document_version: 1, document_tag: 1, page: 1, passage: 1, blobs: 1 }])
}, 120_000)

test('a deletion that is taken back ends the run that waits, and the organization is as it was', async () => {
  const { owner, org } = await createTestOrg(house.database, 'Kept')
  await house.modules.orgs.remove(owner, { slug: org.slug })
  await until(() => statusOf(org.id), (status) => status === 'RUNNING')
  await house.modules.orgs.undelete(context(owner))
  await until(() => statusOf(org.id), (status) => status !== 'RUNNING')
  expect((await admin.query('select status, purge_at from org where id = $1', [org.id])).rows).toEqual([{ status: 'active', purge_at: null }])
  expect((await admin.query('select from membership where org_id = $1', [org.id])).rowCount).toBe(5)
}, 60_000)
