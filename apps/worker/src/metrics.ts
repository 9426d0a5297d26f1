import { once } from 'node:events'
import { createServer } from 'node:net'
import { serveMetrics, type Metrics } from '@intellidocs/kernel'
import type { NativeConnection, Worker } from '@temporalio/worker'
import proto from '@temporalio/proto'
import { activitySlots } from './temporal/workers.ts'

const { TaskQueueType } = proto.temporal.api.enums.v1
const LOOK_MS = 3_000

/** Where the core of Temporal's SDK answers, for this process alone: it can only listen itself, and operators want one address a process. */
export async function privateAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('a listener without a port')
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${address.port}`
}

export type WorkerPlace = { readonly connection: NativeConnection; readonly namespace: string; readonly workers: readonly Worker[] }

/** Hands taken and free for each queue, and what Temporal holds for it, looked up at each reading. */
export function meterQueues(metrics: Metrics, { connection, namespace, workers }: WorkerPlace): void {
  const slots = metrics.gauge<'queue' | 'state'>({
    name: 'intellidocs_worker_slots', help: 'Activities at once of this process, by queue', labels: ['queue', 'state'],
  })
  const backlog = metrics.gauge<'queue'>({
    name: 'intellidocs_queue_backlog', help: 'Activities that wait in Temporal for a worker, by queue', labels: ['queue'],
  })
  const age = metrics.gauge<'queue'>({ name: 'intellidocs_queue_oldest_seconds', help: 'How long the oldest of them has waited', labels: ['queue'] })
  metrics.onRead('slots', [], async () => {
    for (const worker of workers) {
      const queue = worker.options.taskQueue
      const busy = worker.getStatus().numInFlightActivities
      slots.set({ queue, state: 'busy' }, busy)
      slots.set({ queue, state: 'free' }, activitySlots[queue as keyof typeof activitySlots] - busy)
    }
  })
  metrics.onRead('queues', [], async () => {
    backlog.reset()
    age.reset()
    await connection.withDeadline(Date.now() + LOOK_MS, () => Promise.all(Object.keys(activitySlots).map(async (queue) => {
      const { stats } = await connection.workflowService.describeTaskQueue({
        namespace, taskQueue: { name: queue }, taskQueueType: TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY, reportStats: true,
      })
      backlog.set({ queue }, Number(stats?.approximateBacklogCount ?? 0))
      age.set({ queue }, Number(stats?.approximateBacklogAge?.seconds ?? 0))
    })))
  })
}

/** The worker's metrics and those of Temporal's SDK (`temporal_*`) in one text. */
export function serveWorkerMetrics(of: { address: string; metrics: Metrics; coreAddress: string }): Promise<{ close(): Promise<void> }> {
  const { address, metrics, coreAddress } = of
  return serveMetrics({
    address,
    read: async () => {
      const [own, core] = await Promise.all([metrics.read(), fetch(`http://${coreAddress}/metrics`).then((answer) => answer.text())])
      return { contentType: own.contentType, body: `${own.body}\n${core}` }
    },
  })
}
