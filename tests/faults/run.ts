// `npm run faults`: every fault twenty times, each followed by the line of its ledger. Exit 1 unless every figure is zero.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Fault, Suite } from './harness/fault.ts'
import { runFault, type FaultResult } from './harness/run-fault.ts'
import { NotRunHere } from './harness/small-disk.ts'
import { startStack } from './harness/stack.ts'
import { countTotals, totalLine } from './harness/totals.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    repeats: { type: 'string', default: '20' },
    seed: { type: 'string', default: '20261122' },
  },
})
const repeats = wholeNumber('repeats', values.repeats)
const seed = wholeNumber('seed', values.seed)
const say = (line: string): void => void process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} wants a whole number of at least 1`)
  return number
}

/** Of a suite whose name is asked for, all faults; else those whose name holds what is asked for. */
function chosen({ name, faults }: Suite): Fault[] {
  return faults.filter((fault) => values.only.length === 0 || values.only.some((part) => part === name || fault.name.includes(part)))
}

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The first asks for an orderly end after the round that is under way, of which the ledger is compared; every program we started ends with us.
    if (stopping.signal.aborted) process.exit(130)
    stopping.abort()
  })
}

async function runSuite(suite: Suite): Promise<FaultResult[]> {
  const faults = chosen(suite)
  if (faults.length === 0 || stopping.signal.aborted) return []
  const stack = await startStack(suite.stack)
  const results: FaultResult[] = []
  try {
    for (const fault of faults) {
      if (stopping.signal.aborted) break
      const result = await runFault(stack, fault, { repeats, seed, hurry: false, enough: stopping.signal, say })
      results.push(result)
      print(fault, result)
      if (result.problems.length > 0) process.stdout.write(`${stack.logs()}\n`)
    }
  } finally {
    await stack.stop()
  }
  return results
}

function print({ what }: Fault, { name, rounds, seconds, skipped, verified, problems }: FaultResult): void {
  const line = skipped === null ? verified?.line ?? 'no ledger line' : `skipped: ${skipped}`
  process.stdout.write(`${name} (${what}; ${rounds} rounds, ${seconds.toFixed(0)} s)\n  ${line}\n`)
  for (const problem of problems.slice(0, 20)) process.stdout.write(`  NOT KEPT ${problem}\n`)
}

const results: FaultResult[] = []
for (const file of readdirSync(import.meta.dirname).filter((name) => name.endsWith('.faults.ts')).sort()) {
  const { suite } = await import(join(import.meta.dirname, file)) as { suite: Suite }
  try {
    results.push(...await runSuite(suite))
  } catch (error) {
    if (!(error instanceof NotRunHere)) throw error
    results.push(...chosen(suite).map(({ name }): FaultResult => ({ name, rounds: 0, seconds: 0, problems: [], skipped: error.message, verified: null })))
    process.stdout.write(`${suite.name}\n  skipped: ${error.message}\n`)
  }
}
const totals = countTotals(results)
process.stdout.write(`${totalLine(totals)}\n`)
process.exitCode = totals.notKept > 0 || totals.faults === 0 || stopping.signal.aborted ? 1 : 0
