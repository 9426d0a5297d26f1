import type { FlowStage, UserId } from '@intellidocs/contracts'
import { evaluate, isShort, needsEach } from '../engine/rules.ts'
import { nextMoment, timetable } from '../engine/timetable.ts'
import type { Moment } from '../engine/types.ts'
import { listSteps, noteEscalated, noteReminded } from '../runs.repository.ts'
import { closeTasks, insertTasks, listTasksOf } from '../tasks.repository.ts'
import type { StepRow, TaskRow } from '../runs.types.ts'
import { chooseMore } from './choose.ts'
import { closeStep } from './close.ts'
import { tellAssigned, tellClosed, tellReminded } from './events.ts'
import { handOn } from './hand-on.ts'
import { tasksFor } from './open-stage.ts'
import { askable, resolve, successors } from './people.ts'
import { recordPending } from './record-decision.ts'
import { asTask, stageOf, type Work } from './work.ts'

const taskRows = ({ tx, run }: Work, step: StepRow): Promise<TaskRow[]> => listTasksOf(tx, { orgId: run.orgId, runId: run.id, stepId: step.id })
const isOpen = ({ state }: TaskRow): boolean => state === 'open'
const counted = (tasks: readonly TaskRow[]): TaskRow[] => tasks.filter(({ state }) => state !== 'closed')

async function take(work: Work, tasks: readonly TaskRow[]): Promise<void> {
  await closeTasks(work.tx, work.run.orgId, { ids: tasks.map(({ id }) => id), why: 'moved', at: work.at })
  await tellClosed(work, tasks, 'moved')
}

/**
 * A task whose person left, or cannot read the document any more, goes on by the stage's rule; it never waits for them. False: nobody can take a place that counts, and nobody
 * may lose their say by losing sight of the document.
 */
async function moveStranded(work: Work, stage: FlowStage, step: StepRow): Promise<boolean> {
  const tasks = counted(await taskRows(work, step))
  const can = await askable(work, tasks.filter(isOpen).map(({ assigneeId }) => assigneeId))
  const stranded = tasks.filter((task) => isOpen(task) && !can.has(task.assigneeId))
  if (stranded.length === 0) return true
  const free = (await successors(work, stage)).filter((userId) => !tasks.some(({ assigneeId }) => assigneeId === userId))
  const gone: TaskRow[] = []
  for (const task of stranded) {
    const drop = stage.ifAway === 'drop' && tasks.length - gone.length > 1
    const other = drop ? undefined : free.shift()
    if (other !== undefined) await handOn(work, task, { step, to: { userId: other, why: 'moved', forId: null } })
    else if (!drop && needsEach(stage.decide)) return false
    else gone.push(task)
  }
  await take(work, gone)
  return true
}

async function escalate(work: Work, { stage, step, index }: { stage: FlowStage; step: StepRow; index: number }): Promise<void> {
  const rung = stage.escalation[index]
  if (rung === undefined || !await noteEscalated(work.tx, work.run.orgId, { id: step.id, index })) return
  const tasks = counted(await taskRows(work, step))
  const wanted = await resolve(work, rung.to)
  const { chosen, complete } = await chooseMore(work, stage, { people: wanted, taken: new Set(tasks.map(({ assigneeId }) => assigneeId)) })
  // Nobody is left to take them over: they stay where they are.
  if (chosen.length === 0) return
  if (rung.how === 'replace' && complete) await replace(work, stage, { tasks, wanted: new Set(wanted), added: chosen.length })
  const made = tasksFor(work, chosen, { stepId: step.id, dueAt: step.dueAt })
  await insertTasks(work.tx, work.run.orgId, made)
  await tellAssigned(work, made, step)
}

type Replaced = { readonly tasks: readonly TaskRow[]; readonly wanted: ReadonlySet<UserId>; readonly added: number }

/** Whoever has not answered goes, but those whom the rung names as well; all stay where those left could not bring the approvals together. */
async function replace(work: Work, stage: FlowStage, { tasks, wanted, added }: Replaced): Promise<void> {
  const gone = tasks.filter((task) => isOpen(task) && !wanted.has(task.assigneeId) && (task.forId === null || !wanted.has(task.forId)))
  if (!isShort(stage.decide, tasks.length - gone.length + added)) await take(work, gone)
}

async function remind(work: Work, step: StepRow, { until, overdue }: Extract<Moment, { kind: 'remind' }>): Promise<void> {
  if (!await noteReminded(work.tx, work.run.orgId, { id: step.id, until: new Date(until) })) return
  await tellReminded(work, (await taskRows(work, step)).filter(isOpen), overdue)
}

const momentOf = ({ run, at }: Work, stage: FlowStage, step: StepRow): Moment | null =>
  nextMoment(timetable(stage, step.openedAt.getTime(), run.spec.calendar), at.getTime(), { remindedUntil: step.remindedAt?.getTime() ?? null, escalated: step.escalated })

/** Whether a rung of its ladder is yet to be climbed. */
const mayGrow = ({ run }: Work, stage: FlowStage, { openedAt, escalated }: StepRow): boolean =>
  timetable(stage, openedAt.getTime(), run.spec.calendar).escalations.some(({ index }) => !escalated.includes(index))

/** What was asked in time is recorded first, and may close it otherwise. */
async function atDeadline(work: Work, step: StepRow, { at, does }: Extract<Moment, { kind: 'deadline' }>): Promise<'closed'> {
  await recordPending(work, step, new Date(at))
  await closeStep(work, step, does === 'expire' ? 'expired' : 'rejected')
  return 'closed'
}

/** What is due of one step, and whatever follows of its rule. `nobody`: it cannot ask those whom its rule needs. */
async function tendStep(work: Work, before: StepRow): Promise<'open' | 'closed' | 'nobody'> {
  const stage = stageOf(work, before.stage)
  for (let step = before; ;) {
    if (!await moveStranded(work, stage, step)) return 'nobody'
    const tasks = counted(await taskRows(work, step))
    if (tasks.length === 0) return 'nobody'
    const outcome = evaluate(stage.decide, tasks.map(asTask))
    if (outcome !== 'open') {
      await closeStep(work, step, outcome)
      return 'closed'
    }
    if (isShort(stage.decide, tasks.length) && !mayGrow(work, stage, step)) return 'nobody'
    const moment = momentOf(work, stage, step)
    if (moment === null || moment.at > work.at.getTime()) return 'open'
    if (moment.kind === 'deadline') return atDeadline(work, step, moment)
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

/** False: a stage of it cannot ask those whom its rule needs. */
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
