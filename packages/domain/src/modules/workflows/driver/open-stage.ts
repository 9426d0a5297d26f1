import type { FlowStage, FlowTaskId } from '@intellidocs/contracts'
import { newId } from '@intellidocs/kernel'
import type { Opening, StageRef } from '../engine/types.ts'
import { isShort } from '../engine/rules.ts'
import { timetable } from '../engine/timetable.ts'
import { insertStep } from '../runs.repository.ts'
import type { StepRow, TaskRow } from '../runs.types.ts'
import { insertTasks, listTasksOf, type NewTask } from '../tasks.repository.ts'
import { ofRun, tell, tellAssigned } from './events.ts'
import { choose } from './choose.ts'
import type { Chosen } from './people.ts'
import { stageOf, type Work } from './work.ts'

type Place = { readonly stepId: string; readonly dueAt: Date | null; readonly from?: TaskRow; readonly byId?: TaskRow['byId']; readonly note?: string | null }

/** Tasks about the document as it is now; one that takes another's place is about the same bytes as that one. */
export const tasksFor = ({ run, document, at }: Work, chosen: readonly Chosen[], { stepId, dueAt, from, byId = null, note = null }: Place): NewTask[] =>
  chosen.map(({ userId, why, forId }) => ({
    id: newId() as FlowTaskId, runId: run.id, stepId, assigneeId: userId, why, fromTaskId: from?.id ?? null, forId, byId, note, version: from?.version ?? document.version,
    contentSha256: from?.contentSha256 ?? document.sha256, at, dueAt,
  }))

/** In whose name they were asked: who stands in for somebody is found anew each time, and who took over a task in person keeps it. */
const askedAs = ({ assigneeId, why, byId, forId }: TaskRow): TaskRow['assigneeId'] =>
  ((why === 'delegated' || why === 'moved') && byId === null ? forId ?? assigneeId : assigneeId)

/** Those whose voice a stage had, in whatever round it was. */
async function askedBefore({ tx, run }: Work, steps: readonly StepRow[], { stage, round }: StageRef): Promise<TaskRow['assigneeId'][]> {
  const before = steps.find((step) => step.stage === stage && step.round === round)
  const tasks = before === undefined ? [] : await listTasksOf(tx, { orgId: run.orgId, runId: run.id, stepId: before.id })
  return tasks.filter(({ closedWhy }) => closedWhy !== 'moved').map(askedAs)
}

async function peopleFor(work: Work, stage: FlowStage, { steps, opening }: { steps: readonly StepRow[]; opening: Opening }): Promise<Chosen[] | null> {
  const again = opening.again === null ? [] : await askedBefore(work, steps, { stage: stage.key, round: opening.again })
  return again.length === 0 ? choose(work, stage, { asked: stage.ask }) : choose(work, stage, { again })
}

/** False: the stage cannot ask those whom its rule needs, and nothing was written. Whom a stage asks is found out now, not when the run began. */
export async function openStage(work: Work, steps: readonly StepRow[], opening: Opening): Promise<boolean> {
  const { run, document, tx, at } = work
  const stage = stageOf(work, opening.stage)
  const chosen = await peopleFor(work, stage, { steps, opening })
  const { dueAt: due, escalations } = timetable(stage, at.getTime(), run.spec.calendar)
  if (chosen === null || (isShort(stage.decide, chosen.length) && escalations.length === 0)) return false
  const dueAt = due === null ? null : new Date(due)
  const stepId = newId()
  await insertStep(tx, { orgId: run.orgId, runId: run.id }, { id: stepId, stage: stage.key, round: opening.round, state: 'open', contentSha256: document.sha256, at, dueAt })
  const tasks = tasksFor(work, chosen, { stepId, dueAt })
  await insertTasks(tx, run.orgId, tasks)
  await tell(work, { type: 'workflows.stage-opened.v1', payload: { ...ofRun(work), stage: stage.key, round: opening.round, tasks: tasks.length } })
  await tellAssigned(work, tasks, opening)
  return true
}

/** Its condition did not hold. */
export async function skipStage(work: Work, { stage, round }: StageRef): Promise<void> {
  const { run, document, tx, at } = work
  await insertStep(tx, { orgId: run.orgId, runId: run.id }, { id: newId(), stage, round, state: 'skipped', contentSha256: document.sha256, at, dueAt: null })
  await tell(work, { type: 'workflows.stage-closed.v1', payload: { ...ofRun(work), stage, round, outcome: 'skipped' } })
}
