import { reindexStages, type OrgId, type ReindexingId, type Reindexing, type ReindexStage, type reindexingContract } from '@intellidocs/contracts'
import { newId, systemActor, type Actor, type Clock, type Log, type Outbox, type RunAsSystem, type RunInTx } from '@intellidocs/kernel'
import type { z } from 'zod'
import { workInTurns } from '../in-turns.ts'
import type { Models } from '../models/models.ts'
import type { IndexWriter } from '../meilisearch/index-writer.ts'
import { healDocuments, type Portion } from './heal-documents.ts'
import { healAbsentWords, healFrequencies, healLengths } from './heal-frequencies.ts'
import { healVectors } from './heal-vectors.ts'
import { reindexingRepository as repository, type ReindexingRow, type ReindexPlace } from './reindexing.repository.ts'
import { sumOf, totalOf, wholeTally, type StepDone } from './tally.ts'

const PLACES_AT_ONCE = 50
/** A step of a run: long enough that its history stays short, short enough that a worker which ends loses little. */
const STEP_MS = 20_000

/** The worker's way to the run that heals what search answers from. */
export type ReindexingGateway = { start(): Promise<void> }

export type ReindexingService = {
  /** Begins one in the actor's organization, or answers the one that is under way. */
  start(actor: Actor): Promise<z.infer<typeof reindexingContract.startReindexing.output>>
  latest(actor: Actor): Promise<z.infer<typeof reindexingContract.getReindexing.output>>
  /** For the worker: begins the run, where an organization waits for it. */
  startRun(gateway: ReindexingGateway): Promise<{ started: boolean }>
  /**
   * For the worker: works for some seconds, organization by organization. `done`: nothing is left. @throws what the last portion threw, where none of any organization
   * could be done
   */
  step(beat: () => void, signal: AbortSignal): Promise<{ done: boolean }>
}

type Deps = {
  readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly outbox: Outbox; readonly clock: Clock; readonly log: Log
  readonly models: Models; readonly fold: () => Promise<number>; readonly keywordIndex: Pick<IndexWriter, 'heal'> | null
}

/**
 * Compares what search answers from with the documents of an organization, and writes what differs, while search goes on: in portions of which each stands by itself, may be
 * done twice, and leaves where it came to in a row (docs/adr/0035-reindexing.md).
 */
export function createReindexingService(deps: Deps): ReindexingService {
  const { runInTx, runAsSystem, outbox, clock, log } = deps
  return {
    start: (actor) => runInTx(actor, async (tx) => {
      const id = newId() as ReindexingId
      const started = await repository.begin(tx, { id, orgId: actor.orgId, stage: reindexStages[0], at: clock.now() })
      if (started) {
        await outbox.append(tx, actor, { type: 'search.reindex-started.v1', payload: { reindexingId: id }, audit: { subjectType: 'reindexing', subjectId: id } })
      }
      const row = await repository.latest(tx, actor.orgId)
      if (row === null) throw new Error('what was just begun is not there')
      return { started, reindexing: toReindexing(row) }
    }),
    latest: (actor) => runInTx(actor, async (tx) => {
      const row = await repository.latest(tx, actor.orgId)
      return { reindexing: row === null ? null : toReindexing(row) }
    }, { readOnly: true }),
    async startRun(gateway) {
      if ((await runAsSystem((tx) => repository.places(tx, 1))).length === 0) return { started: false }
      await gateway.start()
      return { started: true }
    },
    step: (beat, signal) => workInTurns({
      milliseconds: STEP_MS, beat, signal,
      places: () => runAsSystem((tx) => repository.places(tx, PLACES_AT_ONCE)),
      work: (orgId) => portionOf(deps, orgId, { beat, signal }),
      failed: async (orgId, error) => {
        log.warn({ err: error, orgId }, 'a step of healing what search answers from failed; it is tried again')
        await noteFailure(deps, orgId)
      },
    }),
  }
}

const toReindexing = ({ stage, found, healed, createdAt, endedAt, ...row }: ReindexingRow): Reindexing => ({
  ...row, stage: endedAt === null ? stage : null, found: wholeTally(found), healed: wholeTally(healed), createdAt: createdAt.toISOString(), endedAt: endedAt?.toISOString() ?? null,
})

async function noteFailure({ runInTx, clock }: Deps, orgId: OrgId): Promise<void> {
  await runInTx(systemActor(orgId, newId()), async (tx) => {
    const place = await repository.place(tx, orgId)
    if (place !== null) await repository.failed(tx, { orgId, id: place.id }, clock.now())
  })
}

/** The next portion of one organization's, and its end. What somebody else did meanwhile counts once. */
async function portionOf(deps: Deps, orgId: OrgId, { beat, signal }: Pick<Portion, 'beat' | 'signal'>): Promise<void> {
  const { runInTx, outbox, clock } = deps
  const actor = systemActor(orgId, newId())
  const place = await runInTx(actor, (tx) => repository.place(tx, orgId), { readOnly: true })
  if (place === null) return
  const done = await stages[place.stage](deps, { orgId, after: place.after, beat, signal })
  const to = nextOf(place, done)
  const found = sumOf([place.found, done.found])
  const healed = sumOf([place.healed, done.healed])
  await runInTx(actor, async (tx) => {
    const advanced = await repository.advance(tx, { ...place, orgId }, { to, looked: place.looked + done.looked, found, healed, at: clock.now() })
    if (!advanced || to !== null) return
    await outbox.append(tx, actor, {
      type: 'search.reindexed.v1', payload: { reindexingId: place.id, found: totalOf(found), healed: totalOf(healed) },
      audit: { subjectType: 'reindexing', subjectId: place.id, data: { found, healed } },
    })
  })
}

function nextOf({ stage }: ReindexPlace, { next }: StepDone): { stage: ReindexStage; after: string } | null {
  if (next !== null) return { stage, after: next }
  const following = reindexStages[reindexStages.indexOf(stage) + 1]
  return following === undefined ? null : { stage: following, after: '' }
}

const stages: Readonly<Record<ReindexStage, (deps: Deps, portion: Portion) => Promise<StepDone>>> = {
  documents: healDocuments, vectors: healVectors, frequencies: healFrequencies, absentWords: healAbsentWords, lengths: healLengths,
  async entries({ keywordIndex }, portion) {
    if (keywordIndex === null) return { next: null, looked: 0, found: {}, healed: {} }
    const { next, wrong } = await keywordIndex.heal(portion)
    return { next, looked: 0, found: { entries: wrong }, healed: { entries: wrong } }
  },
}
