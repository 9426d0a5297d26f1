import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ExtractionError } from '../errors.ts'
import type { Limits } from '../types.ts'
import { startChild } from './child-process.ts'
import { converse, type ChildOutcome } from './conversation.ts'
import type { OtherProgram } from './node-command.ts'
import type { ChildRecord, ChildRequest } from './records.ts'

export type RunChildInput = {
  request: Extract<ChildRequest, { job: 'identify' | 'ocr' | 'convert' | 'picture' | 'searchable' }>
  /** An existing folder; the child gets an own empty one in it, which is removed with everything in it. */
  workDir: string
  limits: Limits
  signal: AbortSignal
  /** What `limits.wallMs` counts: the whole run (default), or the time since the child last said something. */
  clock?: 'whole-run' | 'since-last-record'
  /** Called in order. Throwing ends the child. */
  onRecord: (record: ChildRecord) => void
  /** Called once the child has ended well, before its folder is removed. */
  keep?: (folder: string) => Promise<void>
  /** Called when nothing of the child runs any more, however it ended, with what was its folder. */
  onEnd?: (folder: string) => Promise<void>
  other?: OtherProgram
}

const unheard = { maxBytes: 0, onLine: () => {}, onTooMuch: () => {} }

/**
 * Runs one request in a child of its own: empty folder, no inherited environment, no network, limits, killed with all it started.
 *
 * @throws ExtractionError what the child said, or the limit it crossed; `cancelled` on abort
 */
export async function runChild({ request, workDir, limits, signal, clock, onRecord, keep, onEnd, other }: RunChildInput): Promise<ChildOutcome> {
  if (signal.aborted) throw new ExtractionError('cancelled', 'cancelled before the start', { cause: signal.reason })
  const folder = await mkdtemp(join(await realpath(workDir), 'sandbox-'))
  try {
    const child = await startChild(
      { kind: request.job, folder, readable: [request.path, ...request.job === 'searchable' ? [request.layers] : []], limits, ...(other === undefined ? {} : { other }) }, unheard,
    )
    const outcome = await converse(child, { request, limits, signal, onRecord, ...(clock === undefined ? {} : { clock }) })
    await keep?.(folder)
    return outcome
  } finally {
    await onEnd?.(folder)
    await rm(folder, { recursive: true, force: true })
  }
}
