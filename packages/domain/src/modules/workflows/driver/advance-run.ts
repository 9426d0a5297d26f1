import { atWrite, newId, systemActor } from '@intellidocs/kernel'
import { advance, onVersion } from '../engine/advance.ts'
import type { Move, StageRef } from '../engine/types.ts'
import { whoCanEdit } from '../people.repository.ts'
import { listSteps, rebindStep, setRunState, setRunVersion } from '../runs.repository.ts'
import { listTasksOf, rebindTasks } from '../tasks.repository.ts'
import type { Ending, Progress, RunKey, StepRow, TaskRow } from '../runs.types.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'
import { effectsOf, endRun, makeVoid } from './close.ts'
import { ofRun, tell } from './events.ts'
import { openStage, skipStage } from './open-stage.ts'
import { nextDue, tend } from './tend.ts'
import { factsOf, holdRun, isUnread, stepOf, type Work } from './work.ts'

/** Each turn opens, skips or ends something; a definition has a hundred stages at most. */
const MOST_TURNS = 1_000
/** Between two looks of a run at which nothing happened. */
const SHORTEST_MS = 2_000

/**
 * Does all that is to be done of a run now, of its rows alone and in one transaction: follows the document, moves tasks that nobody can decide, climbs ladders, reminds, ends
 * deadlines, opens what comes next, and ends it. Safe to call at any time, twice, and from everywhere: called again it finds nothing to do. Whoever lost their place calls it.
 */
export function advanceRun(deps: WorkflowsDeps, key: RunKey): Promise<Progress> {
  const actor = systemActor(key.orgId, newId())
  return atWrite('advance', () => deps.runInTx(actor, async (tx) => {
    const held = await holdRun(deps, tx, key)
    // Gone with its document.
    if (held === null) return { kind: 'over', state: 'cancelled', settled: true }
    if (held.run.endedAt !== null) return { kind: 'over', state: held.run.state, settled: held.run.effectsLeft === 0 }
    return drive({ ...held, deps, tx, actor })
  }))
}

async function drive(work: Work): Promise<Progress> {
  if (work.document.lifecycle !== 'active') return end(work, { outcome: 'cancelled', reason: 'document' })
  await followVersion(work)
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    if (!await tend(work)) return end(work, { outcome: 'cancelled', reason: 'nobody' })
    // What conditions ask of a new version is not known before it was read.
    if (isUnread(work.document)) return rest(work, 'running')
    const steps = await listSteps(work.tx, { orgId: work.run.orgId, runId: work.run.id })
    const move = advance({ spec: work.run.spec, facts: factsOf(work.document), steps: steps.map(stepOf), run: { contentSha256: work.document.sha256 } })
    if (move.kind === 'wait') return rest(work, 'running')
    if (move.kind === 'waitForVersion') return await canBring(work) ? rest(work, 'waiting') : end(work, { outcome: 'cancelled', reason: 'nobody' })
    if (move.kind === 'end') return end(work, await endingOf(work, move, steps))
    if (!await go(work, move, steps)) return end(work, { outcome: 'cancelled', reason: 'nobody' })
  }
  throw new Error(`run ${work.run.id} does not come to rest`)
}

const pick = (steps: readonly StepRow[], refs: readonly StageRef[]): StepRow[] =>
  steps.filter((step) => refs.some(({ stage, round }) => stage === step.stage && round === step.round))

/** False: a stage that it would open has nobody to ask. */
async function go(work: Work, move: Extract<Move, { kind: 'go' }>, steps: readonly StepRow[]): Promise<boolean> {
  for (const step of pick(steps, move.void)) await makeVoid(work, step)
  for (const ref of move.skip) await skipStage(work, ref)
  for (const opening of move.open) if (!await openStage(work, steps, opening)) return false
  return true
}

/** Other bytes than those that steps are about: what each stage's rule says of that, before anything else is looked at. */
async function followVersion(work: Work): Promise<void> {
  const { run, document, tx } = work
  const steps = await listSteps(tx, { orgId: run.orgId, runId: run.id })
  const effect = onVersion({ spec: run.spec, steps: steps.map(stepOf), run: { contentSha256: document.sha256 } })
  for (const step of pick(steps, effect.void)) await makeVoid(work, step)
  for (const step of pick(steps, effect.keep)) {
    await rebindStep(tx, run.orgId, { id: step.id, contentSha256: document.sha256 })
    await rebindTasks(tx, run.orgId, { stepId: step.id, version: document.version, contentSha256: document.sha256 })
  }
  if (effect.restart) await setRunVersion(tx, { orgId: run.orgId, runId: run.id }, document.version)
}

/** What one step brought about is about the bytes of that step, whatever came since. */
async function endingOf({ tx, run, document }: Work, { outcome, by: ref }: Extract<Move, { kind: 'end' }>, steps: readonly StepRow[]): Promise<Ending> {
  const [by] = ref === null ? [] : pick(steps, [ref])
  if (by === undefined) return { outcome, reason: 'decided' }
  const tasks = await listTasksOf(tx, { orgId: run.orgId, runId: run.id, stepId: by.id })
  const version = tasks.findLast(({ contentSha256 }) => contentSha256 === by.contentSha256)?.version
  if (version === undefined && by.contentSha256 !== document.sha256) throw new Error(`nobody was asked about the bytes of step ${by.id}`)
  return { outcome, reason: reasonOf(by, tasks), about: { version: version ?? document.version, sha256: by.contentSha256 } }
}

/** A rejection or an end that no decision brought about came of a deadline. */
function reasonOf({ state }: StepRow, tasks: readonly TaskRow[]): Ending['reason'] {
  if (state === 'expired') return 'deadline'
  return tasks.some(({ closedWhy }) => closedWhy === 'stage') && !tasks.some(({ decision }) => decision === 'reject') ? 'deadline' : 'decided'
}

/** Whether one of those who are told that another version is wanted can bring it. */
async function canBring({ tx, run, document }: Work): Promise<boolean> {
  return (await whoCanEdit(tx, { orgId: run.orgId, documentId: run.documentId }, [run.requesterId, document.ownerId])).size > 0
}

async function end(work: Work, ending: Ending): Promise<Progress> {
  await endRun(work, ending)
  return { kind: 'over', state: ending.outcome, settled: effectsOf(work.run.spec, ending.outcome).length === 0 }
}

async function rest(work: Work, state: 'running' | 'waiting'): Promise<Progress> {
  const { run, document, tx, at } = work
  const changed = await setRunState(tx, { orgId: run.orgId, runId: run.id }, { state, at })
  if (changed && state === 'waiting') {
    await tell(work, { type: 'workflows.version-wanted.v1', payload: { ...ofRun(work), requesterId: run.requesterId, ownerId: document.ownerId } })
  }
  const nextAt = await nextDue(work)
  return { kind: 'going', nextAt, inMs: nextAt === null ? null : Math.max(SHORTEST_MS, nextAt - at.getTime()), state }
}
