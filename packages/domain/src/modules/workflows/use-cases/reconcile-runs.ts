import type { FlowRunId } from '@intellidocs/contracts'
import { newId, systemActor } from '@intellidocs/kernel'
import { drivenRuns, findDriven, orgsThatRun, type DrivenRun } from '../chores.repository.ts'
import { noteSent, pendingDecisions } from '../decisions.repository.ts'
import { strandedRuns } from '../people.repository.ts'
import type { RunsGateway } from '../runs.types.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'
import { sendDecision } from './decide-task.ts'

export type ReconciledRuns = { looked: number; begun: number; ended: number }
type Options = { readonly olderThanMs: number; readonly signal: AbortSignal }

const BATCH = 500

/**
 * Makes rows and runs on Temporal fit together again, all of them however many: a run that is open, or has something left to do, and that Temporal does not know is begun
 * there from its rows; one that is open there and has no row, or a row that is over, looks at that and ends. Safe to run twice at once.
 */
export async function reconcileRuns(deps: WorkflowsDeps, gateway: RunsGateway, options: Options): Promise<ReconciledRuns> {
  const result: ReconciledRuns = { looked: 0, begun: 0, ended: 0 }
  const olderThan = new Date(deps.clock.now().getTime() - options.olderThanMs)
  const known = await openOnTemporal(gateway, options.signal)
  for (let after: string | null = null; ;) {
    const rows: DrivenRun[] = await deps.runAsSystem((tx) => drivenRuns(tx, { after, limit: BATCH }))
    result.looked += rows.length
    for (const { orgId, runId, documentId, changedAt } of rows) {
      options.signal.throwIfAborted()
      // What Temporal lists lags behind: whom it does not list it is asked about.
      if (known.has(runId) || changedAt >= olderThan || await gateway.isOpen(runId)) continue
      await gateway.stir({ orgId, runId, documentId })
      result.begun += 1
    }
    after = rows.at(-1)?.runId ?? null
    if (rows.length < BATCH) break
  }
  for await (const runIds of gateway.openRuns({ startedBefore: olderThan })) result.ended += await endIdle(deps, gateway, runIds)
  return result
}

async function openOnTemporal(gateway: RunsGateway, signal: AbortSignal): Promise<Set<FlowRunId>> {
  const known = new Set<FlowRunId>()
  for await (const runIds of gateway.openRuns({})) {
    signal.throwIfAborted()
    for (const runId of runIds) known.add(runId)
  }
  return known
}

/** Those that have nothing left to drive are told to look, and end by themselves; a row that is gone leaves nothing but the id. */
async function endIdle({ runAsSystem }: WorkflowsDeps, gateway: RunsGateway, runIds: readonly FlowRunId[]): Promise<number> {
  const rows = new Map((await runAsSystem((tx) => findDriven(tx, runIds))).map((row) => [row.runId, row]))
  const idle = runIds.filter((runId) => rows.get(runId)?.driven !== true)
  for (const runId of idle) await gateway.nudge(runId)
  return idle.length
}

/**
 * The safety net behind the subscribers, whose deliveries may be given up while Temporal is away: runs with something to do that nobody told them of look. Answers how many.
 */
export async function stirStranded(deps: WorkflowsDeps, gateway: RunsGateway, signal: AbortSignal): Promise<number> {
  let stirred = 0
  for (const orgId of await deps.runAsSystem(orgsThatRun)) {
    for (let after: string | null = null; ;) {
      const page: { after: string | null; limit: number } = { after, limit: BATCH }
      const runs = await deps.runInTx(systemActor(orgId, newId()), (tx) => strandedRuns(tx, orgId, page), { readOnly: true })
      for (const run of runs) {
        signal.throwIfAborted()
        await gateway.stir(run)
        stirred += 1
      }
      after = runs.at(-1)?.runId ?? null
      if (runs.length < BATCH) break
    }
  }
  return stirred
}

const PENDING = 200
const AT_ONCE = 8

/** Asks again for the requests that nobody has answered for a while, by the same ids, until they have their answers. Answers how many were settled. */
export async function resendDecisions(deps: WorkflowsDeps, { olderThanMs, signal }: Options): Promise<number> {
  const sentBefore = new Date(deps.clock.now().getTime() - olderThanMs)
  const pending = await deps.runAsSystem((tx) => pendingDecisions(tx, { sentBefore, limit: PENDING }))
  let settled = 0
  const lane = async (): Promise<void> => {
    for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
      signal.throwIfAborted()
      const { decisionId, taskId, ...key } = one
      const actor = systemActor(key.orgId, newId())
      await deps.runInTx(actor, (tx) => noteSent(tx, key.orgId, { id: decisionId, at: deps.clock.now() }))
      // Nobody waits to be shown it.
      if (await sendDecision(deps, key, { decisionId, taskId }, { actor, shown: () => Promise.resolve(null) }) !== null) settled += 1
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, lane))
  return settled
}
