import assert from 'node:assert/strict'
import { until, type Random } from '@intellidocs/testing'
import type { DocumentId, FlowRunId, FlowTask, RunDetails } from '@intellidocs/contracts'
import type { House } from './flow-house.ts'
import type { FaultContext } from './harness/fault.ts'
import { createFlowClient, type FlowClient } from './harness/flow-client.ts'
import type { Stack } from './harness/stack.ts'

/** Where a run has come to, as its people see it. `deciding`: their requests are on their way. */
export const marks = ['started', 'asked', 'escalated', 'reminded', 'deciding', 'decided'] as const
export type Mark = (typeof marks)[number]

type Carried = Pick<FaultContext, 'stack' | 'client' | 'random'> & { readonly house: House; readonly documentId: DocumentId }

const openTasks = ({ steps }: RunDetails): FlowTask[] => steps.flatMap(({ tasks }) => tasks).filter(({ state }) => state === 'open')

/** One run of the plain flow, from its start to its end; whoever is asked decides at once. */
export async function carryPlain({ client, random, house, documentId }: Carried): Promise<void> {
  const flows = createFlowClient(client)
  const id = await flows.start(house.plain, documentId)
  const decided = new Set<string>()
  const asked = (run: RunDetails): FlowTask[] => openTasks(run).filter((task) => !decided.has(task.id))
  for (;;) {
    const run = await flows.see('a run asks or is over', id, (now) => (now.endedAt !== null || asked(now).length > 0) && now)
    if (run.endedAt !== null) return
    await Promise.all(asked(run).map((task) => {
      decided.add(task.id)
      return race(flows, task, { house, random })
    }))
  }
}

/** One run of the timed flow. `at` is called, and waited for, at each mark. */
export async function carryTimed({ stack, client, random, house, documentId }: Carried, at: (mark: Mark) => Promise<void>): Promise<void> {
  const flows = createFlowClient(client)
  const id = await flows.start(house.timed, documentId)
  await at('started')
  await flows.see('a run asks', id, (run) => openTasks(run).length > 0)
  await at('asked')
  await flows.see('a run asks somebody else too', id, (run) => openTasks(run).length > 1)
  await at('escalated')
  await until('people were reminded', () => isReminded(stack, id), { withinMs: 120_000, everyMs: 200 })
  await at('reminded')
  const tasks = await flows.see('a run asks two people', id, openTasks)
  await Promise.all([at('deciding'), ...tasks.map((task) => race(flows, task, { house, random }))])
  await at('decided')
  await flows.see('a run is over', id, ({ endedAt }) => endedAt)
}

async function isReminded({ sql }: Stack, id: FlowRunId): Promise<boolean> {
  return (await sql('select from flow_step where run_id = $1 and reminded_at is not null', [id])).length > 0
}

/**
 * Two or three callers at once for one task, each under a key of their own, one of eight with a rejection. One of them decides it, and the others are told who did; or
 * nobody does, where a rejection of another task was faster, and all are told that nothing is to be decided any more.
 */
async function race(flows: FlowClient, task: FlowTask, { house, random }: { house: House; random: Random }): Promise<void> {
  const who = house.people.find(({ userId }) => userId === task.assigneeId)
  assert.ok(who !== undefined, 'one of ours is asked')
  const verdictsOf = Array.from({ length: random.int(2, 3) }, () => (random.int(1, 8) === 1 ? 'reject' : 'approve'))
  const told = await Promise.all(verdictsOf.map((verdict) => flows.decide(who, task, verdict)))
  const won = told.filter(({ kind }) => kind === 'decided').length
  const late = told.every((one) => one.kind === 'refused' && (one.code === 'task.closed' || one.code === 'run.over'))
  assert.ok(won === 1 || late, `one of the callers decides, or none may any more: ${JSON.stringify(told)}`)
}
