import { setTimeout as delay } from 'node:timers/promises'
import type { Worker } from '@temporalio/worker'

const LOOK_EVERY_MS = 1000

/**
 * Settles when a worker has failed for good, never otherwise. Its `run()` does not tell: after a fatal error of its pollers (a namespace that went
 * away) it waits without end for a native part that was never asked to stop, and a process that takes no work looks alive to everybody.
 */
export async function failedWorker(workers: readonly Pick<Worker, 'getState' | 'options'>[], signal: AbortSignal): Promise<Error> {
  while (!signal.aborted) {
    const failed = workers.find((worker) => worker.getState() === 'FAILED')
    if (failed !== undefined) return new Error(`the worker of the queue ${failed.options.taskQueue} has failed`)
    // The only thing that ends the wait early is the signal, which the loop looks at.
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined)
  }
  return new Promise(() => undefined)
}
