import type { DocumentId, OrgId, Page, SearchQueryId } from '@intellidocs/contracts'
import {
  AppError, decodeCursor, mustHold, newId, pageOf, systemActor, type Actor, type Clock, type Outbox, type PageInput, type RunAsSystem, type RunInTx, type Tx,
} from '@intellidocs/kernel'
import { z } from 'zod'
import { queriesRepository as queries, type WaitingOpening, type WaitingQuery, type WordFigures } from './queries.repository.ts'

/** Rows to an event, which is handed over as a whole. */
const PORTION = 200
const FORGOTTEN_AT_ONCE = 5_000
/** What a query is kept for once it is counted: until then somebody may still open a hit of it. */
const KEPT_MS = 30 * 86_400_000
/** What the database can compare: another one was made by hand. */
const position = z.strictObject({ queries: z.int32().nonnegative(), words: z.string().refine((words) => words.isWellFormed() && !words.includes('\u0000')) })

export type QueriesDeps = { readonly runInTx: RunInTx; readonly runAsSystem: RunAsSystem; readonly outbox: Outbox; readonly clock: Clock }
type Opening = { readonly queryId: SearchQueryId; readonly documentId: DocumentId; readonly position: number }
export type WordsInput = PageInput & { readonly from: string; readonly to: string }

/** What becomes of queries once they are answered. */
export type QueriesService = {
  /** @throws AppError auth.forbidden, search.not_found (nobody's, another's, or too old), document.not_found */
  opened(actor: Actor, opening: Opening): Promise<{ queryId: SearchQueryId }>
  /** Tells of what was asked since, as events, once each; answers how many of these. Safe in several workers at once. */
  count(signal: AbortSignal): Promise<number>
  removeOld(signal: AbortSignal): Promise<number>
  /** Does nothing where the organization keeps words. */
  forgetWords(orgId: OrgId): Promise<void>
  /** Words that were asked for, most first, by days of UTC; null where the organization does not keep them. @throws AppError input.cursor */
  words(tx: Tx, actor: Actor, input: WordsInput): Promise<Page<WordFigures> | null>
}

export function createQueriesService({ runInTx, runAsSystem, outbox, clock }: QueriesDeps): QueriesService {
  const tellOf = (orgId: OrgId): Promise<number> => {
    const actor = systemActor(orgId, newId())
    return runInTx(actor, async (tx) => {
      await queries.shareWords(tx, orgId)
      const parts = partsOf(await queries.takeQueries(tx, orgId, PORTION), await queries.takeOpenings(tx, orgId, PORTION))
      await outbox.appendAll(tx, actor, parts.map((payload) => ({ type: 'search.queries-counted.v1', payload, audit: false })))
      return parts.length
    })
  }
  return {
    async opened(actor, { queryId, documentId, position: place }) {
      mustHold(actor, 'documents:read')
      return runInTx(actor, async (tx) => {
        if (!await queries.mayRead(tx, actor, documentId)) throw new AppError('document.not_found')
        if (!await queries.isOwn(tx, actor, queryId)) throw new AppError('search.not_found')
        await queries.noteOpened(tx, actor.orgId, { queryId, documentId, position: place })
        return { queryId }
      })
    },
    async count(signal) {
      let told = 0
      for (const orgId of await runAsSystem((tx) => queries.places(tx))) {
        for (let more = 1; more > 0 && !signal.aborted; told += more) more = await tellOf(orgId)
      }
      return told
    },
    async removeOld(signal) {
      const before = new Date(clock.now().getTime() - KEPT_MS)
      let removed = 0
      for (let more = 1; more > 0 && !signal.aborted; removed += more) more = await runAsSystem((tx) => queries.removeOld(tx, before, FORGOTTEN_AT_ONCE))
      return removed
    },
    async forgetWords(orgId) {
      const forget = (): Promise<boolean> => runInTx(systemActor(orgId, newId()), async (tx) =>
        !await queries.keepsWords(tx) && queries.forgetWords(tx, orgId, FORGOTTEN_AT_ONCE))
      while (await forget()) { /* the next portion */ }
    },
    async words(tx, { orgId }, { limit, cursor, from, to }) {
      const after = cursor === undefined ? null : decodeCursor(position, cursor)
      if (!await queries.keepsWords(tx)) return null
      const rows = await queries.words(tx, orgId, { from, to, limit: limit + 1, after })
      return pageOf(rows, limit, { item: (row) => row, key: ({ queries: asked, words }) => ({ queries: asked, words }) })
    },
  }
}

/** What is told together: of one quarter of an hour. */
function partsOf(asked: readonly WaitingQuery[], opened: readonly WaitingOpening[]) {
  const quarters = [...new Set([...asked, ...opened].map(({ from }) => from.getTime()))].toSorted((a, b) => a - b)
  return quarters.map((at) => ({
    from: new Date(at).toISOString(), queries: asked.filter(({ from }) => from.getTime() === at).map(({ from: _, ...query }) => query),
    opened: opened.filter(({ from }) => from.getTime() === at).map(({ position: place }) => place),
  }))
}
