import type { Reason } from '@intellidocs/contracts'
import { ExtractionError } from '../errors.ts'

/** How a child ended, as seen from outside. */
export type Ending = {
  exitCode: number | null
  exitSignal: NodeJS.Signals | null
  stderr: string
  cpuSeconds: number
  cpuLimit: number
}

const outOfMemory = /heap out of memory|Cannot enlarge memory|Array buffer allocation failed|out of memory|bad_alloc|ENOMEM/i

/** The reason of a child that ended without saying one. */
export function reasonOf(ending: Ending): Reason {
  if (ending.exitSignal === 'SIGXCPU') return 'cpu_limit'
  // The hard CPU limit and the kernel's out-of-memory killer both send KILL; the time used tells them apart.
  if (ending.exitSignal === 'SIGKILL') return ending.cpuSeconds >= ending.cpuLimit - 1 ? 'cpu_limit' : 'memory_limit'
  if (ending.exitSignal === 'SIGXFSZ') return 'output_limit'
  if (outOfMemory.test(ending.stderr)) return 'memory_limit'
  // A native decoder that crashes does so because of the bytes it was given.
  if (ending.exitSignal === 'SIGSEGV' || ending.exitSignal === 'SIGBUS' || ending.exitSignal === 'SIGFPE') return 'corrupt'
  return 'internal'
}

export function errorOf(ending: Ending, mime: string | null): ExtractionError {
  const how = ending.exitSignal ?? `exit code ${ending.exitCode}`
  // stderr of a parser may quote the document, so only its first line, shortened, goes into the log.
  const words = ending.stderr.trim().split('\n').find((line) => /error|fatal|abort/i.test(line)) ?? ''
  return new ExtractionError(reasonOf(ending), `the child ended by ${how}: ${words.slice(0, 200)}`, { mime })
}
