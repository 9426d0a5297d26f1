import type { EventType, FlowId, UserId } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import { createRandom, type Random, type TestOrg } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openAnalytics, type AnalyticsHouse, type DayRow } from './analytics.testkit.ts'
import { factsOf, PRESENCE } from './facts.policy.ts'

let house: AnalyticsHouse
let a: TestOrg
beforeAll(async () => {
  house = await openAnalytics()
  a = await house.org()
})
afterAll(() => house.close())

type Row = Awaited<ReturnType<AnalyticsHouse['happened']>>
const ZONE = 'Europe/Lisbon'
const run = { documentId: newId(), versionId: newId(), attempt: 1 }
const flow = { runId: newId(), documentId: newId(), flowId: newId() as FlowId }

/** Events of ninety days around the end of summer time, of all kinds that carry figures. */
function makeEvents({ next: random, pick }: Random, people: readonly Actor[]): { type: EventType; payload: unknown; at: Date; actor?: Actor }[] {
  const ms = () => Math.floor(random() * 10 ** (1 + random() * 6))
  const kinds: (() => { type: EventType; payload: unknown })[] = [
    () => ({ type: 'documents.uploaded.v1', payload: { ...run, name: 'a', size: ms(), number: 1 + Math.floor(random() * 2) } }),
    () => ({ type: 'documents.ready.v1', payload: { ...run, pages: 5, reading: { mime: 'text/plain', ocrPages: 2, waitedMs: ms(), stagesMs: { extract: ms(), ocr: ms() } } } }),
    () => ({ type: 'documents.failed.v1', payload: { ...run, reason: random() < 0.5 ? 'corrupt' : 'cpu_limit' } }),
    () => ({ type: 'documents.purged.v1', payload: { documentId: run.documentId, blobs: [], runs: [], held: { versions: 1, bytes: ms() } } }),
    () => ({ type: 'workflows.stage-closed.v1', payload: { ...flow, stage: 'one', round: 1, outcome: 'approved', timing: { flowId: flow.flowId, tookMs: ms(), late: random() < 0.3 } } }),
  ]
  return Array.from({ length: 240 }, () => {
    const actor = people[Math.floor(random() * people.length * 2)]
    const at = new Date(Date.UTC(2026, 8, 1) + Math.floor(random() * 90 * 86_400_000))
    return { ...pick(kinds)(), at, ...(actor === undefined ? {} : { actor }) }
  })
}

/** The same by hand: one event after the other, the day by the calendar of this process and not of the database. */
function expected(rows: readonly Row[], timeZone: string): DayRow[] {
  const dayOf = new Intl.DateTimeFormat('sv-SE', { timeZone })
  const sums = new Map<string, { n: number; total: number; peak: number; bins: Map<number, number> }>()
  const people = new Map<string, Set<number>>()
  for (const { type, payload, actor_id, at } of rows) {
    const day = dayOf.format(at)
    for (const { m, d = '', b, n, t = 0 } of factsOf({ type, payload, actorId: actor_id as UserId } as Parameters<typeof factsOf>[0])) {
      if (m === PRESENCE) {
        const key = `people|${day.slice(0, 7)}-01|${d}`
        people.set(key, (people.get(key) ?? new Set()).add(Number(day.slice(8)) - 1))
        continue
      }
      const sum = sums.get(`${m}|${day}|${d}`) ?? { n: 0, total: 0, peak: 0, bins: new Map<number, number>() }
      if (b !== undefined) sum.bins.set(b, (sum.bins.get(b) ?? 0) + n)
      sums.set(`${m}|${day}|${d}`, { n: sum.n + n, total: sum.total + t, peak: Math.max(sum.peak, t), bins: sum.bins })
    }
  }
  const histogram = (bins: ReadonlyMap<number, number>): string => {
    const [first, last] = [Math.min(...bins.keys()), Math.max(...bins.keys())]
    return bins.size === 0 ? '' : `|${first}:${Array.from({ length: last - first + 1 }, (_, at) => bins.get(first + at) ?? '').join(',')}`
  }
  return [
    ...[...sums].map(([key, { n, total, peak, bins }]) => `${key}|${n}|${total}|${peak}${histogram(bins)}`),
    ...[...people].map(([key, days]) => `${key}|${[...days].reduce((bits, day) => bits + 2 ** day, 0)}`),
  ]
}
const sorted = (rows: readonly DayRow[]): DayRow[] => rows.toSorted()

test('what is shown equals a rebuild from facts, from events and by hand, whatever came twice, late, out of order and while days were built anew', async () => {
  const random = createRandom(7)
  const other = await house.org()
  const [mine, theirs] = [makeEvents(random, [a.owner, a.editor, a.viewer]), makeEvents(random, [other.owner])]
  const rows: Row[] = []
  for (const event of mine) rows.push(await house.happened(a, event))
  const others: Row[] = []
  for (const event of theirs.slice(0, 60)) others.push(await house.happened(other, event))
  const handed = [...rows, ...others, ...rows.filter(() => random.next() < 0.4)].map((row) => ({ row, at: random.next() })).toSorted((x, y) => x.at - y.at).map(({ row }) => row)
  const [early, late] = [handed.slice(0, 200), handed.slice(200)]
  await Promise.all(early.map(house.count))
  expect((await house.analytics.settings.set(a.owner, { zone: ZONE })).rebuilding).toBe(true)
  await Promise.all([house.keepDays(), ...late.map(house.count), house.keepDays()])
  await house.keepDays()
  expect(await house.analytics.settings.get(a.owner)).toEqual({ zone: ZONE, words: 'hashed', perPerson: false, rebuilding: false })
  const live = sorted(await house.days(a))
  expect(live).toEqual(sorted(expected(rows, ZONE)))
  expect(sorted(await house.days(other))).toEqual(sorted(expected(others, 'UTC')))
  expect(await house.monthsAreSums(a)).toBe(true)

  // There and back: every day of this time zone was made anew from the facts.
  for (const zone of ['Asia/Kathmandu', ZONE]) {
    await house.analytics.settings.set(a.owner, { zone })
    await house.keepDays()
    expect(sorted(await house.days(a))).toEqual(zone === ZONE ? live : sorted(expected(rows, zone)))
  }
  // And with no fact left, from the events.
  await house.admin.query('delete from analytics_fact where org_id = $1', [a.org.id])
  for (const table of ['analytics_day', 'analytics_month', 'analytics_person']) await house.admin.query(`delete from ${table} where org_id = $1`, [a.org.id])
  await house.admin.query('update analytics_org set collected_to = 0 where org_id = $1', [a.org.id])
  await house.keepDays()
  // The choice of a time zone is an event as well, of which nothing is counted.
  expect(sorted(await house.days(a))).toEqual(live)
  const { rows: [left] } = await house.admin.query<{ generations: number }>('select count(distinct generation)::int as generations from analytics_day where org_id = $1', [a.org.id])
  expect([left?.generations, await house.monthsAreSums(a)]).toEqual([1, true])
})

test('a late event corrects its day, which is one of the time zone of the organization', async () => {
  const b = await house.org()
  await house.analytics.settings.set(b.owner, { zone: 'America/Sao_Paulo' })
  await house.keepDays()
  const upload = (at: string) => ({ type: 'documents.uploaded.v1' as const, payload: { ...run, name: 'a', size: 10, number: 1 }, at: new Date(at), actor: b.editor })
  for (const at of ['2026-03-02T02:59:00Z', '2026-03-02T03:01:00Z']) await house.count(await house.happened(b, upload(at)))
  const read = async () => (await house.analytics.analytics.overview(b.admin, { from: '2026-03-01', to: '2026-03-02', grain: 'day' })).series.map(({ at, documents, people }) => [at, documents, people])
  expect(await read()).toEqual([['2026-03-01', 1, 1], ['2026-03-02', 1, 1]])
  await house.count(await house.happened(b, upload('2026-03-01T12:00:00Z')))
  expect(await read()).toEqual([['2026-03-01', 2, 1], ['2026-03-02', 1, 1]])
})

test('what waits is looked at once in a quarter of an hour, however often it is asked', async () => {
  const b = await house.org()
  await house.upload(b.editor)
  house.setClock(new Date('2026-11-30T10:01:00Z'))
  for (const at of ['2026-11-30T10:01:00Z', '2026-11-30T10:14:00Z', '2026-11-30T10:16:00Z']) {
    house.setClock(new Date(at))
    await Promise.all([house.analytics.sampleQueues(() => undefined), house.analytics.sampleQueues(() => undefined)])
  }
  const queue = (await house.days(b)).filter((row) => row.startsWith('queue|'))
  expect(queue.map((row) => row.split('|').slice(0, 4))).toEqual([['queue', '2026-11-30', '', '2']])
})

test('what processes that do not count yet wrote beside those that do is counted a day later, once', async () => {
  const b = await house.org()
  const failed = { type: 'documents.failed.v1' as const, payload: { ...run, reason: 'corrupt' } }
  house.setClock(new Date())
  await house.count(await house.happened(b, { ...failed, at: new Date() }))
  await house.happened(b, { ...failed, at: new Date() })
  const counted = async () => (await house.days(b)).filter((row) => row.startsWith('failed|')).map((row) => row.split('|')[3])
  await house.keepDays()
  expect(await counted()).toEqual(['1'])
  house.setClock(new Date(Date.now() + 25 * 3_600_000))
  await house.keepDays()
  await house.keepDays()
  expect(await counted()).toEqual(['2'])
  await house.happened(b, { ...failed, at: new Date() })
  await house.keepDays()
  expect(await counted()).toEqual(['2'])
})
