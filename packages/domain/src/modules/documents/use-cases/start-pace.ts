import { processingRunId, type RunRef } from '@intellidocs/contracts'
import type { VersionState } from '../processing.repository.ts'

/**
 * A run that has not ended by then makes room all the same: a long scan, or a file that is tried for minutes, waits and works in Temporal and
 * must not keep short documents from being begun.
 */
const COUNTS_MS = 30_000

export type StartPace = {
  /** How many more runs are to be begun now. */
  room(): Promise<number>
  begin(run: RunRef): void
  /** It was not begun after all. */
  forget(run: RunRef): void
}

/**
 * Keeps the runs that this process has begun and that go on to about `most`. What is begun beyond what the workers can do only waits in Temporal,
 * and slows every step of every other run; in the outbox it waits for nothing, and organizations have turns there. Known to this process
 * alone: several workers together begin as many as each of them, and one that was started anew begins with none.
 */
export function createStartPace({ most, states, now }: {
  most: number
  states: (ids: RunRef['versionId'][]) => Promise<VersionState[]>
  now: () => number
}): StartPace {
  const begun = new Map<string, { run: RunRef; at: number }>()
  const forget = (run: RunRef): void => { begun.delete(processingRunId(run)) }

  async function forgetEnded(): Promise<void> {
    const looked = [...begun.values()]
    const found = await states(looked.map(({ run }) => run.versionId))
    const open = new Set(found.filter((state) => state.open).map(processingRunId))
    const since = now() - COUNTS_MS
    for (const { run, at } of looked) if (at < since || !open.has(processingRunId(run))) forget(run)
  }

  return {
    async room() {
      if (begun.size >= most) await forgetEnded()
      return Math.max(0, most - begun.size)
    },
    begin: (run) => { begun.set(processingRunId(run), { run, at: now() }) },
    forget,
  }
}
