import {
  isGrpcServiceError, ServiceError, WorkflowNotFoundError, WorkflowUpdateFailedError, WorkflowUpdateRPCTimeoutOrCancelledError, type Client,
} from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import type { FlowRunId } from '@intellidocs/contracts'
import { flowRunId, flowRunOf, type Asked, type DecisionKey, type RunKey, type RunsGateway } from '../runs.types.ts'
import type { approval } from './approval.workflow.ts'
import { approvalSummaries } from './summaries.ts'

/** Ids, and a word of a closed list: search attributes are never encrypted. Registered at server start or by the worker. */
export const flowSearchAttributes = ['FlowRunId', 'FlowState'] as const
const [OrgId, DocumentId, RunId, State] = [
  defineSearchAttributeKey('OrgId', 'KEYWORD'), defineSearchAttributeKey('DocumentId', 'KEYWORD'), defineSearchAttributeKey('FlowRunId', 'KEYWORD'),
  defineSearchAttributeKey('FlowState', 'KEYWORD'),
]
const TASK_QUEUE = 'flow'
const DEADLINE_MS = 10_000
/** Somebody waits for the answer. */
const DECIDE_MS = 3_000
const LISTED_AT_ONCE = 500
/** By their names on Temporal: as values they would bring the workflow's code with them. */
const [STIR, DECIDE] = ['stir', 'decide'] as const

/** What a run is started with, whoever starts it. */
const startOptions = (run: RunKey) => ({
  workflowId: flowRunId(run.runId), taskQueue: TASK_QUEUE, args: [run] as [RunKey],
  // One that is over and is asked for again looks at its rows and ends.
  workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const, workflowIdConflictPolicy: 'USE_EXISTING' as const,
  // A worker that died in the middle of a decision is given up after this time; the default is 10 s.
  workflowTaskTimeout: '5 seconds' as const,
  typedSearchAttributes: [{ key: OrgId, value: run.orgId }, { key: DocumentId, value: run.documentId }, { key: RunId, value: run.runId }, { key: State, value: 'queued' }],
  priority: { fairnessKey: run.orgId }, staticSummary: approvalSummaries.run,
})

/** The way to the runs of flows. Every call ends within 10 s, that of a decision within 3 s. */
export function createRunsGateway(client: Client): RunsGateway {
  const within = <T>(ms: number, call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + ms, call)
  const stir = async (run: RunKey): Promise<void> => {
    await client.workflow.signalWithStart<typeof approval>('approval', { ...startOptions(run), signal: STIR })
  }
  return {
    stir: (run) => within(DEADLINE_MS, () => stir(run)),
    begin: (run) => within(DECIDE_MS, () => stir(run).catch((error: unknown) => {
      if (!isUnreachable(error)) throw error
    })),
    nudge: (runId) => within(DEADLINE_MS, async () => {
      try {
        await client.workflow.getHandle(flowRunId(runId)).signal(STIR)
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      }
    }),
    decide: (run, decision) => within(DECIDE_MS, () => ask(client, run, decision)),
    async *openRuns({ documentId, startedBefore }) {
      const conditions = [`WorkflowType = 'approval' AND ExecutionStatus = 'Running'`]
      if (documentId !== undefined) conditions.push(`DocumentId = '${documentId}'`)
      if (startedBefore !== undefined) conditions.push(`StartTime < '${startedBefore.toISOString()}'`)
      for (let nextPageToken = new Uint8Array(); ;) {
        const request = { namespace: client.options.namespace, query: conditions.join(' AND '), pageSize: LISTED_AT_ONCE, nextPageToken }
        const page = await within(DEADLINE_MS, () => client.workflowService.listWorkflowExecutions(request))
        yield page.executions.map(({ execution }) => flowRunOf(execution?.workflowId ?? '')).filter((runId): runId is FlowRunId => runId !== null)
        if (page.nextPageToken.length === 0) return
        nextPageToken = new Uint8Array(page.nextPageToken)
      }
    },
    isOpen: (runId) => within(DEADLINE_MS, async () => {
      try {
        const { status } = await client.workflow.getHandle(flowRunId(runId)).describe()
        return ['RUNNING', 'CONTINUED_AS_NEW', 'PAUSED'].includes(status.name)
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false
        throw error
      }
    }),
  }
}

/** No answer in time means that nobody knows: the Update may still be recorded. */
async function ask(client: Client, run: RunKey, decision: DecisionKey): Promise<Asked> {
  try {
    await client.workflow.getHandle<typeof approval>(flowRunId(run.runId)).executeUpdate<unknown, [DecisionKey]>(DECIDE, { updateId: decision.decisionId, args: [decision] })
    return 'seen'
  } catch (error) {
    // Refused by the run, which writes nothing: the rows say why.
    if (error instanceof WorkflowUpdateFailedError) return 'seen'
    if (error instanceof WorkflowNotFoundError) return 'absent'
    if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isUnreachable(error)) return 'unknown'
    throw error
  }
}

/** No answer of Temporal, or one about itself and not about what was asked. */
const isUnreachable = (error: unknown): boolean => error instanceof ServiceError || isGrpcServiceError(error)
