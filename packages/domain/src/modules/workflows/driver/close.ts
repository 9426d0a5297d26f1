import { SYSTEM_USER_ID, type FlowEffect, type FlowSpec, type FlowTaskId, type RunState, type TaskEnd } from '@intellidocs/contracts'
import { closeStepRow, endRunRow, listSteps, voidStep } from '../runs.repository.ts'
import { closeTasks, listTasksOf } from '../tasks.repository.ts'
import type { Ending, StepRow } from '../runs.types.ts'
import { ofRun, tell, tellClosed, timingOf } from './events.ts'
import type { Work } from './work.ts'

/** Closes what is still open of a step; those tasks. */
async function closeOpenTasks(work: Work, step: Pick<StepRow, 'id'>, why: TaskEnd): Promise<FlowTaskId[]> {
  const open = (await listTasksOf(work.tx, { orgId: work.run.orgId, runId: work.run.id, stepId: step.id })).filter(({ state }) => state === 'open')
  const ids = open.map(({ id }) => id)
  await closeTasks(work.tx, work.run.orgId, { ids, why, at: work.at })
  await tellClosed(work, open, why)
  return ids
}

/** Once: whoever comes second changes nothing. Answers the tasks that it closed. */
export async function closeStep(work: Work, step: StepRow, outcome: 'approved' | 'rejected' | 'expired' | 'stale', why: TaskEnd = 'stage'): Promise<FlowTaskId[]> {
  if (!await closeStepRow(work.tx, work.run.orgId, { id: step.id, state: outcome, at: work.at })) return []
  const closed = await closeOpenTasks(work, step, why)
  await tell(work, { type: 'workflows.stage-closed.v1', payload: { ...ofRun(work), stage: step.stage, round: step.round, outcome, timing: timingOf(work, step.openedAt, step.dueAt) } })
  return closed
}

/** What was decided in it stays in the history and decides nothing any more. */
export async function makeVoid(work: Work, step: StepRow): Promise<void> {
  await voidStep(work.tx, work.run.orgId, step.id)
  if (step.state === 'open') await closeStep(work, step, 'stale', 'stale')
}

/** What the end of a run does. */
export const effectsOf = ({ effects }: FlowSpec, outcome: RunState): readonly FlowEffect[] =>
  (outcome === 'approved' || outcome === 'rejected' || outcome === 'expired' ? effects[outcome] : [])

/** The one end of a run: its outcome stands, nothing of it is open, and what it does is noted as still to be done. Nothing where it is over already. */
export async function endRun(work: Work, { outcome, reason, by = SYSTEM_USER_ID, about = work.document }: Ending): Promise<boolean> {
  const { run, tx, at } = work
  const of = { orgId: run.orgId, runId: run.id }
  const effects = effectsOf(run.spec, outcome).length
  if (!await endRunRow(tx, of, { outcome, reason, by, at, effects, about })) return false
  for (const step of await listSteps(tx, of)) if (step.state === 'open') await closeStep(work, step, 'stale', 'run')
  await tell(work, { type: 'workflows.run-ended.v1', payload: { ...ofRun(work), flowId: run.flowId, outcome, requesterId: run.requesterId, tookMs: Math.max(0, at.getTime() - run.createdAt.getTime()) } },
    { reason, effects, flowVersion: run.flowVersion, version: about.version, contentSha256: about.sha256, at: at.toISOString() })
  return true
}
