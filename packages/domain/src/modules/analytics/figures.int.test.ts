import type { EventPayload, EventType } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
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

const asked = { from: '2026-05-01', to: '2026-05-31', grain: 'month' as const }
const run = { documentId: newId(), versionId: newId(), attempt: 1 }
type Given<T extends EventType> = { type: T; payload: { [K in keyof EventPayload<T>]: unknown }; actor?: Actor }
async function happen<T extends EventType>(org: TestOrg, ...events: readonly Given<T>[]): Promise<void> {
  for (const event of events) await house.count(await house.happened(org, { at: new Date('2026-05-10T12:00:00Z'), ...event }))
}
/** What a figure may be told as that is off by 5 % at most. */
const about = (ms: number) => expect.closeTo(ms, -Math.log10(ms * 0.11))

test('processing tells what was read, how long each stage took, what failed and why, and the share of pages that were pixels', async () => {
  for (const [waitedMs, extract, ocr] of [[100, 1_000, 0], [200, 2_000, 4_000], [300, 3_000, 8_000]] as const) {
    await happen(a, { type: 'documents.ready.v1', payload: {
      ...run, pages: 10, reading: { mime: 'application/pdf', ocrPages: ocr === 0 ? 0 : 5, waitedMs, stagesMs: { extract, ...(ocr === 0 ? {} : { ocr }) } },
    } })
  }
  await happen(a, ...(['corrupt', 'cpu_limit', 'corrupt'] as const).map((reason) => ({ type: 'documents.failed.v1' as const, payload: { ...run, reason } })))
  // Of before there were timings.
  await happen(a, { type: 'documents.ready.v1', payload: { ...run, pages: 2 } })
  const found = await house.analytics.analytics.processing(a.admin, asked)
  expect(found).toMatchObject({
    total: { ready: 4, failed: 3, pages: 32, ocrPages: 10 }, ocrShare: 10 / 32, failures: [{ reason: 'corrupt', count: 2 }, { reason: 'cpu_limit', count: 1 }],
    waited: { count: 3, meanMs: 200, maxMs: 300, p50Ms: about(200), p95Ms: about(300) }, turnaround: { count: 3, maxMs: 11_300 },
    queue: { looks: 0, meanSeconds: null, maxSeconds: null }, series: [{ at: '2026-05-01', ready: 4, failed: 3 }],
  })
  expect(found.stages).toEqual([
    { stage: 'extract', count: 3, meanMs: 2_000, maxMs: 3_000, p50Ms: about(2_000), p95Ms: about(3_000) },
    { stage: 'ocr', count: 2, meanMs: 6_000, maxMs: 8_000, p50Ms: about(4_000), p95Ms: about(8_000) },
  ])
  expect((await house.analytics.analytics.documents(a.admin, asked)).types).toEqual([{ mime: 'application/pdf', read: 3, pages: 30 }, { mime: 'unknown', read: 1, pages: 2 }])
})

test('flows tell where their time goes and what was late, one page after the other; who decided only where the organization has that shown', async () => {
  const [one, two] = [newId(), newId()]
  const of = (flowId: string) => ({ runId: newId(), documentId: newId(), flowId })
  for (const [flowId, legal, finance] of [[one, 1_000, 9_000], [two, 5_000, 1_000]] as const) {
    const { runId, documentId } = of(flowId)
    const stage = (name: string, tookMs: number, late: boolean) =>
      ({ type: 'workflows.stage-closed.v1' as const, payload: { runId, documentId, stage: name, round: 1, outcome: 'approved', timing: { flowId, tookMs, late } } })
    await happen(a, { type: 'workflows.run-started.v1', payload: { runId, documentId, flowId, flowVersion: 1, versionId: newId() } })
    await happen(a, stage('legal', legal, false), stage('finance', finance, true))
    await happen(a, { type: 'workflows.task-decided.v1', payload: { runId, documentId, taskId: newId(), byId: a.editor.userId, verdict: 'approve', timing: { flowId, tookMs: 500, late: false } } })
    await happen(a, { type: 'workflows.run-ended.v1', payload: { runId, documentId, flowId, outcome: 'approved', requesterId: a.owner.userId, tookMs: legal + finance } })
  }
  const read = (page: { limit: number; cursor?: string }) => house.analytics.analytics.flows(a.admin, { ...asked, ...page })
  const first = await read({ limit: 1 })
  const second = await read({ limit: 1, cursor: first.nextCursor ?? '' })
  expect([first.items, second.items]).toMatchObject([
    [{ flowId: one, name: null, started: 1, ended: { approved: 1 }, approvals: 1, rejections: 0, late: 1, bottleneck: 'finance', cycle: { count: 1, maxMs: 10_000 } }],
    [{ flowId: two, bottleneck: 'legal', stages: [{ stage: 'legal', late: 0, share: 5 / 6 }, { stage: 'finance', late: 1, share: 1 / 6 }] }],
  ])
  expect([first.people, second.people, second.nextCursor]).toEqual([null, null, null])
  await house.analytics.settings.set(a.owner, { perPerson: true })
  expect((await read({ limit: 10 })).people).toEqual([{ userId: a.editor.userId, pseudonym: null, count: 2, meanMs: 500, maxMs: 500, p50Ms: about(500), p95Ms: about(500) }])
  await expect(house.analytics.analytics.flows({ ...a.owner, permissions: new Set(['analytics:read']) }, { ...asked, limit: 10 })).rejects.toMatchObject({ code: 'auth.forbidden' })
})

test('nothing of one organization is in the figures of another', async () => {
  const b = await house.org()
  const { processing, documents, overview } = house.analytics.analytics
  const [mine, types, all] = [await processing(b.owner, asked), await documents(b.owner, asked), await overview(b.owner, asked)]
  expect([mine.total, mine.stages, types.types, all.now, all.total.people]).toEqual([{ ready: 0, failed: 0, pages: 0, ocrPages: 0 }, [], [], { documents: 0, trashed: 0, bytes: 0 }, 0])
})
