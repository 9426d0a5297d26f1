import { signedBy } from '@intellidocs/audit'
import { retentionContract as contract, type DocumentId, type RetentionRule } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SweepPlace } from './retention.types.ts'
import { openRetention, type RetentionHouse } from './retention.testkit.ts'

/** Rules, what they keep, and what the sweeper deletes. */
let house: RetentionHouse
let a: TestOrg
beforeAll(async () => { house = await openRetention() })
afterAll(() => house.close())
beforeEach(async () => {
  house.present()
  a = await house.org()
})

const DAY = 86_400_000
const beat = () => undefined
type Setting = Parameters<RetentionHouse['retention']['rules']['set']>[1]
const set = (more: Partial<Setting>, by: Actor = a.owner): Promise<RetentionRule> =>
  house.retention.rules.set(by, { name: 'ten years', on: { all: true }, since: 'created', keepDays: null, deleteDays: null, needsRelease: false, ...more })
/** As the workflow goes through it. */
async function sweep(): Promise<void> {
  for (let place: SweepPlace | null = await house.retention.sweep(null, beat); place !== null;) place = await house.retention.sweep(place, beat)
}
const tombstones = async () => (await house.retention.tombstones.list(a.owner, { limit: 50 })).items
const purge = (actor: Actor, id: DocumentId) => house.documents.purge(actor, { id })
const typesOf = async () => (await house.events(a.owner)).map(({ type }) => type)

test('an early purge is refused with the rule and the day, unnamed to who may not know, and is done after it', async () => {
  const rule = await set({ keepDays: 30 })
  const id = await house.trashed(a.editor, await house.upload(a.editor))
  const before = await house.events(a.owner)
  const refused: unknown = await purge(a.owner, id).catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'retention.kept', details: { ruleId: rule.id, name: 'ten years', until: expect.stringMatching(/^\d{4}-/) } })
  await expect(purge(a.editor, id)).rejects.toMatchObject({ code: 'retention.kept', details: undefined })
  expect([await house.isThere(id), await house.events(a.owner)]).toEqual([true, before])
  house.advance(31 * DAY)
  await purge(a.editor, id)
  expect(await house.isThere(id)).toBe(false)
})

test('what is due goes once, with a signed tombstone that tells of its bytes, the rule and the times; nothing else goes', async () => {
  const rule = await set({ on: { tag: 'tax' }, deleteDays: 30 })
  const [due, other] = [await house.upload(a.owner, { tags: ['tax'] }), await house.upload(a.owner)]
  const { sha256, size, createdAt } = await house.documents.get(a.owner, { id: due })
  await sweep()
  expect([await house.isThere(due), await tombstones()]).toEqual([true, []])
  house.advance(31 * DAY)
  await Promise.all([sweep(), sweep()])
  await sweep()
  expect([await house.isThere(due), await house.isThere(other)]).toEqual([false, true])
  expect((await typesOf()).filter((type) => type === 'documents.purged.v1' || type === 'retention.tombstone-left.v1')).toEqual(['documents.purged.v1', 'retention.tombstone-left.v1'])
  const left = await tombstones()
  expect(left).toHaveLength(1)
  const [stone] = left
  if (stone === undefined) throw new Error('no tombstone')
  expect(contract.tombstone.parse(stone)).toMatchObject({ documentId: due, rule: { id: rule.id, name: 'ten years' }, valid: true })
  const text = contract.tombstoneText.parse(JSON.parse(stone.text))
  expect(text).toMatchObject({ org: a.org.id, document: due, createdAt, trashedAt: null, deletedAt: stone.deletedAt, releases: [], versions: [{ number: 1, sha256, size }] })
  const keys = house.retention.tombstones.keys().keys.map(({ publicKey }) => publicKey)
  expect(signedBy(keys, { ...stone, text: stone.text })).toBe(true)
  expect(signedBy(keys, { ...stone, text: stone.text.replace(sha256, 'f'.repeat(64)) })).toBe(false)
  expect((await house.retention.tombstones.list(a.owner, { limit: 1, documentId: other })).items).toEqual([])
})

test('a tombstone that was changed in the database is shown as not valid; the product can change none', async () => {
  await set({ deleteDays: 1 })
  await house.upload(a.owner)
  house.advance(2 * DAY)
  await sweep()
  for (const sql of [`update retention_tombstone set body = '{}'`, 'delete from retention_tombstone']) {
    await expect(house.unit.runInTx(a.owner, (tx) => tx.$executeRawUnsafe(sql))).rejects.toThrow(/permission denied|append-only/)
  }
  await house.rows('begin')
  await house.rows('set local session_replication_role = replica')
  await house.rows(`update retention_tombstone set body = '{}' where org_id = $1`, [a.org.id])
  await house.rows('commit')
  expect(await tombstones()).toMatchObject([{ valid: false, rule: null, text: '{}' }])
})

test('a genuine tombstone that was put beside another document, or into another organization, is shown as not valid', async () => {
  const b = await house.org()
  const rule = await set({ deleteDays: 1 })
  await house.upload(a.owner)
  house.advance(2 * DAY)
  await sweep()
  const [stone] = await tombstones()
  expect(stone).toMatchObject({ valid: true, rule: { id: rule.id } })
  const copied = (org: TestOrg, document: string) => house.rows(`insert into retention_tombstone (id, org_id, document_id, body, key_id, signature, at)
    select gen_random_uuid(), $1, $2, body, key_id, signature, at from retention_tombstone where id = $3`, [org.org.id, document, stone?.id])
  await copied(a, newId())
  await copied(b, stone?.documentId ?? '')
  expect(new Map((await tombstones()).map(({ valid, documentId }) => [documentId === stone?.documentId, valid]))).toEqual(new Map([[true, true], [false, false]]))
  expect((await house.retention.tombstones.list(b.owner, { limit: 5 })).items).toMatchObject([{ valid: false, rule: null, documentId: stone?.documentId }])
})

test('the trash is emptied after its own time, and keeps what a rule keeps', async () => {
  await house.retention.rules.setTrash(a.owner, { days: 30 })
  await set({ on: { tag: 'tax' }, keepDays: 3_650 })
  const [gone, kept, active] = [await house.trashed(a.owner, await house.upload(a.owner)), await house.trashed(a.owner, await house.upload(a.owner, { tags: ['tax'] })), await house.upload(a.owner)]
  house.advance(29 * DAY)
  await sweep()
  expect(await house.isThere(gone)).toBe(true)
  house.advance(2 * DAY)
  await sweep()
  expect([await house.isThere(gone), await house.isThere(kept), await house.isThere(active)]).toEqual([false, true, true])
  expect(await tombstones()).toMatchObject([{ documentId: gone, rule: null, valid: true }])
  expect(await house.retention.rules.trash(a.owner)).toEqual({ days: 30 })
})

test('what is held does not go, and keeps no other one from going', async () => {
  await set({ deleteDays: 1 })
  const [held, free] = [await house.upload(a.owner), await house.upload(a.owner)]
  const hold = await house.place(a.owner, { documents: [held] })
  house.advance(2 * DAY)
  await sweep()
  expect([await house.isThere(held), await house.isThere(free), (await tombstones()).length]).toEqual([true, false, 1])
  await house.retention.holds.release(a.owner, { id: hold.id, reason: 'over' })
  await sweep()
  expect([await house.isThere(held), (await tombstones()).length]).toEqual([false, 2])
})

test('where the rule asks for it, what is due waits for a release by a person, which the tombstone names', async () => {
  const rule = await set({ deleteDays: 1, needsRelease: true })
  const id = await house.upload(a.owner)
  await house.documents.update(a.owner, { id, visibility: 'restricted' })
  const list = async (by: Actor) => (await house.retention.releases.list(by, { limit: 10 })).items
  const record = (by: Actor, documentId = id) => house.retention.releases.record(by, { documentId, ruleId: rule.id, note: 'agreed with tax' })
  await expect(record(a.owner)).rejects.toMatchObject({ code: 'release.not_found' })
  house.advance(2 * DAY)
  await sweep()
  await sweep()
  expect([await house.isThere(id), (await typesOf()).filter((type) => type === 'retention.release-wanted.v1').length]).toEqual([true, 1])
  expect(await list(a.owner)).toMatchObject([{ documentId: id, name: 'a.txt', ruleId: rule.id, ruleName: 'ten years', released: null }])
  expect(await list(a.admin)).toMatchObject([{ documentId: id, name: null }])
  await expect(record({ ...a.owner, kind: 'apiKey' })).rejects.toMatchObject({ code: 'auth.session_required' })
  await expect(record((await house.org()).owner)).rejects.toMatchObject({ code: 'release.not_found' })
  const recorded = await Promise.allSettled([record(a.admin), record(a.admin)])
  expect(recorded.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  await expect(record(a.owner)).rejects.toMatchObject({ code: 'release.recorded' })
  await sweep()
  expect(await house.isThere(id)).toBe(false)
  const [stone] = await tombstones()
  expect(contract.tombstoneText.parse(JSON.parse(stone?.text ?? '')).releases).toMatchObject([{ rule: rule.id, by: a.admin.userId, note: 'agreed with tax' }])
  expect(await list(a.owner)).toEqual([])
})

test('a release is of the content and of the rule that it was recorded for: what comes later waits for another one', async () => {
  const rule = await set({ deleteDays: 1, needsRelease: true })
  const id = await house.upload(a.owner)
  const record = (note: string) => house.retention.releases.record(a.owner, { documentId: id, ruleId: rule.id, note })
  const waiting = async () => (await house.retention.releases.list(a.owner, { limit: 10 })).items.map(({ released }) => released?.note ?? null)
  house.advance(2 * DAY)
  await sweep()
  await record('the first version')
  await house.rows(`with made as (insert into document_version (id, org_id, document_id, number, file_name, sha256, size, created_by)
      values (gen_random_uuid(), $1, $2, 2, 'f', repeat('b', 64), 1, $3) returning id)
    update document set current_version_id = (select id from made) where id = $2`, [a.org.id, id, a.owner.userId])
  await sweep()
  expect([await house.isThere(id), await waiting()]).toEqual([true, [null]])
  await record('the rule as it was')
  await set({ id: rule.id, deleteDays: 2, needsRelease: true })
  await sweep()
  await sweep()
  expect([await house.isThere(id), await waiting(), (await typesOf()).filter((type) => type === 'retention.release-wanted.v1').length]).toEqual([true, [null], 3])
  await record('both')
  await sweep()
  expect([await house.isThere(id), contract.tombstoneText.parse(JSON.parse((await tombstones())[0]?.text ?? '')).releases.map(({ note }) => note)]).toEqual([false, ['both']])
})

test('a sweep goes through all organizations in batches, may stop anywhere and begin again, and does nothing twice', async () => {
  const b = await house.org()
  await house.rows('begin')
  await house.rows(`create temp table made as select gen_random_uuid() as d, gen_random_uuid() as v from generate_series(1, 501)`)
  await house.rows(`insert into document (id, org_id, owner_id, name, current_version_id, created_at) select d, $1, $2, 'd', v, now() from made`, [a.org.id, a.owner.userId])
  await house.rows(`insert into document_version (id, org_id, document_id, number, file_name, sha256, size, created_by) select v, $1, d, 1, 'f', repeat('a', 64), 1, $2 from made`, [a.org.id, a.owner.userId])
  await house.rows('commit')
  await set({ on: { tag: 'tax' }, deleteDays: 1 })
  await set({ deleteDays: 1 }, b.owner)
  const ids = [await house.upload(b.owner), await house.upload(b.owner)]
  const last = (await house.rows<{ id: DocumentId }>('select id from document where org_id = $1 order by id desc limit 1', [a.org.id]))[0]?.id ?? ''
  await house.rows(`update document set tags = '{tax}' where id = $1`, [last])
  house.advance(2 * DAY)
  const places: SweepPlace[] = []
  for (let place: SweepPlace | null = await house.retention.sweep(null, beat); place !== null; place = await house.retention.sweep(place, beat)) places.push(place)
  expect(places.filter(({ orgId, after }) => orgId === a.org.id && after !== null)).toHaveLength(1)
  for (const place of places) await house.retention.sweep(place, beat)
  expect([await house.isThere(last as DocumentId), await house.isThere(ids[0] as DocumentId), await house.isThere(ids[1] as DocumentId)]).toEqual([false, false, false])
  expect(await house.rows('select org_id, count(*)::int as n from retention_tombstone where org_id = any ($1) group by org_id order by n', [[a.org.id, b.org.id]]))
    .toEqual([{ org_id: a.org.id, n: 1 }, { org_id: b.org.id, n: 2 }])
})

describe('rules', () => {
  test('are made, changed and removed, and the audit tells from what to what', async () => {
    const { id } = await set({ keepDays: 10 })
    await set({ id, name: 'Twelve years', keepDays: 20, deleteDays: 30 })
    expect((await house.retention.rules.list(a.owner)).items).toMatchObject([{ id, name: 'Twelve years', keepDays: 20, deleteDays: 30, setBy: a.owner.userId }])
    await house.retention.rules.remove(a.owner, { id })
    expect((await house.retention.rules.list(a.owner)).items).toEqual([])
    const audit = await house.rows<{ action: string; data: unknown }>(`select action, data from audit where org_id = $1 and subject_type = 'retentionRule' order by id`, [a.org.id])
    expect(audit).toMatchObject([
      { action: 'retention.rule-set.v1', data: { before: null, after: { keepDays: 10 } } }, { action: 'retention.rule-set.v1', data: { before: { keepDays: 10 }, after: { keepDays: 20 } } },
      { action: 'retention.rule-removed.v1', data: { before: { name: 'Twelve years' }, after: null } },
    ])
  })

  test('are refused under a name that is taken, on a folder that is not shown, and where they are not there; nothing happens', async () => {
    const { id } = await set({ keepDays: 10 })
    const b = await house.org()
    const hidden = await house.documents.folders.create(a.owner, { name: 'secret', parentId: null, visibility: 'restricted' })
    const before = await house.events(a.owner)
    await expect(set({ name: 'TEN years', keepDays: 1 })).rejects.toMatchObject({ code: 'retention_rule.name_taken' })
    await expect(set({ name: 'b', on: { folderId: hidden.id }, keepDays: 1 }, a.admin)).rejects.toMatchObject({ code: 'folder.not_found' })
    await expect(set({ id, name: 'b', keepDays: 1 }, b.owner)).rejects.toMatchObject({ code: 'retention_rule.not_found' })
    await expect(house.retention.rules.remove(b.owner, { id })).rejects.toMatchObject({ code: 'retention_rule.not_found' })
    expect([await house.events(a.owner), (await house.retention.rules.list(a.owner)).items.length]).toEqual([before, 1])
  })

  test.each([{}, { keepDays: 0 }, { keepDays: 10, deleteDays: 9 }, { keepDays: 1, on: { type: 'png' } }, { keepDays: 1, on: { tag: 'a', all: true } }])('as %j make no sense', (more) => {
    expect(contract.setRule.input.safeParse({ name: 'a', on: { all: true }, ...more }).success).toBe(false)
  })
})
