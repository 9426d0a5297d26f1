import type { DocumentId, FlowRunId, FlowTaskId, OrgId } from '@intellidocs/contracts'
import type { ApprovalActivities, RunKey } from '@intellidocs/domain/workflows/temporal'
import { newId } from '@intellidocs/kernel'
import { ApplicationFailure, defineSearchAttributeKey } from '@temporalio/common'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { bare, openBranches, type Branches } from './branches.testkit.ts'

/** What the workflow of a flow's run decides, alone: the rows decide everything else. Histories are recorded as in `branches.int.test.ts`. */
let branches: Branches
beforeAll(async () => { branches = await openBranches() })
afterAll(() => branches.close())
beforeEach(() => { branches.reset() })

type Progress = Awaited<ReturnType<ApprovalActivities['advanceRun']>>
const OVER: Progress = { kind: 'over' }
const WAITS: Progress = { kind: 'going', nextAt: null }

async function begin(): Promise<RunKey> {
  const run = { orgId: newId() as OrgId, runId: newId() as FlowRunId, documentId: newId() as DocumentId }
  await branches.runs.stir(run)
  return run
}
/** One answer after the other; the last one stays. */
const answers = (...given: (Progress | Error | (() => Progress))[]) => (): Promise<Progress> => {
  branches.asked.push('advance')
  const next = (given.length > 1 ? given.shift() : given[0]) ?? OVER
  if (next instanceof Error) return Promise.reject(next)
  return Promise.resolve(typeof next === 'function' ? next() : next)
}
async function asked(what: string, times = 1): Promise<void> {
  await expect.poll(() => branches.asked.filter((each) => each === what).length, { timeout: 30_000 }).toBe(times)
}
const ended = (run: RunKey): Promise<unknown> => branches.handleOf(run).result()
const decision = (taskId = newId() as FlowTaskId) => ({ decisionId: newId(), taskId })

const stateOf = async (run: RunKey) => (await branches.handleOf(run).describe()).typedSearchAttributes.get(defineSearchAttributeKey('FlowState', 'KEYWORD'))
/** How often a run's history was told of its state. */
async function told(run: RunKey): Promise<number> {
  const { events } = await branches.handleOf(run).fetchHistory()
  return events?.filter((event) => event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields?.['FlowState'] !== undefined).length ?? 0
}

test('a decision that ends its stage has the run looked at, and its end done', async () => {
  branches.fakeApproval.advanceRun = answers(WAITS, OVER)
  const run = await begin()
  await asked('advance')
  const one = decision()
  branches.fakeApproval.recordDecision = (_, id) => {
    branches.asked.push(`record ${id}`)
    return Promise.resolve({ settled: [one.taskId], moved: true })
  }
  // The run may be over before its Update is answered.
  expect(['seen', 'unknown']).toContain(await branches.runs.decide(run, one))
  await ended(run)
  expect(branches.asked).toEqual(['advance', `record ${one.decisionId}`, 'advance', 'effects', 'certificate'])
  expect(await branches.runs.decide(run, decision())).toBe('absent')
  await branches.record(run, 'approval-decided')
})

test('an end that does nothing is certified at once', async () => {
  branches.fakeApproval.advanceRun = answers({ kind: 'over', state: 'approved', settled: true })
  const run = await begin()
  await ended(run)
  expect(branches.asked).toEqual(['advance', 'certificate'])
  await branches.record(run, 'approval-settled')
})

test('of decisions about one task at the same time one is recorded; the others, and later ones, are turned away at no cost', async () => {
  branches.fakeApproval.advanceRun = answers(WAITS, OVER)
  const run = await begin()
  await asked('advance')
  const taskId = newId() as FlowTaskId
  branches.fakeApproval.recordDecision = (_, id) => {
    branches.asked.push(`record ${id}`)
    return Promise.resolve({ settled: [taskId], moved: false })
  }
  expect(await Promise.all([1, 2, 3, 4, 5, 6].map(() => branches.runs.decide(run, decision(taskId))))).toEqual(Array.from({ length: 6 }, () => 'seen'))
  expect(await branches.runs.decide(run, decision(taskId))).toBe('seen')
  expect(branches.asked.filter((what) => what.startsWith('record'))).toHaveLength(1)
  const { events = [] } = await branches.handleOf(run).fetchHistory()
  expect(events?.filter(({ workflowExecutionUpdateAcceptedEventAttributes: update }) => update?.acceptedRequest?.meta?.updateId !== undefined).length).toBeLessThan(7)
  await branches.runs.nudge(run.runId)
  await ended(run)
  await branches.record(run, 'approval-raced')
})

test('who decided is answered before what follows of it is done', async () => {
  let answered: () => void = () => undefined
  const follows = new Promise<void>((resolve) => { answered = resolve })
  branches.fakeApproval.advanceRun = answers(WAITS, OVER)
  const run = await begin()
  await asked('advance')
  branches.fakeApproval.advanceRun = async () => {
    await follows
    return OVER
  }
  branches.fakeApproval.recordDecision = (_, id) => Promise.resolve({ settled: [id as FlowTaskId], moved: true })
  expect(await branches.runs.decide(run, decision())).toBe('seen')
  answered()
  await ended(run)
  await branches.record(run, 'approval-answered')
})

test('of two decisions at once, one that is recorded after the other has moved the run is answered with it, and the run goes on once', async () => {
  branches.fakeApproval.advanceRun = answers(WAITS, OVER)
  const run = await begin()
  await asked('advance')
  const [one, other] = [decision(), decision()]
  let bothAsked: () => void = () => undefined
  const both = new Promise<void>((resolve) => { bothAsked = resolve })
  branches.fakeApproval.recordDecision = async (_, id) => {
    branches.asked.push('record')
    if (branches.asked.filter((what) => what === 'record').length === 2) bothAsked()
    await both
    // Long enough for the run to have gone on from the first one, if it did not wait for this.
    if (id === other.decisionId) await new Promise((resolve) => { setTimeout(resolve, 300) })
    branches.asked.push('recorded')
    return { settled: [], moved: true }
  }
  // Without the time after which people are told to come again: where the second one is not handed over with the first, Temporal takes some seconds to do it.
  const ask = (decided: typeof one) => branches.handleOf(run).executeUpdate<string, [typeof one]>('decide', { args: [decided] })
  expect(await Promise.all([ask(one), ask(other)])).toEqual(['seen', 'seen'])
  await ended(run)
  expect(branches.asked).toEqual(['advance', 'record', 'record', 'recorded', 'recorded', 'advance', 'effects', 'certificate'])
  await branches.record(run, 'approval-together')
})

test('a moment that comes has the run looked at', async () => {
  branches.fakeApproval.advanceRun = answers(() => ({ kind: 'going', nextAt: Date.now() + 300 }), () => ({ kind: 'going', nextAt: Date.now() - 5_000 }), OVER)
  const run = await begin()
  await ended(run)
  expect(branches.asked).toEqual(['advance', 'advance', 'advance', 'effects', 'certificate'])
  await branches.record(run, 'approval-timed')
})

test('whatever happens while it waits for a moment has it looked at before', async () => {
  branches.fakeApproval.advanceRun = answers(() => ({ kind: 'going', nextAt: Date.now() + 40 * 24 * 3_600_000 }), OVER)
  const run = await begin()
  await asked('advance')
  await branches.runs.stir(run)
  await ended(run)
  expect(branches.asked).toEqual(['advance', 'advance', 'effects', 'certificate'])
  await branches.record(run, 'approval-stirred')
})

test('a run that has nothing to drive ends at once', async () => {
  const run = await begin()
  await ended(run)
  expect(branches.asked).toEqual(['advance', 'effects', 'certificate'])
  await branches.record(run, 'approval-over')
})

test('what fails is tried again until it does not', async () => {
  branches.fakeApproval.advanceRun = answers(bare(new Error('away')), bare(new Error('away')), OVER)
  const run = await begin()
  await ended(run)
  expect(branches.asked).toEqual(['advance', 'advance', 'advance', 'effects', 'certificate'])
  await branches.record(run, 'approval-retried')
})

test('what fails for long is tried again after a pause of the server, which no worker has to sit out', async () => {
  branches.fakeApproval.advanceRun = answers(bare(ApplicationFailure.create({ message: 'away for long', nextRetryDelay: '11 seconds' })), OVER)
  const run = await begin()
  await ended(run)
  expect(branches.asked).toEqual(['advance', 'advance', 'effects', 'certificate'])
  await branches.record(run, 'approval-retried-late')
})

test('a run of many turns goes on in a new one, which knows nothing but its ids, and keeps the state that operators see', async () => {
  branches.fakeApproval.advanceRun = answers(...Array.from({ length: 30 }, () => () => ({ kind: 'going', nextAt: Date.now() - 1, state: 'running' }) as const), { ...OVER, state: 'running' })
  const run = await begin()
  const { firstExecutionRunId } = branches.handleOf(run) as { firstExecutionRunId?: string }
  await ended(run)
  expect(branches.asked.filter((what) => what === 'advance')).toHaveLength(31)
  expect(branches.asked.slice(-2)).toEqual(['effects', 'certificate'])
  expect([await stateOf(run), await told(run)]).toEqual(['running', 0])
  const { workflowExecutionInfo } = (await branches.handleOf(run).describe()).raw
  const first = workflowExecutionInfo?.firstRunId ?? firstExecutionRunId ?? ''
  await branches.record(run, 'approval-long', first)
  await branches.record(run, 'approval-long-end')
  await branches.record(run, 'approval-states-end')
}, 120_000)

test('operators see the state of a run where they list it, told once for each that it comes to', async () => {
  branches.fakeApproval.advanceRun = answers({ ...WAITS, state: 'running' }, { ...WAITS, state: 'running' }, { ...WAITS, state: 'waiting' }, { ...OVER, state: 'approved' })
  const run = await begin()
  for (const [turn, state] of (['running', 'running', 'waiting'] as const).entries()) {
    await asked('advance', turn + 1)
    await expect.poll(() => stateOf(run)).toBe(state)
    await branches.runs.stir(run)
  }
  await ended(run)
  expect(await stateOf(run)).toBe('approved')
  expect(await told(run)).toBe(3)
  await branches.record(run, 'approval-states')
})

test('a run of many decisions goes on in a new one, though none of them ends its stage', async () => {
  branches.fakeApproval.advanceRun = answers(WAITS, WAITS, OVER)
  const run = await begin()
  await asked('advance')
  const { workflowExecutionInfo } = (await branches.handleOf(run).describe()).raw
  for (let n = 0; n < 30; n += 1) expect(await branches.runs.decide(run, decision())).not.toBe('absent')
  await asked('advance', 2)
  expect(branches.asked.filter((what) => what.startsWith('record'))).toHaveLength(30)
  await branches.record(run, 'approval-crowded', workflowExecutionInfo?.execution?.runId ?? '')
  await branches.runs.nudge(run.runId)
  await ended(run)
  expect(branches.asked.slice(-3)).toEqual(['advance', 'effects', 'certificate'])
  await branches.record(run, 'approval-crowded-end')
}, 120_000)

test('how long it waits is what the worker measured, whatever the time is on Temporal', async () => {
  branches.fakeApproval.advanceRun = answers(() => ({ kind: 'going', nextAt: Date.now() - 3_600_000, inMs: 40 * 24 * 3_600_000 }), OVER)
  const run = await begin()
  await asked('advance')
  await branches.runs.stir(run)
  await ended(run)
  expect(branches.asked).toEqual(['advance', 'advance', 'effects', 'certificate'])
  const { events } = await branches.handleOf(run).fetchHistory()
  const timers = (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) => (timer ? [Number(timer.startToFireTimeout?.seconds)] : []))
  expect(timers).toEqual([24 * 3_600])
})

test('what waits is looked at by one activity', async () => {
  const workflowId = `analytics-gauges-${newId()}`
  await branches.client.workflow.execute('analyticsGauges', { workflowId, taskQueue: 'flow', args: [] })
  expect(branches.asked).toEqual(['queues'])
  await branches.recordId(workflowId, 'analytics-gauges')
})

test('the digest is written by one activity', async () => {
  const workflowId = `overdue-digest-${newId()}`
  await branches.client.workflow.execute('overdueDigest', { workflowId, taskQueue: 'flow', args: [] })
  expect(branches.asked).toEqual(['overdue'])
  await branches.recordId(workflowId, 'overdue-digest')
})

test('a check goes on step by step until there is none left', async () => {
  const workflowId = `installation-check-${newId()}`
  await branches.client.workflow.execute('installationCheck', { workflowId, taskQueue: 'flow', args: ['one'] })
  expect(branches.asked).toEqual(['check one', 'check one', 'check one'])
  await branches.recordId(workflowId, 'check')
})

test('what was used is added up by one activity', async () => {
  const workflowId = `usage-rollup-${newId()}`
  await branches.client.workflow.execute('usageRollup', { workflowId, taskQueue: 'flow', args: [] })
  expect(branches.asked).toEqual(['roll up'])
  await branches.recordId(workflowId, 'usage-rollup')
})
