import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Suite } from './fault.ts'
import { runFault } from './run-fault.ts'
import { startStack, type Stack } from './stack.ts'

/** Few, because `npm test` is for minutes; `npm run faults` does twenty. */
const REPEATS = 1
const SEED = 20_261_122

/** A suite as tests: each fault is one, in their order. */
export function testSuite(suite: Suite): void {
  describe(suite.name, () => {
    let stack: Stack
    beforeAll(async () => { stack = await startStack(suite.stack) })
    afterAll(async () => { await stack.stop() })
    test.each(suite.faults.map((fault) => [fault.name, fault] as const))('%s', async (_name, fault) => {
      const result = await runFault(stack, fault, { repeats: REPEATS, seed: SEED, hurry: true, say: () => undefined })
      process.stdout.write(`${fault.name}: ${result.skipped ?? result.verified?.line ?? 'no ledger line'}\n`)
      expect(result.problems, result.problems.length === 0 ? '' : stack.logs()).toEqual([])
    })
  })
}
