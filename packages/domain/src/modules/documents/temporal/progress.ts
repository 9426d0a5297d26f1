import type { Progress } from '../processing.service.ts'

export type ProgressReporter = {
  /** Says where the work is; returns at once. */
  note(progress: Progress): void
  /** Waits until the last note is written. Rethrows what stopped the writing. */
  settle(): Promise<void>
}

/**
 * Writes progress at most once in `everyMs`, and on each change of the stage; what comes faster is dropped in favour of the newest,
 * so a slow database never makes a queue. The first failure (a fence, above all) ends the reporting and is told to `onFailure`.
 */
export function createProgressReporter({ write, everyMs, now, onFailure }: {
  write: (progress: Progress) => Promise<void>
  everyMs: number
  now: () => number
  onFailure: (error: unknown) => void
}): ProgressReporter {
  let waiting: Progress | null = null
  let writing: Promise<void> | null = null
  let failure: { error: unknown } | null = null
  let last: { stage: string; at: number } | null = null
  const drain = async (): Promise<void> => {
    try {
      while (waiting !== null && failure === null) {
        const next = waiting
        waiting = null
        await write(next)
      }
    } catch (error) {
      failure = { error }
      onFailure(error)
    } finally {
      writing = null
    }
  }
  return {
    note: (progress) => {
      const due = last === null || last.stage !== progress.stage || now() - last.at >= everyMs
      if (!due || failure !== null) return
      last = { stage: progress.stage, at: now() }
      waiting = progress
      writing ??= drain()
    },
    settle: async () => {
      await writing
      if (failure !== null) throw failure.error
    },
  }
}
