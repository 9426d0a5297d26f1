import { Readable } from 'node:stream'
import { PLATFORM_ORG_ID } from '@intellidocs/contracts'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { everythingOf, seedEveryTable, tenantTables, type TenantTable } from '../../../../db/src/isolation/tenant-rows.testkit.ts'
import { failure, openOrgs, type Orgs } from './orgs.testkit.ts'

let house: Orgs
let tables: TenantTable[]
let a: TestOrg
let b: TestOrg
const beat = () => undefined
beforeAll(async () => {
  house = await openOrgs()
  tables = await tenantTables(house.admin)
})
afterAll(() => house.close())
beforeEach(async () => {
  ;[a, b] = [await house.org('A'), await house.org('B')]
  house.runs.length = 0
  house.mails.length = 0
})

const statusOf = async (org: TestOrg) => (await house.rows<{ status: string }>('select status from org where id = $1', [org.org.id]))[0]?.status ?? null
const makeDue = (org: TestOrg) => house.rows(`update org set status = 'deleting', purge_at = now() - interval '1 second' where id = $1`, [org.org.id])
const put = (org: TestOrg, text: string) => house.blobs.put(org.org.id, Readable.from([Buffer.from(text)]), { maxBytes: 1e6 })
const blobsOf = async (org: TestOrg): Promise<number> => {
  let count = 0
  for await (const _blob of house.blobs.list(org.org.id)) count++
  return count
}
/** As the workflow goes through it. */
async function purge(org: TestOrg): Promise<void> {
  const ref = { orgId: org.org.id }
  await house.orgs.purge.count(ref, beat)
  do {
    while (!(await house.orgs.purge.deleteRows(ref, beat)).done) { /* the next portion */ }
    while (!(await house.orgs.purge.deleteBlobs(ref, beat)).done) { /* the next portion */ }
  } while (!(await house.orgs.purge.finish(ref)).done)
}

test('nothing is left of a purged organization in any table or in the store, and another one is what it was to the byte', async () => {
  for (const org of [a, b]) {
    await seedEveryTable(house.admin, tables, org.org.id)
    for (const text of ['one', 'two']) await put(org, text)
  }
  const before = await everythingOf(house.admin, tables, b.org.id)
  expect(Object.entries(await everythingOf(house.admin, tables, a.org.id)).filter(([, rows]) => rows.length === 0)).toEqual([])
  await makeDue(a)
  await purge(a)
  expect(Object.entries(await everythingOf(house.admin, tables, a.org.id)).filter(([, rows]) => rows.length > 0)).toEqual([])
  expect([await statusOf(a), await blobsOf(a)]).toEqual([null, 0])
  expect(await everythingOf(house.admin, tables, b.org.id)).toEqual(before)
  expect([await statusOf(b), await blobsOf(b)]).toEqual(['active', 2])
})

test('the audit of the installation keeps one row, with how much there was of each kind, however often the end is repeated', async () => {
  await put(a, 'one')
  await makeDue(a)
  await purge(a)
  await house.orgs.purge.finish({ orgId: a.org.id })
  const told = await house.rows<{ data: unknown }>(`select data from audit where org_id = $1 and action = 'orgs.purged.v1' and subject_id = $2`, [PLATFORM_ORG_ID, a.org.id])
  expect(told).toEqual([{ data: { before: { counts: { membership: 5, blobs: 1 } }, after: null } }])
})

test('rows in a ring, in a tree and in thousands go in portions', async () => {
  const orgId = a.org.id
  await house.rows(`with recursive t as (select 1 as n, gen_random_uuid() as id, null::uuid as parent union all select n + 1, gen_random_uuid(), id from t where n < 30)
    insert into folder (id, org_id, parent_id, name, created_by) select id, $1, parent, 'f', $2 from t`, [orgId, a.owner.userId])
  await house.rows('begin')
  await house.rows(`create temp table made as select gen_random_uuid() as d, gen_random_uuid() as v from generate_series(1, 1500)`)
  await house.rows(`insert into document (id, org_id, owner_id, name, current_version_id) select d, $1, $2, 'd', v from made`, [orgId, a.owner.userId])
  await house.rows(`insert into document_version (id, org_id, document_id, number, file_name, sha256, size, created_by)
    select v, $1, d, 1, 'f', repeat('a', 64), 1, $2 from made`, [orgId, a.owner.userId])
  await house.rows('commit')
  await makeDue(a)
  await purge(a)
  expect(Object.entries(await everythingOf(house.admin, tables, orgId)).filter(([, rows]) => rows.length > 0)).toEqual([])
})

test('nothing can be purged of an organization that is open, or whose time has not come', async () => {
  await seedEveryTable(house.admin, tables, a.org.id)
  await put(a, 'kept')
  const before = await everythingOf(house.admin, tables, a.org.id)
  const ref = { orgId: a.org.id }
  for (const state of [`status = 'active', purge_at = null`, `status = 'deleting', purge_at = now() + interval '1 hour'`]) {
    await house.rows(`update org set ${state} where id = $1`, [a.org.id])
    await expect(house.orgs.purge.deleteRows(ref, beat)).rejects.toThrow(/not due/)
    await expect(house.orgs.purge.deleteBlobs(ref, beat)).rejects.toThrow(/not due/)
    expect(await blobsOf(a)).toBe(1)
    // Past the service: what the database itself lets the product do.
    const direct = await house.unitOfWork.runInTx(a.system, (tx) => tx.$queryRaw<{ n: number }[]>`select app.purge_rows('audit', 1000) as n`)
    expect(direct).toEqual([{ n: 0 }])
    await expect(house.unitOfWork.runAsIdentity((tx) => tx.$executeRaw`delete from org where id = ${a.org.id}::uuid`)).resolves.toBe(0)
    expect(await everythingOf(house.admin, tables, a.org.id)).toEqual(before)
  }
})

test('the product itself brings no end nearer than an hour, and touches none that has come', async () => {
  await seedEveryTable(house.admin, tables, a.org.id)
  const before = await everythingOf(house.admin, tables, a.org.id)
  const change = (set: string) => house.unitOfWork.runInTx(a.system, (tx) => tx.$executeRawUnsafe(`update org set ${set} where id = '${a.org.id}'`))
  for (const at of [`now() - interval '1 second'`, 'now()', `now() + interval '50 minutes'`]) {
    await expect(change(`status = 'deleting', purge_at = ${at}`)).rejects.toThrow(/no sooner than in an hour/)
  }
  await expect(change(`id = gen_random_uuid()`)).rejects.toThrow(/permission denied/)
  await expect(change(`created_at = now()`)).rejects.toThrow(/permission denied/)
  expect([await statusOf(a), await everythingOf(house.admin, tables, a.org.id)]).toEqual(['active', before])
  expect(await change(`status = 'deleting', purge_at = now() + interval '2 hours'`)).toBe(1)
  await expect(change(`purge_at = now()`)).rejects.toThrow(/no sooner than in an hour/)
  await makeDue(a)
  for (const set of [`status = 'active', purge_at = null`, `purge_at = now() + interval '2 hours'`]) await expect(change(set)).rejects.toThrow(/being purged/)
  expect(await statusOf(a)).toBe('deleting')
})

test('a purge that is due for one organization deletes nothing of another', async () => {
  await seedEveryTable(house.admin, tables, b.org.id)
  await makeDue(a)
  const before = await everythingOf(house.admin, tables, b.org.id)
  for (const { name } of tables) {
    const direct = await house.unitOfWork.runInTx(b.system, (tx) => tx.$queryRaw<{ n: number }[]>`select app.purge_rows(${name}, 1000) as n`)
    expect([name, direct]).toEqual([name, [{ n: 0 }]])
  }
  await expect(house.unitOfWork.runInTx(a.system, (tx) => tx.$queryRaw`select app.purge_rows('user_account', 1)`)).rejects.toThrow(/no tenant table/)
  expect(await everythingOf(house.admin, tables, b.org.id)).toEqual(before)
})

test('while a backup holds the stored bytes none of them goes', async () => {
  await put(a, 'held')
  await makeDue(a)
  await house.rows(`insert into blob_hold (id, until) values (gen_random_uuid(), now() + interval '1 hour')`)
  expect(await house.orgs.purge.deleteBlobs({ orgId: a.org.id }, beat)).toEqual({ done: false, held: true })
  expect(await blobsOf(a)).toBe(1)
  await house.rows('delete from blob_hold')
  expect(await house.orgs.purge.deleteBlobs({ orgId: a.org.id }, beat)).toEqual({ done: true, held: false })
  expect(await blobsOf(a)).toBe(0)
})

test('a deletion is confirmed by the short name, by an owner in person, and closes the organization', async () => {
  const refused = async (work: () => Promise<unknown>, code: string) => {
    await expect(work()).rejects.toMatchObject(failure(code))
    expect([await statusOf(a), await house.events(a.org.id), house.mails]).toEqual(['active', [], []])
  }
  await refused(() => house.as(a.owner).delete({ slug: b.org.slug }), 'org.confirm')
  await refused(() => house.as(a.admin).delete({ slug: a.org.slug }), 'auth.forbidden')
  await refused(() => house.as({ ...a.owner, kind: 'apiKey' }).delete({ slug: a.org.slug }), 'auth.forbidden')
  const { purgeAt } = await house.as(a.owner).delete({ slug: a.org.slug })
  expect((Date.parse(purgeAt ?? '') - Date.now()) / 86_400_000).toBeCloseTo(30, 1)
  expect(await house.events(a.org.id)).toEqual([{ type: 'orgs.deleted.v1', payload: { purgeAt } }])
  expect(house.mails).toMatchObject([{ template: 'org-deletion-scheduled', data: { orgName: 'A', at: purgeAt } }])
  expect((await house.asPerson(a.owner.userId).list({})).items).toMatchObject([{ id: a.org.id, purgeAt }])
  expect((await house.asPerson(a.admin.userId).list({})).items).toEqual([])
})

test('only its owners open a deleted organization again, and nobody once its time has come', async () => {
  await house.as(a.owner).delete({ slug: a.org.slug })
  for (const [caller, code] of [
    [house.asPerson(a.admin.userId, a.org.id), 'org.not_found'], [house.asPerson(b.owner.userId, a.org.id), 'org.not_found'],
    [house.asPerson(a.owner.userId), 'org.required'], [house.as({ ...a.owner, kind: 'apiKey' }), 'auth.forbidden'],
    [house.asPerson(b.owner.userId, b.org.id), 'org.not_found'],
  ] as const) await expect(caller.undelete()).rejects.toMatchObject(failure(code))
  expect(await statusOf(a)).toBe('deleting')
  expect(await house.asPerson(a.owner.userId, a.org.slug).undelete()).toMatchObject({ id: a.org.id, purgeAt: null })
  expect(await statusOf(a)).toBe('active')
  await makeDue(a)
  await expect(house.asPerson(a.owner.userId, a.org.id).undelete()).rejects.toMatchObject(failure('org.not_found'))
  expect(await statusOf(a)).toBe('deleting')
})

test('the run follows what the organization is now, whichever event is delivered, and however often', async () => {
  const [subscriber] = house.orgs.subscribers
  const deliver = (type: 'orgs.deleted.v1' | 'orgs.undeleted.v1') => subscriber?.handle({
    id: 1n, orgId: a.org.id, actorId: a.owner.userId, at: new Date(), type, payload: {} } as never, new AbortController().signal)
  await house.as(a.owner).delete({ slug: a.org.slug })
  for (const type of ['orgs.deleted.v1', 'orgs.deleted.v1', 'orgs.undeleted.v1'] as const) await deliver(type)
  expect(house.runs.map(([kind]) => kind)).toEqual(['start', 'start', 'start'])
  await house.asPerson(a.owner.userId, a.org.id).undelete()
  for (const type of ['orgs.undeleted.v1', 'orgs.deleted.v1'] as const) await deliver(type)
  expect(house.runs.map(([kind]) => kind).slice(3)).toEqual(['cancel', 'cancel'])
})

test('runs that a lost Temporal forgot are started again', async () => {
  await house.as(a.owner).delete({ slug: a.org.slug })
  const started: string[] = []
  await house.orgs.purge.reconcile({
    start: ({ orgId }) => { started.push(orgId); return Promise.resolve() }, cancel: () => Promise.reject(new Error('not asked for')),
  }, new AbortController().signal)
  expect(started).toContain(a.org.id)
  expect(started).not.toContain(b.org.id)
})

test('name and short name are changed with what they were before, and a taken short name is refused', async () => {
  expect(await house.as(a.admin).update({ name: 'New name' })).toMatchObject({ name: 'New name', slug: a.org.slug })
  expect((await house.audit(a.org.id)).at(-1)?.data).toEqual({ before: { name: 'A' }, after: { name: 'New name' } })
  await expect(house.as(a.admin).update({ slug: b.org.slug })).rejects.toMatchObject(failure('org.slug_taken'))
  await expect(house.as(a.editor).update({ name: 'Mine' })).rejects.toMatchObject(failure('auth.forbidden'))
  expect(await house.rows('select name, slug from org where id = $1', [a.org.id])).toEqual([{ name: 'New name', slug: a.org.slug }])
  expect(await house.events(a.org.id)).toHaveLength(1)
})
