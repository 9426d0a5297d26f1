import { createHash } from 'node:crypto'
import type { OrgId } from '@intellidocs/contracts'
import { atWrite, systemActor, type Actor } from '@intellidocs/kernel'
import { findDecision, pendingOf, settleDecision, type Answer, type DecisionRow } from '../decisions.repository.ts'
import { evaluate } from '../engine/rules.ts'
import { whoCanDecide } from '../people.repository.ts'
import { listSteps } from '../runs.repository.ts'
import { decideTaskRow, findTask, listTasksOf } from '../tasks.repository.ts'
import type { Recorded, RunKey, StepRow, TaskRow } from '../runs.types.ts'
import { refusalOf } from '../tasks.policy.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'
import { closeStep } from './close.ts'
import { ofRun, tell, timingOf } from './events.ts'
import { asTask, holdRun, stageOf, type Work } from './work.ts'

const NOTHING: Recorded = { settled: [], moved: false }

/** As whom the audit names them: they decided, and the worker only writes it down. */
const personOf = (orgId: OrgId, d: DecisionRow): Actor => ({
  kind: d.actorKind, userId: d.userId, orgId, role: 'guest', permissions: new Set(), principals: [], requestId: d.requestId,
  source: { sessionId: d.sessionId, keyId: d.keyId, address: d.address },
})

/**
 * The one transaction of a decision: the task is decided by one conditional statement, the stage's rule looked at and its step closed, the request answered, and event and
 * audit row written, or none of it. Called again for a request that has its answer, it changes nothing.
 */
export function recordDecision(deps: WorkflowsDeps, key: RunKey, decisionId: string): Promise<Recorded> {
  return atWrite('decision', () => deps.runInTx(systemActor(key.orgId, decisionId), async (tx) => {
    const held = await holdRun(deps, tx, key)
    const decision = held === null ? null : await findDecision(tx, key.orgId, { id: decisionId })
    if (held === null || decision?.runId !== key.runId) return NOTHING
    const work: Work = { ...held, deps, tx, actor: personOf(key.orgId, decision) }
    if (decision.state === 'settled') return { settled: await notOpen(work, decision), moved: true }
    const { answer, recorded } = await decide(work, decision)
    await settleDecision(tx, key.orgId, { id: decisionId, answer, at: work.at })
    return recorded
  }))
}

/** Once more for whoever asks again: the task, if it is one that nobody decides any more. */
async function notOpen({ tx, run }: Work, { taskId }: DecisionRow): Promise<Recorded['settled']> {
  const task = await findTask(tx, { orgId: run.orgId, taskId })
  return task === null || task.state === 'open' ? [] : [task.id]
}

type Judging = Pick<Work, 'tx' | 'run' | 'document' | 'barred'>

/** Why this request cannot be granted as things stand; null: it can. */
export async function judge(held: Judging, decision: DecisionRow, task: TaskRow): Promise<Extract<Answer, { kind: 'refused' }> | null> {
  const { tx, run, document, barred } = held
  const { userId, contentSha256, secondFactor } = decision
  const can = await whoCanDecide(tx, { orgId: run.orgId, documentId: run.documentId }, [userId])
  const tooLate = await isTooLate(held, decision, task)
  const refusal = refusalOf({ userId, contentSha256, secondFactor, canDecide: can.has(userId), barred, task, run, document, flow: run.spec, tooLate })
  return refusal === null ? null : { kind: 'refused', ...refusal }
}

/** Asked after a deadline that ends the stage: it is over, whoever is yet to come and end it. */
async function isTooLate({ tx, run }: Judging, { askedAt }: DecisionRow, { dueAt, stepId }: TaskRow): Promise<boolean> {
  if (dueAt === null || askedAt < dueAt) return false
  const step = (await listSteps(tx, { orgId: run.orgId, runId: run.id })).find(({ id }) => id === stepId)
  return step !== undefined && stageOf({ run }, step.stage).onDeadline !== 'wait'
}

/** Records what was asked of a step in time and is not recorded yet, in the order in which it was asked, before its deadline ends it. */
export async function recordPending(work: Work, { id: stepId }: StepRow, before: Date): Promise<void> {
  const { orgId } = work.run
  for (const decision of await pendingOf(work.tx, orgId, { stepId, before })) {
    const { answer } = await decide({ ...work, actor: personOf(orgId, decision) }, decision)
    await settleDecision(work.tx, orgId, { id: decision.id, answer, at: work.at })
  }
}

async function decide(work: Work, decision: DecisionRow): Promise<{ answer: Answer; recorded: Recorded }> {
  const { tx, run, at } = work
  const task = await findTask(tx, { orgId: run.orgId, taskId: decision.taskId })
  if (task === null) throw new Error(`decision ${decision.id} is about a task that is not there`)
  const refused = await judge(work, decision, task)
  if (refused !== null) return { answer: refused, recorded: { settled: task.state === 'open' ? [] : [task.id], moved: false } }
  const { userId, verdict, contentSha256, comment, secondFactor } = decision
  const done = await decideTaskRow(tx, run.orgId, { taskId: task.id, decisionId: decision.id, userId, verdict, contentSha256, comment, secondFactor, at })
  // Its step does not ask any more, or is about other bytes: the run is about to say so itself.
  if (!done) return { answer: { kind: 'refused', code: 'task.closed' }, recorded: { settled: [], moved: true } }
  return { answer: { kind: 'recorded' }, recorded: await afterDecision(work, decision, task) }
}

async function afterDecision(work: Work, decision: DecisionRow, task: TaskRow): Promise<Recorded> {
  const { tx, run } = work
  const step = (await listSteps(tx, { orgId: run.orgId, runId: run.id })).find(({ id }) => id === task.stepId)
  if (step === undefined) throw new Error(`task ${task.id} belongs to no step of its run`)
  const { verdict, contentSha256, secondFactor, comment } = decision
  await tell(work, {
    type: 'workflows.task-decided.v1', payload: { ...ofRun(work), taskId: task.id, byId: decision.userId, verdict, timing: timingOf(work, task.createdAt, task.dueAt) },
  }, {
    decisionId: decision.id, stage: step.stage, round: step.round, version: task.version, contentSha256, secondFactor, for: task.forId, at: work.at.toISOString(),
    commentSha256: comment === null ? null : createHash('sha256').update(comment).digest('hex'),
  })
  const tasks = await listTasksOf(tx, { orgId: run.orgId, runId: run.id, stepId: step.id })
  const outcome = evaluate(stageOf(work, step.stage).decide, tasks.filter(({ state }) => state !== 'closed').map(asTask))
  if (outcome === 'open') return { settled: [task.id], moved: false }
  // What follows of the decision is not this person's doing.
  const closed = await closeStep({ ...work, actor: systemActor(run.orgId, decision.requestId) }, step, outcome)
  return { settled: [task.id, ...closed], moved: true }
}
