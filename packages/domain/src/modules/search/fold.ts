import type { Log, RunAsSystem } from '@intellidocs/kernel'
import { passagesRepository } from './passages.repository.ts'

const DELTAS_AT_ONCE = 500
const SETTLE_MS = 250

export type Fold = {
  /** Adds what writers left to the word statistics until nothing waits or somebody else is at it; how many deltas. */
  fold(): Promise<number>
  /** Folds a moment later, once for many calls. Failures are logged: the worker's periodic fold comes again. */
  foldSoon(): void
}

export function createFold({ runAsSystem, log }: { runAsSystem: RunAsSystem; log: Log }): Fold {
  let timer: ReturnType<typeof setTimeout> | undefined
  const fold = async (): Promise<number> => {
    for (let total = 0; ;) {
      const folded = await runAsSystem((tx) => passagesRepository.fold(tx, DELTAS_AT_ONCE))
      total += folded
      if (folded < DELTAS_AT_ONCE) return total
    }
  }
  return {
    fold,
    foldSoon: () => {
      if (timer !== undefined) return
      timer = setTimeout(() => {
        timer = undefined
        fold().catch((error: unknown) => { log.warn({ err: error }, 'the word statistics were not folded; the next fold takes them') })
      }, SETTLE_MS)
      timer.unref()
    },
  }
}
