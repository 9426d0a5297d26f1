import { newId, userPrincipal } from '@intellidocs/kernel'
import type { DocumentId, UserId } from '@intellidocs/contracts'
import type { TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let admin: pg.Client
let a: TestOrg
beforeAll(async () => {
  house = await openTestModule()
  admin = new pg.Client({ connectionString: house.db.adminUrl })
  await admin.connect()
})
afterAll(async () => {
  await admin.end()
  await house.close()
})
beforeEach(async () => { a = await house.org() })

/** As the membership ends with the account, before anybody hears of it. */
const left = (userId: UserId) => admin.query('delete from membership where org_id = $1 and user_id = $2', [a.org.id, userId])
const heard = (userId: UserId, orgs: readonly string[]) => house.deliver(a.system, 'documents.hand-over', { type: 'users.deleted.v1', payload: { userId, orgs } })
async function ended(userId: UserId, orgs: readonly string[] = [a.org.id]): Promise<void> {
  await left(userId)
  await heard(userId, orgs)
}
const readers = (documentId: DocumentId) => house.deps.runInTx(a.system, async (tx) =>
  (await tx.documentReader.findMany({ where: { documentId }, select: { principal: true } })).map(({ principal }) => principal))
const owner = async (id: DocumentId) => (await house.deps.runInTx(a.system, (tx) => tx.document.findFirstOrThrow({ where: { id }, select: { ownerId: true } }))).ownerId
const handedOver = async () => (await house.events(a.system)).filter(({ type }) => type === 'documents.handed-over.v1').map(({ payload }) => payload)

async function restricted(): Promise<DocumentId> {
  const { document } = await house.upload(a.editor, newId())
  await house.update(a.editor, { id: document.id, visibility: 'restricted' })
  return document.id
}

test('what an ended account owned, restricted documents too, goes to the first owner, who reads it; it says nothing of the former owner any more', async () => {
  const [shared, hidden] = [(await house.upload(a.editor, newId())).document.id, await restricted()]
  const others = (await house.upload(a.admin, newId())).document.id
  await ended(a.editor.userId)
  expect([await owner(shared), await owner(hidden), await owner(others)]).toEqual([a.owner.userId, a.owner.userId, a.admin.userId])
  expect(await readers(hidden)).toEqual([userPrincipal(a.owner.userId)])
  expect(await readers(shared)).not.toContain(userPrincipal(a.editor.userId))
  expect((await house.get(a.owner, { id: hidden })).id).toBe(hidden)
  await expect(house.get(a.admin, { id: hidden })).rejects.toMatchObject({ code: 'document.not_found' })
  expect(await handedOver()).toEqual([{ from: a.editor.userId, to: a.owner.userId, documents: 2 }])
})

test('delivered again it does nothing more, and an organization that is no more stops nothing', async () => {
  const id = await restricted()
  await ended(a.editor.userId, [newId(), a.org.id])
  const before = await house.events(a.system)
  await ended(a.editor.userId, [newId(), a.org.id])
  expect(await owner(id)).toBe(a.owner.userId)
  expect(await house.events(a.system)).toEqual(before)
})

test('more than one batch goes, each with its event', async () => {
  const { document } = await house.upload(a.editor, newId())
  await house.deps.runInTx(a.system, (tx) => tx.$executeRaw`
    insert into document (id, org_id, owner_id, name, current_version_id)
    select gen_random_uuid(), org_id, owner_id, 'copy', current_version_id from document, generate_series(1, 700) where id = ${document.id}::uuid`)
  await ended(a.editor.userId)
  expect(await handedOver()).toMatchObject([{ documents: 500 }, { documents: 201 }])
  expect(await house.deps.runInTx(a.system, (tx) => tx.document.count({ where: { ownerId: a.editor.userId } }))).toBe(0)
})

test('what a removed member owned goes the same way', async () => {
  const hidden = await restricted()
  await left(a.editor.userId)
  await house.deliver(a.system, 'documents.forget-principals', { type: 'orgs.member-removed.v1', payload: { userId: a.editor.userId } })
  expect(await owner(hidden)).toBe(a.owner.userId)
  expect(await readers(hidden)).toEqual([userPrincipal(a.owner.userId)])
})

test('who is a member again by then keeps what is theirs and what they were granted, and so does a first owner', async () => {
  const [hidden, others] = [await restricted(), (await house.upload(a.admin, newId())).document.id]
  await house.grants.set(a.admin, { documentId: others, principal: { user: a.editor.userId }, level: 'manage' })
  const before = await house.events(a.system)
  await heard(a.editor.userId, [a.org.id])
  await heard(a.owner.userId, [a.org.id])
  expect([await owner(hidden), await house.events(a.system)]).toEqual([a.editor.userId, before])
  expect(await readers(others)).toContain(userPrincipal(a.editor.userId))
})

test('more grants than one batch go, each with its event', async () => {
  const { document } = await house.upload(a.admin, newId())
  await house.deps.runInTx(a.system, (tx) => tx.$executeRaw`
    with copies as (
      insert into document (id, org_id, owner_id, name, current_version_id)
      select gen_random_uuid(), org_id, owner_id, 'copy', current_version_id from document, generate_series(1, 501) where id = ${document.id}::uuid returning id, org_id
    ) insert into access_grant (id, org_id, document_id, principal, level, granted_by)
      select gen_random_uuid(), org_id, id, ${userPrincipal(a.editor.userId)}, 'view', ${a.admin.userId}::uuid from copies`)
  await ended(a.editor.userId)
  expect((await house.events(a.system)).filter(({ type }) => type === 'documents.grant-removed.v1')).toHaveLength(501)
  expect(await house.deps.runInTx(a.system, (tx) => tx.accessGrant.count())).toBe(0)
})
