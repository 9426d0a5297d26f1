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

test('what there is equals the tables, through versions, trash, restoring and purging, from the trash or by a rule', async () => {
  const { documents, analytics } = house
  const [one, two, three] = [await house.upload(a.editor), await house.upload(a.editor), await house.upload(a.owner)]
  await house.upload(a.editor, 'a second version', one.id)
  await documents.versions.restore(a.editor, { id: one.id, number: 1 })
  await documents.trash(a.editor, { id: two.id })
  await documents.restore(a.editor, { id: two.id })
  for (const id of [two.id, three.id]) await documents.trash(a.owner, { id })
  await documents.purge(a.owner, { id: three.id })
  const four = await house.upload(a.owner)
  await house.unit.runInTx(a.owner, (tx) => documents.discard(tx, a.owner, four.id))
  await house.relay()
  const { rows: [live] } = await house.admin.query<{ documents: number; trashed: number; bytes: number }>(`
    select count(*) filter (where lifecycle = 'active')::int as documents, count(*) filter (where lifecycle = 'trashed')::int as trashed,
      (select sum(size)::int from document_version where org_id = $1) as bytes from document where org_id = $1`, [a.org.id])
  const { now, total, before } = await analytics.analytics.overview(a.admin, { grain: 'day' })
  expect(now).toEqual(live)
  expect(total).toMatchObject({ documents: 4, versions: 6, people: 2, ready: 0 })
  expect(before).toEqual({ documents: 0, versions: 0, bytes: 0, pages: 0, ready: 0, failed: 0, people: 0 })
})

test('an attachment of a mail in the trash came, and is there from the beginning', async () => {
  const b = await house.org()
  const came = { documentId: b.org.id, versionId: b.org.id, attempt: 1, name: 'a', size: 7, number: 1 }
  for (const payload of [came, { ...came, lifecycle: 'trashed' }]) await house.count(await house.happened(b, { type: 'documents.uploaded.v1', payload, at: new Date() }))
  const { now, total } = await house.analytics.analytics.overview(b.admin, { grain: 'day' })
  expect([now, total.documents]).toEqual([{ documents: 1, trashed: 1, bytes: 14 }, 2])
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

test('queries, those without a hit, and what was opened are counted in the quarter of an hour in which they were asked; words are shown where they are kept', async () => {
  const b = await house.org()
  await house.analytics.settings.set(b.owner, { words: 'kept' })
  const ask = async (at: string, hits: number, position?: number) => {
    const { rows: [row] } = await house.admin.query<{ id: string }>(`insert into search_query (id, org_id, user_id, at, mode, hits, took_ms, hash, words)
      values (gen_random_uuid(), $1, $2, $3, 'hybrid', $4, 100, 'h', '=tides') returning id`, [b.org.id, b.viewer.userId, at, hits])
    if (position !== undefined) await house.admin.query('insert into search_opened (org_id, query_id, document_id, position) values ($1, $2, $2, $3)', [b.org.id, row?.id, position])
  }
  await ask('2026-06-01T23:50:00Z', 3, 2)
  await ask('2026-06-02T00:10:00Z', 0)
  await ask('2026-06-02T00:20:00Z', 2, 14)
  await house.search.queries.count(new AbortController().signal)
  await house.relay()
  const period = { from: '2026-06-01', to: '2026-06-02', grain: 'day' as const }
  const found = await house.analytics.analytics.search(b.admin, { ...period, limit: 10 })
  expect(found).toMatchObject({
    total: { queries: 3, empty: 1, opened: 2 }, emptyRate: 1 / 3, modes: { hybrid: 3, keyword: 0, meaning: 0 }, took: { count: 3, meanMs: 100 },
    series: [{ at: '2026-06-01', queries: 1, empty: 0, opened: 1 }, { at: '2026-06-02', queries: 2, empty: 1, opened: 1 }],
    words: { items: [{ words: '=tides', queries: 3, empty: 1, opened: 2 }], nextCursor: null },
  })
  expect(found.positions.filter(({ opened }) => opened > 0)).toEqual([{ position: '2', opened: 1 }, { position: 'more', opened: 1 }])
  expect((await house.analytics.analytics.overview(b.admin, period)).total.people).toBe(1)
  const { content, fileName } = await house.analytics.analytics.export(b.admin, { of: 'words', format: 'csv', ...period })
  expect([content, fileName]).toEqual(["words,queries,empty,opened\r\n'=tides,3,1,2\r\n", expect.stringMatching(/^analytics-words-\d{4}-\d\d-\d\d\.csv$/)])
  await house.analytics.settings.set(b.owner, { words: 'hashed' })
  expect((await house.analytics.analytics.search(b.admin, { ...period, limit: 10 })).words).toBeNull()
})

test('use is what the plan says, with a forecast once there is a week of days to go by', async () => {
  const b = await house.org()
  house.setClock(new Date())
  const dayMs = 86_400_000
  const put = async (daysAgo: number) => house.count(await house.happened(b, {
    type: 'documents.uploaded.v1', payload: { documentId: b.org.id, versionId: b.org.id, attempt: 1, name: 'a', size: 1_000, number: 1 }, at: new Date(Date.now() - daysAgo * dayMs),
  }))
  await put(3)
  const line = async () => (await house.analytics.analytics.usage(b.admin)).lines.find(({ meter }) => meter === 'bytes')
  expect(await line()).toEqual({ meter: 'bytes', used: 0, limit: null, forecast: null })
  for (const daysAgo of [1, 2, 4, 5, 6, 7, 8, 9, 10]) await put(daysAgo)
  const now = new Date()
  const left = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 0)).getUTCDate() - now.getUTCDate()
  expect((await line())?.forecast).toMatchObject({ expected: left * 1_000, low: left * 1_000, high: left * 1_000, limitOn: null })
  await expect(house.analytics.analytics.usage({ ...b.admin, permissions: new Set(['analytics:read']) })).rejects.toMatchObject({ code: 'auth.forbidden' })
})
