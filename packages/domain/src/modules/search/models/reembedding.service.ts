import { newId, systemActor, type Log, type RunAsSystem, type RunInTx } from '@intellidocs/kernel'
import { workInTurns } from '../in-turns.ts'
import { modelsRepository as repository } from './models.repository.ts'
import type { Models } from './models.ts'
import { workPortion } from './portion.ts'

const PLACES_AT_ONCE = 50
/** A step of a run: long enough that its history stays short, short enough that a worker which ends loses little. */
const STEP_MS = 20_000

/** `waiting`: organizations that search still by another model, or lack vectors; `made`: vectors made for these so far. */
export type ReembeddingProgress = { readonly model: string; readonly orgs: number; readonly waiting: number; readonly made: number }

/** The worker's way to the run that embeds anew. */
export type ReembeddingGateway = { start(model: string): Promise<void> }

export type ReembeddingService = {
  /** Says that the installation goes to this process's model, as the one that was configured last. */
  aim(): Promise<void>
  /** Begins the run, where an organization is not done and this process has the model that the installation goes to. */
  startRun(gateway: ReembeddingGateway): Promise<{ started: boolean }>
  /**
   * Works for some seconds, organization by organization; `beat` is called between portions. `done`: nothing is left. @throws what the last portion threw, where none of
   * any organization could be done
   */
  step(model: string, beat: () => void, signal: AbortSignal): Promise<{ done: boolean }>
  /** Null where there is no model. */
  progress(): Promise<ReembeddingProgress | null>
  /** Throws while an organization still searches by another model than this process's. */
  assertDone(): Promise<void>
}

/**
 * Embeds all passages of all organizations by the current model while search goes on with theirs. An organization switches when its last passage has a
 * vector; then those of other models go. Where everybody stands is in rows: whoever takes over goes on from there.
 */
export function createReembeddingService({ runInTx, runAsSystem, models, log }: { runInTx: RunInTx; runAsSystem: RunAsSystem; models: Models; log: Log }): ReembeddingService {
  const aimedAt = () => runAsSystem((tx) => repository.target(tx))

  const progress = async (): Promise<ReembeddingProgress | null> => {
    const model = models.current?.id
    return model === undefined ? null : { model, ...await runAsSystem((tx) => repository.waiting(tx, model)) }
  }

  return {
    async aim() {
      const { current } = models
      if (current !== null) await runAsSystem((tx) => repository.aim(tx, current.id))
    },
    async startRun(gateway) {
      const model = models.current?.id
      if (model === undefined || await aimedAt() !== model) return { started: false }
      if ((await runAsSystem((tx) => repository.places(tx, model, 1))).length === 0) return { started: false }
      await gateway.start(model)
      return { started: true }
    },
    async step(model, beat, signal) {
      if (await aimedAt() !== model) return { done: true }
      const { current } = models
      if (current === null || current.id !== model) throw new Error('this worker was configured with another model')
      return workInTurns({
        milliseconds: STEP_MS, beat, signal,
        places: () => runAsSystem((tx) => repository.places(tx, model, PLACES_AT_ONCE)),
        work: (orgId) => workPortion({ runInTx, log }, orgId, { model: current, signal }),
        failed: async (orgId, error) => {
          log.warn({ err: error, orgId, model }, 'a portion of vectors failed; it is tried again')
          await runInTx(systemActor(orgId, newId()), (tx) => repository.failed(tx, orgId))
        },
      })
    },
    progress,
    async assertDone() {
      const now = await progress()
      if (now !== null && now.waiting > 0) throw new Error(`${now.waiting} of ${now.orgs} organizations wait for vectors of ${now.model}`)
    },
  }
}
