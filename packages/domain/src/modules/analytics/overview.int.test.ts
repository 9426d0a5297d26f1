import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAnalytics, type AnalyticsHouse } from './analytics.testkit.ts'

let house: AnalyticsHouse
let a: TestOrg
beforeAll(async () => {
  house = await openAnalytics()
  a = await house.org()
})
afterAll(() => house.close())

test('what there is equals the tables, through versions, trash, restoring and purging', async () => {
  const { documents, analytics } = house
  const [one, two, three] = [await house.upload(a.editor), await house.upload(a.editor), await house.upload(a.owner)]
  await house.upload(a.editor, 'a second version', one.id)
  await documents.versions.restore(a.editor, { id: one.id, number: 1 })
  await documents.trash(a.editor, { id: two.id })
  await documents.restore(a.editor, { id: two.id })
  for (const id of [two.id, three.id]) await documents.trash(a.owner, { id })
  await documents.purge(a.owner, { id: three.id })
  await house.relay()
  const { rows: [live] } = await house.admin.query<{ documents: number; trashed: number; bytes: number }>(`
    select count(*) filter (where lifecycle = 'active')::int as documents, count(*) filter (where lifecycle = 'trashed')::int as trashed,
      (select sum(size)::int from document_version where org_id = $1) as bytes from document where org_id = $1`, [a.org.id])
  const { now, total, before } = await analytics.analytics.overview(a.admin, { grain: 'day' })
  expect(now).toEqual(live)
  expect(total).toMatchObject({ documents: 3, versions: 5, people: 2, ready: 0 })
  expect(before).toEqual({ documents: 0, versions: 0, bytes: 0, pages: 0, ready: 0, failed: 0, people: 0 })
})

test('weeks and months sum their days, and somebody active on several of them is one person', async () => {
  const b = await house.org()
  for (const day of ['2026-02-27', '2026-02-28', '2026-03-01', '2026-03-02']) {
    const row = await house.happened(b, { type: 'documents.trashed.v1', payload: { documentId: a.org.id }, at: new Date(`${day}T12:00:00Z`), actor: b.editor })
    await house.count(row)
  }
  const people = async (grain: 'day' | 'week' | 'month') => {
    const { series, total } = await house.analytics.analytics.overview(b.admin, { from: '2026-02-27', to: '2026-03-03', grain })
    return [series.map(({ at, people: n }) => `${at} ${n}`), total.people]
  }
  expect(await people('day')).toEqual([['2026-02-27 1', '2026-02-28 1', '2026-03-01 1', '2026-03-02 1', '2026-03-03 0'], 1])
  expect(await people('week')).toEqual([['2026-02-23 1', '2026-03-02 1'], 1])
  expect(await people('month')).toEqual([['2026-02-01 1', '2026-03-01 1'], 1])
})

test('a time zone that is none, and a period that is none, are refused and change nothing', async () => {
  const mark = (await house.eventsOf(a)).length
  const invalid = { code: 'input.invalid' }
  await expect(house.analytics.settings.set(a.owner, { zone: 'Mars/Olympus', perPerson: true })).rejects.toMatchObject(invalid)
  await expect(house.analytics.analytics.overview(a.owner, { from: '2026-02-02', to: '2026-02-01', grain: 'day' })).rejects.toMatchObject(invalid)
  await expect(house.analytics.analytics.overview(a.owner, { from: '2020-01-01', to: '2026-02-01', grain: 'day' })).rejects.toMatchObject(invalid)
  expect([await house.analytics.settings.get(a.owner), (await house.eventsOf(a)).length]).toEqual([{ zone: 'UTC', words: 'hashed', perPerson: false, rebuilding: false }, mark])
})

test('a choice is an event with what it was before, and one that changes nothing is none', async () => {
  const b = await house.org()
  await house.analytics.settings.set(b.owner, { words: 'kept' })
  await house.analytics.settings.set(b.owner, { words: 'kept', zone: 'UTC' })
  expect((await house.eventsOf(b)).map(({ type, payload }) => [type, payload])).toEqual([['analytics.settings-set.v1', { changed: ['words'] }]])
})
