import type { Client } from '@temporalio/client'
import { defineSearchAttributeKey } from '@temporalio/common'
import { webhookRunId, type WebhookGateway } from '../webhooks.types.ts'
import { webhookSummaries } from './summaries.ts'
import type { webhookEndpoint } from './webhook-endpoint.workflow.ts'

const OrgId = defineSearchAttributeKey('OrgId', 'KEYWORD')
const TASK_QUEUE = 'flow'
const DEADLINE_MS = 2_000

/** The worker's way to the runs that send. Every call ends within 2 s: the relay's places are for more than this, and what is not woken is found. */
export function createWebhookGateway(client: Client): WebhookGateway {
  return {
    wake: (ref) => client.withDeadline(Date.now() + DEADLINE_MS, async () => {
      await client.workflow.signalWithStart<typeof webhookEndpoint>('webhookEndpoint', {
        workflowId: webhookRunId(ref), taskQueue: TASK_QUEUE, args: [ref], signal: 'wake', signalArgs: [],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        typedSearchAttributes: [{ key: OrgId, value: ref.orgId }],
        // Organizations take turns, also where one of them has fifty endpoints.
        priority: { fairnessKey: ref.orgId }, staticSummary: webhookSummaries.run,
      })
    }),
  }
}
