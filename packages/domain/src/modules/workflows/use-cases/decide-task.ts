import type { Decided, ErrorCode, FlowTaskId, Verdict } from '@intellidocs/contracts'
import { AppError, hashRequest, newId, systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import { findDecision, insertDecision, settleDecision, type Answer, type DecisionRow } from '../decisions.repository.ts'
import { judge } from '../driver/record-decision.ts'
import { holdRun } from '../driver/work.ts'
import { loadTask, toTask } from '../load-run.ts'
import { findTask } from '../tasks.repository.ts'
import type { DecisionKey, HeldRun, RunKey } from '../runs.types.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'

type Decide = {
  readonly id: FlowTaskId; readonly verdict: Verdict; readonly contentSha256: string; readonly comment?: string | undefined; readonly idempotencyKey: string
}
type Request = { readonly key: RunKey; readonly decision: Pick<DecisionRow, 'id' | 'taskId' | 'answer'> }

/**
 * Asks Temporal to record a decision, once whatever happens: the request is a row first, its id is that of the Update, and it is asked again until it has its answer. No
 * answer in time is `pending`; the same key asks for it later.
 * @throws AppError task.not_found, auth.forbidden (somebody else's task), task.decided, task.closed, run.over, task.requester, task.second_factor, task.stale,
 *   idempotency.mismatch
 */
export async function decideTask(deps: WorkflowsDeps, actor: Actor, input: Decide): Promise<Decided> {
  const secondFactor = await deps.users.hasSecondFactor(actor)
  const { key, decision } = await deps.runInTx(actor, (tx) => request(deps, tx, { actor, input, secondFactor }))
  const shown = async (tx: Tx): Promise<Decided> => ({ status: 'decided', task: toTask(await loadTask(tx, actor, decision.taskId), deps.clock.now()) })
  const heard = decision.answer === null ? await sendDecision(deps, key, { decisionId: decision.id, taskId: decision.taskId }, { actor, shown }) : { answer: decision.answer }
  if (heard === null) return { status: 'pending', taskId: decision.taskId }
  if (heard.answer.kind === 'refused') throw errorOf(heard.answer)
  return heard.shown ?? deps.runInTx(actor, shown, { readOnly: true })
}

type Asking = { readonly actor: Actor; readonly input: Decide; readonly secondFactor: boolean }

async function request(deps: WorkflowsDeps, tx: Tx, { actor, input, secondFactor }: Asking): Promise<Request> {
  const task = await loadTask(tx, actor, input.id)
  const key: RunKey = { orgId: actor.orgId, runId: task.runId, documentId: task.documentId }
  const { id: taskId, verdict, contentSha256, comment = null, idempotencyKey } = input
  const requestHash = hashRequest({ taskId, verdict, contentSha256, comment })
  const by = { userId: actor.userId, idempotencyKey }
  const held = await holdRun(deps, tx, key)
  const before = await findDecision(tx, actor.orgId, by)
  if (before !== null && before.requestHash !== requestHash) throw new AppError('idempotency.mismatch')
  if (before !== null) return { key, decision: before }
  const { sessionId, keyId, address } = actor.source
  const decision: DecisionRow = {
    id: newId(), runId: key.runId, taskId, userId: actor.userId, requestHash, verdict, contentSha256, comment, secondFactor, actorKind: actor.kind === 'apiKey' ? 'apiKey' : 'user',
    sessionId, keyId, address, requestId: actor.requestId, state: 'pending', answer: null, askedAt: deps.clock.now(),
  }
  const refused = await refusal(tx, held, decision)
  if (refused !== null) throw errorOf(refused)
  // Under a key that was used meanwhile for a task of another run.
  if (!await insertDecision(tx, { ...decision, ...by, orgId: actor.orgId })) throw new AppError('idempotency.mismatch')
  return { key, decision }
}

type Refused = Extract<Answer, { kind: 'refused' }>
const errorOf = ({ code, details }: Refused): AppError => new AppError(code as ErrorCode, details === undefined ? {} : { details })

/** As things stand now, without asking Temporal, in a run that is held: whoever records a decision has done so, or waits. */
async function refusal(tx: Tx, held: HeldRun | null, decision: DecisionRow): Promise<Refused | null> {
  const task = held === null ? null : await findTask(tx, { orgId: held.run.orgId, taskId: decision.taskId })
  return held === null || task === null ? { kind: 'refused', code: 'task.not_found' } : judge({ ...held, tx }, decision, task)
}

/** What whoever asked is shown of a decision that was recorded, read in their name with its answer: they wait, and it is the ordinary case. */
type Showing<T> = { readonly actor: Actor; shown(tx: Tx): Promise<T> }
type Heard<T> = { readonly answer: Answer; readonly shown?: T }

/**
 * Null: Temporal, or a worker, does not answer; the request stays as it is. Whatever Temporal says, or does not say in time, the rows know best: a decision may have been
 * recorded although its answer was lost.
 */
export async function sendDecision<T>(deps: WorkflowsDeps, key: RunKey, decision: DecisionKey, showing: Showing<T>): Promise<Heard<T> | null> {
  const gateway = deps.decisions ?? deps.runs
  if (gateway === undefined) return null
  const asked = await gateway.decide(key, decision)
  const heard = await answerOf(deps, key, decision, showing)
  if (heard !== null || asked !== 'absent') return heard
  // Temporal has not heard of the run yet, or has lost it.
  await gateway.begin(key)
  await gateway.decide(key, decision)
  return answerOf(deps, key, decision, showing)
}

/**
 * What came of a request. One that the run refused without writing is judged here, by the rows that made it refuse; should these say nothing against it, it stays pending and
 * is asked again. An Update that is still on its way finds the answer that is given here, and changes nothing.
 */
async function answerOf<T>(deps: WorkflowsDeps, key: RunKey, { decisionId }: DecisionKey, { actor, shown }: Showing<T>): Promise<Heard<T> | null> {
  const before = await deps.runInTx(actor, async (tx): Promise<Heard<T> | 'unanswered' | null> => {
    const found = await findDecision(tx, key.orgId, { id: decisionId })
    if (found === null) return null
    const { answer } = found
    if (answer === null) return 'unanswered'
    return answer.kind === 'recorded' ? { answer, shown: await shown(tx) } : { answer }
  }, { readOnly: true })
  return before === 'unanswered' ? settle(deps, key, decisionId) : before
}

async function settle(deps: WorkflowsDeps, key: RunKey, decisionId: string): Promise<{ answer: Answer } | null> {
  return deps.runInTx(systemActor(key.orgId, key.runId), async (tx) => {
    const held = await holdRun(deps, tx, key)
    // Read again once the run is held: before that, it may be being recorded, and would look as if somebody else had been faster.
    const found = await findDecision(tx, key.orgId, { id: decisionId })
    if (found === null) return null
    if (found.answer !== null) return { answer: found.answer }
    const answer = await refusal(tx, held, found)
    if (answer === null) return null
    await settleDecision(tx, key.orgId, { id: decisionId, answer, at: deps.clock.now() })
    return { answer }
  })
}
