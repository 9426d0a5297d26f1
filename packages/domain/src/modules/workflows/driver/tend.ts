import type { FlowStage } from '@intellidocs/contracts'
import { evaluate } from '../engine/rules.ts'
import { nextMoment, timetable } from '../engine/timetable.ts'
import type { Moment, Task } from '../engine/types.ts'
import { listSteps, noteEscalated, noteReminded } from '../runs.repository.ts'
import { closeTasks, insertTasks, listTasksOf } from '../tasks.repository.ts'
import type { StepRow, TaskRow } from '../runs.types.ts'
import { closeStep } from './close.ts'
import { ofRun, tell, tellAssigned, tellClosed } from './events.ts'
import { handOn } from './hand-on.ts'
import { tasksFor } from './open-stage.ts'
import { askable, choose, instead } from './people.ts'
import { stageOf, type Work } from './work.ts'

export const asTask = ({ state, decision }: Pick<TaskRow, 'state' | 'decision'>): Task =>
  (state === 'decided' && decision !== null ? { state, verdict: decision } : { state: state === 'open' ? 'open' : 'closed' })

const taskRows = ({ tx, run }: Work, step: StepRow): Promise<TaskRow[]> => listTasksOf(tx, { orgId: run.orgId, runId: run.id, stepId: step.id })
const isOpen = ({ state }: TaskRow): boolean => state === 'open'
const counted = (tasks: readonly TaskRow[]): TaskRow[] => tasks.filter(({ state }) => state !== 'closed')

async function take(work: Work, tasks: readonly TaskRow[]): Promise<void> {
  await closeTasks(work.tx, work.run.orgId, { ids: tasks.map(({ id }) => id), why: 'moved', at: work.at })
  await tellClosed(work, tasks, 'moved')
}

/** A task whose person left, or cannot read the document any more, goes on by the stage's rule; it never waits for them. */
async function moveStranded(work: Work, stage: FlowStage, step: StepRow): Promise<void> {
  const tasks = await taskRows(work, step)
  const can = await askable(work, tasks.filter(isOpen).map(({ assigneeId }) => assigneeId))
  for (const task of tasks.filter((each) => isOpen(each) && !can.has(each.assigneeId))) {
    const others = counted(await taskRows(work, step)).filter(({ id }) => id !== task.id)
    const drop = stage.ifAway === 'drop' && others.length > 0
    const other = drop ? null : await instead(work, stage, new Set(others.map(({ assigneeId }) => assigneeId)))
    if (other === null) await take(work, [task])
    else await handOn(work, task, { step, to: { userId: other, why: 'moved', forId: null } })
  }
}

async function escalate(work: Work, { stage, step, index }: { stage: FlowStage; step: StepRow; index: number }): Promise<void> {
  const rung = stage.escalation[index]
  if (rung === undefined || !await noteEscalated(work.tx, work.run.orgId, { id: step.id, index })) return
  const tasks = await taskRows(work, step)
  const chosen = await choose(work, stage, { people: rung.to, why: 'escalated', taken: new Set(counted(tasks).map(({ assigneeId }) => assigneeId)) })
  // Nobody is left to take them over: they stay where they are.
  if (chosen.length === 0) return
  if (rung.how === 'replace') await take(work, tasks.filter(isOpen))
  const made = tasksFor(work, chosen, { stepId: step.id, dueAt: step.dueAt })
  await insertTasks(work.tx, work.run.orgId, made)
  await tellAssigned(work, made, step)
}

async function remind(work: Work, step: StepRow, { until, overdue }: Extract<Moment, { kind: 'remind' }>): Promise<void> {
  if (!await noteReminded(work.tx, work.run.orgId, { id: step.id, until: new Date(until) })) return
  for (const { id, assigneeId, dueAt } of (await taskRows(work, step)).filter(isOpen)) {
    await tell(work, { type: 'workflows.task-reminded.v1', payload: { ...ofRun(work), taskId: id, assigneeId, dueAt: dueAt?.toISOString() ?? null, overdue } })
  }
}

const momentOf = ({ run, at }: Work, stage: FlowStage, step: StepRow): Moment | null =>
  nextMoment(timetable(stage, step.openedAt.getTime(), run.spec.calendar), at.getTime(), { remindedUntil: step.remindedAt?.getTime() ?? null, escalated: step.escalated })

/** What is due of one step, and whatever follows of its rule. `nobody`: it asks nobody any more. */
async function tendStep(work: Work, before: StepRow): Promise<'open' | 'closed' | 'nobody'> {
  const stage = stageOf(work, before.stage)
  for (let step = before; ;) {
    await moveStranded(work, stage, step)
    const tasks = counted(await taskRows(work, step))
    if (tasks.length === 0) return 'nobody'
    const outcome = evaluate(stage.decide, tasks.map(asTask))
    if (outcome !== 'open') {
      await closeStep(work, step, outcome)
      return 'closed'
    }
    const moment = momentOf(work, stage, step)
    if (moment === null || moment.at > work.at.getTime()) return 'open'
    if (moment.kind === 'deadline') {
      await closeStep(work, step, moment.does === 'expire' ? 'expired' : 'rejected')
      return 'closed'
    }
    if (moment.kind === 'escalate') await escalate(work, { stage, step, index: moment.index })
    else await remind(work, step, moment)
    step = await again(work, step)
  }
}

async function again({ tx, run }: Work, { id }: StepRow): Promise<StepRow> {
  const found = (await listSteps(tx, { orgId: run.orgId, runId: run.id })).find((step) => step.id === id)
  if (found === undefined) throw new Error('a step is gone while its run is held')
  return found
}

const openSteps = async ({ tx, run }: Work): Promise<StepRow[]> =>
  (await listSteps(tx, { orgId: run.orgId, runId: run.id })).filter(({ state, counts }) => state === 'open' && counts)

/** False: a stage of it asks nobody any more. */
export async function tend(work: Work): Promise<boolean> {
  for (const step of await openSteps(work)) if (await tendStep(work, step) === 'nobody') return false
  return true
}

/** When something of the open steps is due next, in milliseconds since 1970. */
export async function nextDue(work: Work): Promise<number | null> {
  const moments = (await openSteps(work)).map((step) => momentOf(work, stageOf(work, step.stage), step)?.at ?? Infinity)
  const next = Math.min(...moments)
  return Number.isFinite(next) ? next : null
}
