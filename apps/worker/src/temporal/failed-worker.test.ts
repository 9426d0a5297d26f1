import type { Worker } from '@temporalio/worker'
import { expect, test } from 'vitest'
import { failedWorker } from './failed-worker.ts'

type State = ReturnType<Worker['getState']>
const worker = (taskQueue: string, state: () => State) => ({ getState: state, options: { taskQueue } as Worker['options'] })

test('the first worker that has failed is named', async () => {
  const states: State[] = ['RUNNING', 'FAILED']
  const workers = [worker('flow', () => 'RUNNING'), worker('ocr', () => states.shift() ?? 'FAILED')]
  expect((await failedWorker(workers, new AbortController().signal)).message).toBe('the worker of the queue ocr has failed')
})

test('nothing is told after the process was asked to stop', async () => {
  const stop = new AbortController()
  const told = failedWorker([worker('flow', () => (stop.signal.aborted ? 'FAILED' : 'RUNNING'))], stop.signal)
  stop.abort()
  const quiet = Promise.withResolvers<string>()
  setImmediate(() => { quiet.resolve('quiet') })
  expect(await Promise.race([told, quiet.promise])).toBe('quiet')
})
