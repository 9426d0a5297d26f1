import { newId, userPrincipal } from '@intellidocs/kernel'
import type { DocumentId, UserId } from '@intellidocs/contracts'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openTestModule, type TestModule } from './test-module.ts'

let house: TestModule
let a: TestOrg
beforeAll(async () => { house = await openTestModule() })
afterAll(() => house.close())
beforeEach(async () => { a = await house.org() })

const ended = (userId: UserId, orgs: readonly string[] = [a.org.id]) => house.deliver(a.system, 'documents.hand-over', { type: 'users.deleted.v1', payload: { userId, orgs } })
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
  await house.deliver(a.system, 'documents.forget-principals', { type: 'orgs.member-removed.v1', payload: { userId: a.editor.userId } })
  expect(await owner(hidden)).toBe(a.owner.userId)
  expect(await readers(hidden)).toEqual([userPrincipal(a.owner.userId)])
})
