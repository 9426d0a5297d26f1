import { defineSearchAttributeKey } from '@temporalio/common'
import {
  ActivityFailure, allHandlersFinished, ApplicationFailure, condition, continueAsNew, defineSignal, defineUpdate, isCancellation, patched, proxyActivities,
  proxyLocalActivities, setHandler, sleep, upsertSearchAttributes, workflowInfo,
} from '@temporalio/workflow'
import type { LocalActivityOptions } from '@temporalio/workflow'
import type { DecisionKey, Progress, RunKey } from '../runs.types.ts'
import type { CertificateActivities } from '../certificates/certificates.activities.ts'
import type { ApprovalActivities } from './activities.types.ts'
import { approvalSummaries } from './summaries.ts'

/** Something of the run or its document has changed: look again. */
export const stir = defineSignal('stir')
/** Record the decision of this id. It says only that it was looked at: what came of it stands in its row. */
export const decide = defineUpdate<'seen', [DecisionKey]>('decide')

/** How operators filter the runs of flows. Never sealed, so one of a closed list. */
const flowState = defineSearchAttributeKey('FlowState', 'KEYWORD')
/** A timer longer than this is set in parts, so that a worker's clock or a changed calendar is seen within a day. */
const LOOK_EVERY_MS = 24 * 3_600_000
/** Turns to a run: some two hundred events of history. */
const MOST_TURNS = 30
/** Decisions to a run, also while none of them ends a stage: about as many events. */
const MOST_DECISIONS = 30

/** A transaction each, of milliseconds. Tried without end: nobody else carries the run on, and what is broken meanwhile is mended some time. */
const step = (summary: string, options: LocalActivityOptions = {}): ApprovalActivities => proxyLocalActivities<ApprovalActivities>({
  startToCloseTimeout: '30 seconds', localRetryThreshold: '10 seconds', summary,
  retry: { initialInterval: '200 milliseconds', backoffCoefficient: 2, maximumInterval: '60 seconds' },
  ...options,
})

/**
 * Drives one run of a flow: who is asked, when and what follows of it is decided by the rows in the database, in one transaction each time something happens; this
 * only waits. It knows nothing that is not in the rows, so that a run that lost its place, or its whole Temporal, begins again from its arguments.
 */
export async function approval(run: RunKey): Promise<void> {
  let stirred = true
  let over = false
  /** Its end does nothing, or has done all. */
  let isSettled = false
  let decisions = 0
  /** Somebody waits for the answer to a decision after which the run is looked at. */
  let decided = false
  // Runs that were begun before go on as new between two turns only, when they come to one.
  const goesOnAtOnce = patched('goes-on-at-once')
  const answersFirst = patched('answers-first')
  const isLong = (): boolean => workflowInfo().continueAsNewSuggested || (goesOnAtOnce && decisions >= MOST_DECISIONS)
  const settled = new Set<string>()
  const busy = new Set<string>()
  setHandler(stir, () => { stirred = true })
  setHandler(decide, async ({ decisionId, taskId }): Promise<'seen'> => {
    // One at a time for a task: those who come second are told from the rows, at no cost.
    while (busy.has(taskId)) await condition(() => !busy.has(taskId))
    if (settled.has(taskId)) return 'seen'
    busy.add(taskId)
    try {
      const recorded = await step(approvalSummaries.decide).recordDecision(run, decisionId)
      for (const id of recorded.settled) settled.add(id)
      if (recorded.moved) stirred = decided = true
    } finally {
      busy.delete(taskId)
      decisions += 1
    }
    return 'seen'
  }, {
    validator: ({ taskId }) => {
      if (over || settled.has(taskId)) throw ApplicationFailure.nonRetryable('nothing is to be decided any more', 'Settled')
    },
  })
  // A replay hands over at once what came one after the other. So that the same order comes of it, the run goes on only while no decision is under way.
  const rest = async (): Promise<void> => {
    await condition(allHandlersFinished)
    // A local activity keeps all answers back until it is done: what follows of a decision begins in a task of its own.
    if (decided) await sleep(1, { summary: approvalSummaries.answer })
    decided = false
    await condition(allHandlersFinished)
  }
  for (let turn = 0; turn < MOST_TURNS && !isLong(); turn += 1) {
    if (answersFirst) await rest()
    stirred = false
    const progress = await step(approvalSummaries.advance).advanceRun(run)
    // As above: nothing is told to the server before the decisions under way.
    if (goesOnAtOnce) await condition(allHandlersFinished)
    show(progress.state)
    if (progress.kind === 'over') {
      over = true
      isSettled = progress.settled === true
      break
    }
    await untilWoken(() => stirred || (goesOnAtOnce && isLong()), progress)
  }
  if (over) {
    if (!isSettled) await step(approvalSummaries.effects).runEffects(run)
    await certify(run)
  }
  await condition(allHandlersFinished)
  if (!over) await continueAsNew<typeof approval>(run)
}

/**
 * Rows of the audit are sealed each two seconds, so the first try is for those that are already. What could not be issued in an hour, as the chain is broken or held back, is
 * issued when somebody asks for it. On the queue of what waits: certificates wait for each other (`certificates.activities.ts`), and would hold the places of reading.
 */
const { issueCertificate } = proxyActivities<CertificateActivities>({
  taskQueue: 'notify', startToCloseTimeout: '60 seconds', scheduleToCloseTimeout: '1 hour', summary: approvalSummaries.certificate,
  retry: { initialInterval: '2 seconds', backoffCoefficient: 2, maximumInterval: '60 seconds' },
})

async function certify({ orgId, runId }: RunKey): Promise<void> {
  try {
    await issueCertificate({ orgId, runId })
  } catch (error) {
    if (isCancellation(error) || !(error instanceof ActivityFailure)) throw error
  }
}

/** A history says itself whether it was told a state: those from before tell none, and replay without this. */
function show(state: Progress['state']): void {
  if (state === undefined || workflowInfo().typedSearchAttributes.get(flowState) === state) return
  upsertSearchAttributes([{ key: flowState, value: state }])
}

async function untilWoken(woken: () => boolean, { nextAt, inMs = nextAt === null ? null : nextAt - Date.now() }: Extract<Progress, { kind: 'going' }>): Promise<void> {
  if (inMs === null) return condition(woken)
  await condition(woken, Math.max(1, Math.min(inMs, LOOK_EVERY_MS)), { summary: approvalSummaries.wait })
}
