import type { OrgId } from '@intellidocs/contracts'
import { newId, type Clock, type Log, type RunAsSystem, type RunInTx } from '@intellidocs/kernel'
import { createCircuitBreaker } from './circuit-breaker.ts'
import { entriesRepository, type BuildingProgress, type DueWrite, type IndexState } from './entries.repository.ts'
import { MeilisearchFailure } from './failure.ts'
import { healEntries } from './heal-entries.ts'
import { createBuilding } from './index-building.ts'
import type { IndexClient } from './index-client.ts'
import { besideOf } from './settings.ts'
import { byOrg, writeEntries } from './write-entries.ts'

/** Longer than anything that happens between two prolongations: a request of 10 s, a look at a task of 15 s. */
const LEASE_SECONDS = 60
const DOCUMENTS_AT_ONCE = 100

export type IndexWriter = {
  /**
   * Writes what waits, fills an index that is being built, until neither is left or another process does; how many documents it wrote. One process at a time, one
   * thing after another: so an older state of a document never overtakes a newer one.
   */
  work(signal: AbortSignal): Promise<number>
  /** Lets the next `work` build the index anew beside the one that serves, which goes on serving and being written. */
  rebuild(): Promise<void>
  /** How far that is. */
  progress(): Promise<BuildingProgress>
  waiting(): Promise<{ writes: number; seconds: number }>
  /** Compares entries of an organization's next documents with what they should be, and notes those that are not; `next` null: they were the last. @throws MeilisearchFailure */
  heal(portion: { orgId: OrgId; after: string; signal: AbortSignal }): Promise<{ next: string | null; wrong: number }>
}

type Deps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly clock: Clock; readonly log: Log
  readonly index: string
  /** `meanwhile` is to be called while a task is waited for. */
  readonly connect: (meanwhile: () => Promise<void>) => IndexClient
}

export function createIndexWriter({ runInTx, runAsSystem, clock, log, index, connect }: Deps): IndexWriter {
  const writer = newId()
  const beside = besideOf(index)
  /** A server that is away is left alone for ten seconds. */
  const breaker = createCircuitBreaker({ clock, failures: 1 })

  /** @throws Error when another process took over: this one was away for longer than it may be */
  const hold = async (): Promise<IndexState> => {
    const state = await runAsSystem((tx) => entriesRepository.take(tx, { writer, seconds: LEASE_SECONDS }))
    if (state === null) throw new Error('another process writes the keyword index now')
    return state
  }
  const client = connect(async () => { await hold() })
  const building = createBuilding({ runInTx, runAsSystem, clock, log, index, client, hold })
  const writing = { runInTx, runAsSystem, client, log, hold }

  return {
    async work(signal) {
      if (!breaker.allows()) return 0
      await runAsSystem((tx) => entriesRepository.begin(tx))
      let state = await runAsSystem((tx) => entriesRepository.take(tx, { writer, seconds: LEASE_SECONDS }))
      if (state === null) return 0
      let written = 0
      try {
        state = await building.check(state)
        while (!signal.aborted) {
          if (state.state === 'wanted' || state.state === 'swapping') state = await building.begin(state)
          const due = await runAsSystem((tx) => entriesRepository.due(tx, DOCUMENTS_AT_ONCE))
          await writeDue(writing, due, [...(state.serves ? [index] : []), ...(state.state === 'filling' ? [beside] : [])])
          written += due.length
          if (state.state === 'filling') state = await building.fill(state)
          else if (due.length === 0) break
          state = await hold()
        }
        breaker.succeeded()
      } catch (error) {
        breaker.failed()
        building.distrust()
        throw error
      } finally {
        await runAsSystem((tx) => entriesRepository.release(tx, writer))
      }
      return written
    },
    rebuild: () => runAsSystem(async (tx) => {
      await entriesRepository.begin(tx)
      await entriesRepository.want(tx)
    }),
    progress: async () => await runAsSystem((tx) => entriesRepository.progress(tx)) ?? { state: 'wanted', done: 0, total: 0 },
    waiting: () => runAsSystem((tx) => entriesRepository.waiting(tx)),
    heal: (portion) => healEntries({ runInTx, runAsSystem, client, index }, portion),
  }
}

type Writing = Pick<Deps, 'runInTx' | 'runAsSystem' | 'log'> & { readonly client: IndexClient; readonly hold: () => Promise<unknown> }

async function writeDue({ hold, ...deps }: Writing, due: readonly DueWrite[], indexes: readonly string[]): Promise<void> {
  for (const [orgId, writes] of byOrg(due)) {
    await hold()
    try {
      await writeSome(deps, writes, { orgId, indexes })
    } catch (error) {
      if (!isRefusal(error)) throw error
      // One entry that is refused takes all of its request along; the others do not wait for it.
      for (const write of writes) {
        await hold()
        await writeSome(deps, [write], { orgId, indexes }).catch((refused: unknown) => postpone(deps, write, refused))
      }
    }
  }
}

async function writeSome(deps: Omit<Writing, 'hold'>, writes: readonly DueWrite[], to: { orgId: DueWrite['orgId']; indexes: readonly string[] }): Promise<void> {
  await writeEntries(deps, { ...to, writes })
  await deps.runAsSystem((tx) => entriesRepository.written(tx, writes))
}

async function postpone({ runAsSystem, log }: Pick<Writing, 'runAsSystem' | 'log'>, write: DueWrite, error: unknown): Promise<void> {
  if (!isRefusal(error)) throw error
  log.error({ err: error, documentId: write.documentId, tries: write.tries }, 'the keyword index refused a document; it is tried again later')
  await runAsSystem((tx) => entriesRepository.postpone(tx, write))
}

const isRefusal = (error: unknown): boolean => error instanceof MeilisearchFailure && error.kind === 'task'
