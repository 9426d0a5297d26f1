import { setTimeout as delay } from 'node:timers/promises'
import { sweepSchedule } from '@intellidocs/domain/retention/temporal'
import { ensureSchedule } from '@intellidocs/temporal'
import { startTemporalForRun, type TemporalForRun } from '@intellidocs/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestHouse, until, type TestHouse } from './test-house.ts'

/**
 * An outage of three days: the Temporal server and all workers stop, and the clock goes on. A day of the schedule is ten seconds here, the least that the server takes for its
 * window of catching up, which keeps its share of the day; a day of the documents is moved in their rows.
 */
const DAY_MS = 10_000
let server: TemporalForRun
let house: TestHouse
beforeAll(async () => {
  server = await startTemporalForRun({ namespaces: 1 })
  house = await openTestHouse({ address: server.address, namespace: server.takeNamespace() })
})
afterAll(async () => {
  await house.close()
  await server.close()
})

const schedule = () => house.client.schedule.getHandle('retention-sweep')
const stones = async () => (await house.modules.retention.tombstones.list(house.owner, { limit: 10 })).items
async function completed(): Promise<number> {
  let runs = 0
  for await (const { status } of house.client.workflow.list({ query: `WorkflowType = 'retentionSweep'` })) if (status.name === 'COMPLETED') runs += 1
  return runs
}
const passDays = (days: number) => house.modules.documents.deps.runInTx(house.owner, (tx) => tx.$executeRaw`update document set created_at = created_at - make_interval(days => ${days}::int)`)

test('after three days without Temporal and workers one run catches up: what came due on each of these days goes once, what is held and what is not due stays', async () => {
  const oldest = await house.upload('due on the first day', 'first.txt')
  await passDays(1)
  const older = await house.upload('due on the second day', 'second.txt')
  await passDays(1)
  const [last, held] = [await house.upload('due on the third day', 'third.txt'), await house.upload('held', 'held.txt')]
  await house.modules.retention.rules.set(house.owner, { name: 'three days', on: { all: true }, since: 'created', keepDays: null, deleteDays: 3, needsRelease: false })
  await house.modules.retention.holds.place(house.owner, { name: 'Case 12', reason: 'a suit', on: { documents: [held.id] } })
  await ensureSchedule(house.client, sweepSchedule)
  const { policies } = await schedule().describe()
  const share = policies.catchupWindow / 86_400_000
  await schedule().update((before) => ({ ...before, spec: { intervals: [{ every: DAY_MS }] }, policies: { ...before.policies, catchupWindow: share * DAY_MS } }))
  const before = await house.work()
  await until(completed, (runs) => runs > 0)
  await before.stop()
  expect(await stones()).toEqual([])

  await server.stop()
  const stopped = Date.now()
  await passDays(3)
  const fresh = await house.upload('made since', 'fresh.txt')
  await delay(3 * DAY_MS + DAY_MS / 2)
  await server.start()
  const { info } = await until(() => schedule().describe(), ({ info: { recentActions } }) => recentActions.some(({ takenAt }) => takenAt.getTime() > stopped))
  const after = await house.work()
  try {
    const left = await until(stones, ({ length }) => length === 3)
    expect(new Set(left.map(({ documentId }) => documentId))).toEqual(new Set([oldest.id, older.id, last.id]))
    expect(left.every(({ valid }) => valid)).toBe(true)
    // One run was there before any worker was; those of the days before are over.
    expect([info.recentActions.filter(({ takenAt }) => takenAt.getTime() > stopped).length, info.numActionsMissedCatchupWindow >= 2]).toEqual([1, true])
    const runs = await completed()
    await schedule().trigger()
    await until(completed, (now) => now > runs)
    expect(await stones()).toEqual(left)
    expect([(await house.get(held.id)).id, (await house.get(fresh.id)).id]).toEqual([held.id, fresh.id])
  } finally {
    await after.stop()
  }
}, 300_000)
