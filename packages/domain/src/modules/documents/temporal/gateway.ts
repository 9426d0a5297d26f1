import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type Client } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { processingRunId, processingRunOf, type RunRef } from '@intellidocs/contracts'
import { noTracing, type Tracing } from '@intellidocs/kernel'
import { taskQueues, type ProcessingGateway, type RunStatus } from '../processing.types.ts'
import type { documentProcessing } from './document-processing.workflow.ts'
import { summaries } from './summaries.ts'

/** Ids only: search attributes are never encrypted. Registered at server start or by the worker. */
export const searchAttributeNames = ['OrgId', 'DocumentId', 'VersionId'] as const
const [OrgId, DocumentId, VersionId] = [
  defineSearchAttributeKey('OrgId', 'KEYWORD'), defineSearchAttributeKey('DocumentId', 'KEYWORD'), defineSearchAttributeKey('VersionId', 'KEYWORD'),
]

const DEADLINE_MS = 10_000
const LISTED_AT_ONCE = 500
const statuses: Record<string, RunStatus> = { RUNNING: 'open', CONTINUED_AS_NEW: 'open', PAUSED: 'open', FAILED: 'failed', TIMED_OUT: 'failed' }
const mega = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)

export type GatewayOptions = { readonly tracing?: Tracing; readonly runsAtOnce?: number }

/** The way to Temporal of the processes that have one. Every call ends within 10 s, so that a delivery's lease is not outlived. */
export function createProcessingGateway(client: Client, { tracing = noTracing, runsAtOnce = 1_000 }: GatewayOptions = {}): ProcessingGateway {
  const within = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + DEADLINE_MS, call)
  return {
    runsAtOnce,
    start: (ref, of) => within(async () => {
      const trace = tracing.current()
      const scan = of.scan === 'waiting' ? { scan: true as const } : {}
      try {
        await client.workflow.start<typeof documentProcessing>('documentProcessing', {
          workflowId: processingRunId(ref), taskQueue: taskQueues.flow, args: [{ ...ref, ...(trace === null ? {} : { trace }), ...scan }],
          workflowIdReusePolicy: 'REJECT_DUPLICATE', workflowIdConflictPolicy: 'USE_EXISTING',
          typedSearchAttributes: [
            { key: OrgId, value: ref.orgId }, { key: DocumentId, value: ref.documentId }, { key: VersionId, value: ref.versionId },
          ],
          // One organization's thousand files do not stand in front of another's one.
          priority: { fairnessKey: ref.orgId },
          staticSummary: summaries.run({ version: of.versionNumber, attempt: ref.attempt, megabytes: mega(of.size) }),
          staticDetails: `Read “${of.name}”`,
        })
      } catch (error) {
        // The id was used and its run is over: this attempt had its run.
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
      }
    }),
    cancel: (ref) => within(async () => {
      try {
        await client.workflow.getHandle(processingRunId(ref)).cancel()
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error
      }
    }),
    status: (ref) => within(async () => {
      try {
        const { status } = await client.workflow.getHandle(processingRunId(ref)).describe()
        return statuses[status.name] ?? 'closed'
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return 'absent'
        throw error
      }
    }),
    async *openRuns(startedBefore) {
      const query = `WorkflowType = 'documentProcessing' AND ExecutionStatus = 'Running' AND StartTime < '${startedBefore.toISOString()}'`
      for (let nextPageToken = new Uint8Array(); ;) {
        const request = { namespace: client.options.namespace, query, pageSize: LISTED_AT_ONCE, nextPageToken }
        const page = await within(() => client.workflowService.listWorkflowExecutions(request))
        yield page.executions.map(({ execution }) => processingRunOf(execution?.workflowId ?? '')).filter((run): run is RunRef => run !== null)
        if (page.nextPageToken.length === 0) return
        nextPageToken = new Uint8Array(page.nextPageToken)
      }
    },
  }
}
