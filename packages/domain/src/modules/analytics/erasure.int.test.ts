import { newId, type Actor } from '@intellidocs/kernel'
import type { TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAnalytics, type AnalyticsHouse } from './analytics.testkit.ts'

let house: AnalyticsHouse
beforeAll(async () => { house = await openAnalytics() })
afterAll(() => house.close())

const asked = { from: '2026-05-01', to: '2026-06-30', grain: 'week' as const }
const decided = (by: Actor, at: string) => ({
  type: 'workflows.task-decided.v1' as const, actor: by, at: new Date(at),
  payload: { runId: newId(), documentId: newId(), taskId: newId(), byId: by.userId, verdict: 'approve', timing: { flowId: newId(), tookMs: 500, late: false } },
})
const searched = (by: Actor, at: string) => ({
  type: 'search.queries-counted.v1' as const, at: new Date(at), payload: { from: at, queries: [{ userId: by.userId, mode: 'hybrid', empty: false, tookMs: 20 }], opened: [] },
})
async function happen(org: TestOrg, ...events: Parameters<AnalyticsHouse['happened']>[1][]): Promise<void> {
  for (const event of events) await house.count(await house.happened(org, event))
}
/** Everything that analytics keeps of the organization, as one text. */
async function kept(org: TestOrg): Promise<string> {
  let all = ''
  for (const table of ['analytics_fact', 'analytics_day', 'analytics_month', 'analytics_person']) {
    const { rows } = await house.admin.query<{ text: string | null }>(`select string_agg(t::text, '\n') as text from ${table} t where org_id = $1`, [org.org.id])
    all += rows[0]?.text ?? ''
  }
  return all
}

test('who was erased stands in no fact, day, month or list of people by their id, whatever is told of them late; figures stay, and a rebuild is equal', async () => {
  const org = await house.org()
  const [editor, viewer] = [org.editor, org.viewer]
  await happen(org, decided(editor, '2026-05-10T12:00:00Z'), decided(editor, '2026-05-12T12:00:00Z'), decided(viewer, '2026-05-12T12:00:00Z'), searched(editor, '2026-06-01T10:00:00.000Z'))
  await house.analytics.settings.set(org.owner, { perPerson: true })
  const read = async () => {
    const { total, series } = await house.analytics.analytics.overview(org.admin, asked)
    return { people: total.people, series, who: (await house.analytics.analytics.flows(org.admin, { from: asked.from, to: asked.to, limit: 50 })).people }
  }
  const before = await read()
  expect([before.people, before.who?.map(({ userId, pseudonym, count }) => [userId, pseudonym, count])]).toEqual([2, [[editor.userId, null, 2], [viewer.userId, null, 1]]])
  expect(await kept(org)).toContain(editor.userId)

  // Days are being built anew meanwhile.
  await house.analytics.settings.set(org.owner, { zone: 'Europe/Lisbon' })
  const { pseudonym } = await house.privacy.erasePerson(org.owner, { userId: editor.userId })
  await happen(org, decided(editor, '2026-06-02T12:00:00Z'), searched(editor, '2026-06-03T10:00:00.000Z'))
  await house.relay()
  await house.keepDays()
  const all = await kept(org)
  expect([all.includes(editor.userId), all.includes(viewer.userId), all.includes(pseudonym)]).toEqual([false, true, true])
  const after = await read()
  expect([after.people, after.who?.map(({ userId, pseudonym: told, count }) => [userId, told, count])]).toEqual([2, [[null, pseudonym, 3], [viewer.userId, null, 1]]])
  expect(after.series.slice(0, 4)).toEqual(before.series.slice(0, 4))

  // Heard of twice, built in another time zone and back, and made of the events again, which keep the id.
  const live = await house.days(org)
  await house.admin.query('update analytics_org set forget_from = -1 where org_id = $1', [org.org.id])
  await house.keepDays()
  for (const zone of ['Asia/Tokyo', 'Europe/Lisbon']) {
    await house.analytics.settings.set(org.owner, { zone })
    await house.keepDays()
  }
  expect(await house.days(org)).toEqual(live)
  for (const table of ['analytics_fact', 'analytics_day', 'analytics_month', 'analytics_person']) await house.admin.query(`delete from ${table} where org_id = $1`, [org.org.id])
  await house.admin.query('update analytics_org set collected_to = 0 where org_id = $1', [org.org.id])
  await house.keepDays()
  expect(await house.days(org)).toEqual(live)
  expect(await house.monthsAreSums(org)).toBe(true)
  expect((await kept(org)).includes(editor.userId)).toBe(false)
})

test('what one organization forgets, another keeps', async () => {
  const [a, b] = [await house.org(), await house.org()]
  const editor: Actor = { ...b.editor, userId: a.editor.userId }
  await house.admin.query(`insert into membership (org_id, user_id, role) values ($1, $2, 'editor')`, [b.org.id, editor.userId])
  for (const org of [a, b]) await happen(org, decided({ ...editor, orgId: org.org.id }, '2026-05-10T12:00:00Z'))
  await house.privacy.erasePerson(a.owner, { userId: editor.userId })
  await house.relay()
  await house.keepDays()
  expect([(await kept(a)).includes(editor.userId), (await kept(b)).includes(editor.userId)]).toEqual([false, true])
})
