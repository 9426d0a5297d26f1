import { newId } from '@intellidocs/kernel'
import { everythingOf, seedEveryTable, tenantTables, type TenantTable } from '../../../../db/src/isolation/tenant-rows.testkit.ts'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRetention, type RetentionHouse } from './retention.testkit.ts'

/** What a hold keeps beyond single documents, and what the database keeps by itself, whoever asks it. */
let house: RetentionHouse
let tables: TenantTable[]
let a: TestOrg
beforeAll(async () => {
  house = await openRetention()
  tables = await tenantTables(house.admin)
})
afterAll(() => house.close())
beforeEach(async () => { a = await house.org() })

const release = (id: string) => house.retention.holds.release(a.owner, { id: id as never, reason: 'over' })
const makeDue = () => house.rows(`update org set status = 'deleting', purge_at = now() - interval '1 second' where id = $1`, [a.org.id])
const all = () => everythingOf(house.admin, tables, a.org.id)
const inOrg = (sql: string) => house.unit.runInTx(a.owner, (tx) => tx.$executeRawUnsafe(sql))

describe('an organization with a hold', () => {
  test('is not deleted, by whoever may, and is after the release', async () => {
    const hold = await house.place(a.owner, { tag: 'nothing carries it' })
    const before = await all()
    await expect(house.modules.orgs.remove(a.owner, { slug: a.org.slug })).rejects.toMatchObject({ code: 'retention.held', details: { holdId: hold.id } })
    expect(await all()).toEqual(before)
    await release(hold.id)
    expect((await house.modules.orgs.remove(a.owner, { slug: a.org.slug })).purgeAt).not.toBeNull()
    await expect(house.place(a.owner, { all: true })).rejects.toMatchObject({ code: 'org.not_found' })
  })

  test('loses nothing to a purge whose time has come all the same, by its steps or past them, and all of it after the release', async () => {
    const hold = await house.place(a.owner, { tag: 'nothing carries it' })
    await seedEveryTable(house.admin, tables, a.org.id)
    await house.upload(a.owner)
    await makeDue()
    const before = await all()
    const ref = { orgId: a.org.id }
    const { purge } = house.modules.orgs
    const beat = () => undefined
    expect(await purge.state(ref)).toEqual({ kind: 'waiting', ms: 3_600_000 })
    await expect(purge.deleteRows(ref, beat)).rejects.toMatchObject({ code: 'retention.held' })
    await expect(purge.deleteBlobs(ref, beat)).rejects.toMatchObject({ code: 'retention.held' })
    for (const { name } of tables) {
      expect([name, await house.unit.runInTx(a.system, (tx) => tx.$queryRaw<{ n: number }[]>`select app.purge_rows(${name}, 1000) as n`)]).toEqual([name, [{ n: 0 }]])
    }
    expect(await house.unit.runAsIdentity((tx) => tx.$executeRaw`delete from org where id = ${a.org.id}::uuid`)).toBe(0)
    expect(await all()).toEqual(before)
    for await (const { sha256 } of house.blobs.list(a.org.id)) expect(await house.blobs.stat(a.org.id, sha256)).not.toBeNull()

    await house.rows(`update retention_hold set released_at = now(), released_by = placed_by, release_reason = 'over' where id = $1`, [hold.id])
    expect(await purge.state(ref)).toEqual({ kind: 'due' })
    while (!(await purge.deleteRows(ref, beat)).done) { /* the next portion */ }
    expect(Object.entries(await all()).filter(([, left]) => left.length > 0)).toEqual([])
  })
})

describe('the database itself refuses to delete', () => {
  type Act = (sql: string) => Promise<unknown>
  const asOwnerOfTables: Act = (sql) => house.admin.query(sql)
  const roles: Record<string, Act> = { 'the role of the product': inOrg, 'the owner of the tables': asOwnerOfTables }

  test.each(Object.entries(roles))('a held document, its versions, its folder and the hold, to %s', async (_who, act) => {
    const folderId = await house.folder(a.owner)
    const id = await house.upload(a.owner, { folderId })
    const hold = await house.place(a.owner, { folderId })
    const before = await all()
    const deletions = [
      `delete from document where id = '${id}'`, `delete from document_version where document_id = '${id}'`, `delete from folder where id = '${folderId}'`,
      `delete from retention_hold where id = '${hold.id}'`,
    ]
    for (const sql of deletions) await expect(act(sql), sql).rejects.toThrow(/the hold .* stands|permission denied/)
    expect(await all()).toEqual(before)
    await release(hold.id)
    await act(`delete from document where id = '${id}'`)
    expect(await house.isThere(id)).toBe(false)
  })

  test('takes nothing off a hold, and lets nobody change what it is on', async () => {
    const hold = await house.place(a.owner, { documents: [await house.upload(a.owner)] })
    for (const sql of ['delete from retention_held', `update retention_hold set kind = 'tag', tag = 'x'`, `update retention_hold set placed_at = now() where id = '${hold.id}'`]) {
      await expect(inOrg(sql), sql).rejects.toThrow(/permission denied/)
    }
  })
})

test('an account is not ended while a hold is on all that is theirs, and nobody is told which', async () => {
  const ends = (userId = a.editor.userId) => house.unit.runAsIdentity((tx) => house.retention.gate.account(tx, { userId, orgs: [a.org.id] }))
  const hold = await house.place(a.owner, { ownerId: a.editor.userId })
  await expect(ends()).rejects.toMatchObject({ code: 'retention.held', details: undefined })
  await ends(a.viewer.userId)
  await house.unit.runAsIdentity((tx) => house.retention.gate.account(tx, { userId: a.editor.userId, orgs: [newId() as never] }))
  await release(hold.id)
  await ends()
})
