import { availableParallelism } from 'node:os'
import type { CheckActivities } from '@intellidocs/domain/admin/temporal'
import type { AnalyticsActivities } from '@intellidocs/domain/analytics/temporal'
import { taskQueues, type FolderReadersActivities, type ProcessingActivities } from '@intellidocs/domain/documents/temporal'
import type { PurgeActivities } from '@intellidocs/domain/orgs/temporal'
import type { RetentionActivities } from '@intellidocs/domain/retention/temporal'
import type { ReembeddingActivities, ReindexingActivities } from '@intellidocs/domain/search/temporal'
import type { UsageActivities } from '@intellidocs/domain/subscriptions/temporal'
import { NOTIFY_QUEUE, type WebhookActivities } from '@intellidocs/domain/webhooks/temporal'
import type { ApprovalActivities, DigestActivities } from '@intellidocs/domain/workflows/temporal'
import type { DataConverter } from '@temporalio/common'
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker'

export type WorkersOptions = {
  readonly connection: NativeConnection
  readonly namespace: string
  readonly dataConverter: DataConverter
  readonly activities: ProcessingActivities & FolderReadersActivities & PurgeActivities & ApprovalActivities & DigestActivities & WebhookActivities
    & AnalyticsActivities & RetentionActivities & UsageActivities & CheckActivities & ReembeddingActivities & ReindexingActivities
  readonly bundlePath: string
}

/** Why each figure: docs/adr on Temporal, and `temporal.md` §2 of the design. */
const common = {
  // A killed worker's cached runs wait this long for it before they go to another one; the default is 10 s.
  stickyQueueScheduleToStartTimeout: '2 seconds',
  // Cancels arrive with heartbeats; the default sends one only every 0.8 of the time-out.
  maxHeartbeatThrottleInterval: '1 second', defaultHeartbeatThrottleInterval: '1 second',
  shutdownGraceTime: '5 seconds', shutdownForceTime: '7 seconds', maxCachedWorkflows: 200,
} satisfies Partial<WorkerOptions>

/**
 * Activities at once. What is begun takes turns on the cores, so more slots than cores make every document slower and none of them sooner, and
 * a document that comes while others wait is slowed by all that is begun. What waits is in Temporal, where organizations take turns. One more for
 * reading, so that long files on every core still let a short one through.
 */
const cores = Math.max(2, availableParallelism())
/** Endpoints that are sent to at once: each waits for somebody else and costs this machine four sockets at most. Of them 100 may be such that fail or are slow, and 20 one organization's. */
const webhookSlots = 500
export const activitySlots = { flow: cores + 1, ocr: cores, index: cores, [NOTIFY_QUEUE]: webhookSlots }
/** Decisions at once, for the same reason; each takes milliseconds. */
const decisions = 2 * cores

/** Runs that one worker means to keep going: enough that every slot finds work while a step of another run is on its way. */
export const runsAtOnce = cores + 1

/** One worker a queue, in one process. Runs of workflows live on `flow` only. */
export function createWorkers({ connection, namespace, dataConverter, activities, bundlePath }: WorkersOptions): Promise<Worker[]> {
  // Certificates of runs that ended before they were asked for elsewhere are still asked for on `flow`.
  const { ocr, index, deliverDue, ...flow } = activities
  const notify = { deliverDue, issueCertificate: flow.issueCertificate }
  const base = { ...common, connection, namespace, dataConverter }
  return Promise.all([
    Worker.create({
      ...base, taskQueue: taskQueues.flow, workflowBundle: { codePath: bundlePath }, activities: flow,
      maxConcurrentActivityTaskExecutions: activitySlots.flow, maxConcurrentWorkflowTaskExecutions: decisions,
    }),
    Worker.create({ ...base, taskQueue: taskQueues.ocr, activities: { ocr }, maxConcurrentActivityTaskExecutions: activitySlots.ocr }),
    Worker.create({ ...base, taskQueue: taskQueues.index, activities: { index }, maxConcurrentActivityTaskExecutions: activitySlots.index }),
    Worker.create({ ...base, taskQueue: NOTIFY_QUEUE, activities: notify, maxConcurrentActivityTaskExecutions: activitySlots[NOTIFY_QUEUE] }),
  ])
}
