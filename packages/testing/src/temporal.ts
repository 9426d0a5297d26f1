import { ask } from './broker.ts'

/**
 * Address and a namespace of this run's Temporal server. Each call gets a namespace of its own, so that test files with workers on the same
 * task queues do not take each other's tasks: call it once per file.
 */
export function testTemporal(): Promise<{ address: string; namespace: string }> {
  return ask('temporal')
}
