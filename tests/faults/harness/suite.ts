import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Suite } from './fault.ts'
import { runFault } from './run-fault.ts'
import { NotRunHere } from './small-disk.ts'
import { startStack, type Stack } from './stack.ts'

/** Few, because `npm test` is for minutes; `npm run faults` does twenty. */
const REPEATS = 1
const SEED = 20_261_122

/** A suite as tests: each fault is one, in their order. */
export function testSuite(suite: Suite): void {
  describe(suite.name, () => {
    let stack: Stack | undefined
    let notHere: string | null = null
    beforeAll(async () => {
      stack = await startStack(suite.stack).catch((error: unknown) => {
        if (!(error instanceof NotRunHere)) throw error
        notHere = error.message
        return undefined
      })
    })
    afterAll(async () => { await stack?.stop() })
    test.for(suite.faults.map((fault) => [fault.name, fault] as const))('%s', async ([, fault], context) => {
      if (stack === undefined) return context.skip(notHere ?? 'the product did not start')
      const result = await runFault(stack, fault, { repeats: REPEATS, seed: SEED, hurry: true, say: () => undefined })
      if (result.skipped !== null && result.problems.length === 0) context.skip(result.skipped)
      process.stdout.write(`${fault.name}: ${result.verified?.line ?? 'no ledger line'}\n`)
      expect(result.problems, result.problems.length === 0 ? '' : stack.logs()).toEqual([])
    })
  })
}
