import type { Clock, Log, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import { entriesRepository, type IndexState } from './entries.repository.ts'
import type { IndexClient } from './index-client.ts'
import { besideOf, indexSettings } from './settings.ts'
import { byOrg, writeEntries } from './write-entries.ts'

const DOCUMENTS_AT_ONCE = 100
const CHECK_MS = 3_600_000
const TASKS_KEPT_MS = 24 * 3_600_000
const fromTheStart = { fillOrg: null, fillDocument: null }

type Deps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly clock: Clock; readonly log: Log; readonly index: string; readonly client: IndexClient
  /** Prolongs the right to write, and tells where things are. @throws Error when another process has it */
  readonly hold: () => Promise<IndexState>
}

/** How an index comes to be, without a moment in which search has none: what is built beside it changes names with it. Each step answers where things are then. */
export function createBuilding({ runInTx, runAsSystem, clock, log, index, client, hold }: Deps) {
  const beside = besideOf(index)
  let checkedAt = -Infinity

  const step = async (from: IndexState, to: IndexState): Promise<IndexState> => (await runAsSystem((tx) => entriesRepository.set(tx, from, to)) ? to : hold())

  return {
    /** Something failed, so the next look does not wait its hour: the index itself may be gone. */
    distrust(): void { checkedAt = -Infinity },

    /** Settings that differ are mended; an index that is not there is built. */
    async check(state: IndexState): Promise<IndexState> {
      const now = clock.now().getTime()
      if (now - checkedAt < CHECK_MS) return state
      const found = await client.look(index, indexSettings)
      await client.prune([index, beside], new Date(now - TASKS_KEPT_MS)).catch((error: unknown) => { log.warn({ err: error }, 'old tasks of the keyword index were not removed') })
      checkedAt = now
      if (state.serves && found === 'other') await client.configure(index, indexSettings)
      if (found !== 'missing' || state.state === 'wanted') return state
      log.warn({ index }, 'the keyword index is not there and is built')
      return step(state, { state: 'wanted', serves: false, ...fromTheStart })
    },

    async begin(state: IndexState): Promise<IndexState> {
      await client.drop(beside)
      await client.create(beside)
      await client.configure(beside, indexSettings)
      // Without its settings it refuses every filter, so that nobody takes an index that is not full yet for one that is.
      if (!state.serves) await client.create(index)
      return step(state, { state: 'filling', serves: state.serves, ...fromTheStart })
    },

    async fill(state: IndexState): Promise<IndexState> {
      const documents = await runAsSystem((tx) => entriesRepository.documentsAfter(tx, state, DOCUMENTS_AT_ONCE))
      for (const [orgId, writes] of byOrg(documents.map((place) => ({ ...place, version: 0, words: true, tries: 0 })))) {
        await hold()
        await writeEntries({ runInTx, client }, { orgId, writes, indexes: [beside] })
      }
      const last = documents.at(-1)
      if (last !== undefined) return step(state, { ...state, fillOrg: last.orgId, fillDocument: last.documentId })
      // Whoever dies from here on cannot know whether they changed places, and begins anew.
      const swapping = await step(state, { ...state, state: 'swapping' })
      if (swapping.state !== 'swapping') return swapping
      await client.swap(index, beside)
      const kept = await step(swapping, { state: 'kept', serves: true, ...fromTheStart })
      await client.drop(beside)
      return kept
    },
  }
}
