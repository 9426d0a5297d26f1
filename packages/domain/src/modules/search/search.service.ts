import { createHash } from 'node:crypto'
import { searchQueryId, type Claim, type Hit, type searchContract, type SearchMode, type SearchQueryId, type SearchSort } from '@intellidocs/contracts'
import { AppError, decodeCursor, encodeCursor, mustHold, newId, recordAudit, type Actor, type RunInTx, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import type { Proved } from './answers/prove.ts'
import type { CountFacets } from './facets.ts'
import type { Counted } from './facets.repository.ts'
import { anyOf } from './by-date.ts'
import { find, type Found } from './find.ts'
import type { Ranked } from './fusion.ts'
import { hitOf, shownOf, type Shown } from './hits.ts'
import type { Leg, Legs } from './legs.ts'
import { listDocuments } from './list.ts'
import { boxesOf } from './page-layout.repository.ts'
import { queriesRepository } from './queries.repository.ts'
import { textBudget } from './query/exact.ts'
import { listsOnly, readQuery, type ReadQuery } from './query/read-query.ts'
import type { SearchSecrecy } from './search-secrecy.ts'
import { searchRepository, type Listed } from './search.repository.ts'
import { markSentences } from './sentences.ts'

type Input = z.infer<typeof searchContract.searchQuery.input>
type Output = z.infer<typeof searchContract.searchQuery.output>

/** Where the next page begins: after `documentId`, or at `position` should that have left the ranking; `at`: its date. `query` is a digest of what was asked. */
const position = z.strictObject({ query: z.string(), position: z.int().min(0), documentId: z.uuid(), queryId: searchQueryId, at: z.iso.datetime().optional() })

export type SearchDeps = { readonly runInTx: RunInTx; readonly legs: Legs; readonly secrecy: SearchSecrecy; readonly countFacets: CountFacets }
export type Retrieved = { readonly queryId: SearchQueryId; readonly passages: readonly Shown[]; readonly missing: readonly Leg[] }

export type SearchService = {
  query(actor: Actor, input: Input): Promise<Output>
  /** What a question is answered from: `limit` documents' best passages; the question is words, whatever it looks like. `model` is who will be given them, for the audit. */
  retrieve(actor: Actor, input: Pick<Input, 'query' | 'filters' | 'limit'>, model: string | null): Promise<Retrieved>
  /** The claims with the places of their quotes on the page, without those whose version the actor may not see any more. */
  placed(actor: Actor, claims: readonly Proved[]): Promise<Claim[]>
}

/**
 * Finds passages by word and by meaning; they are text of documents, so for those who may read these. A leg that does not answer is named in `missing`;
 * the other answers in its place. @throws AppError auth.forbidden, input.cursor, search.query_invalid
 */
export function createSearchService({ runInTx, legs, secrecy, countFacets }: SearchDeps): SearchService {
  return {
    async query(actor, input) {
      mustHold(actor, 'documents:read')
      const started = performance.now()
      const digest = digestOf(input)
      const after = input.cursor === undefined ? null : decodeCursor(position, input.cursor)
      if (after !== null && after.query !== digest) throw new AppError('input.cursor')
      const hidden = secrecy(actor.orgId, input.query)
      const asked = await readQuery(runInTx, actor, input)
      const cut = { from: after?.position ?? 0, limit: input.limit, after, sort: input.sort ?? 'relevance' }
      const answer = await (listsOnly(asked) ? listed(runInTx, actor, asked, cut) : found(runInTx, legs, actor, { ...cut, asked, mode: input.mode }))
      const facets = input.facets === undefined ? null : await countFacets(actor, asked.scope, { names: input.facets, counted: answer.counted })
      const queryId = after?.queryId ?? newId() as SearchQueryId
      const shown = await runInTx(actor, async (tx) => {
        const seen = await answer.show(tx)
        await recordAudit(tx, actor, {
          action: 'search.query', subjectType: 'search', subjectId: null,
          data: { ...hidden, mode: input.mode, hits: seen.length, documents: seen.map((hit) => hit.documentId) },
        })
        // A page further on is the same query.
        if (after === null) await queriesRepository.note(tx, actor, {
          id: queryId, mode: input.mode, hits: seen.length, tookMs: Math.round(performance.now() - started), hash: hidden.query, words: keepable(input.query),
        })
        return seen
      })
      const hits = await markSentences(legs, actor, asked.text, shown)
      return {
        queryId, hits, facets, missing: [...answer.missing], degraded: answer.missing.length > 0, tookMs: Math.round((performance.now() - started) * 10) / 10,
        nextCursor: answer.next === null ? null : encodeCursor({ query: digest, ...answer.next, queryId }),
      }
    },

    async retrieve(actor, { query, filters, limit }, model) {
      mustHold(actor, 'documents:read')
      const started = performance.now()
      const hidden = secrecy(actor.orgId, query)
      const asked = await readQuery(runInTx, actor, { query, filters, plain: true })
      const { ranking, keyword, missing } = await find(legs, actor, asked, 'hybrid')
      const page = ranking.slice(0, limit).map((ranked, at) => ({ ...ranked, place: at + 1 }))
      const queryId = newId() as SearchQueryId
      const passages = await runInTx(actor, async (tx) => {
        const seen = await shownOf(tx, { orgId: actor.orgId, scope: asked.scope, page, keyword })
        await recordAudit(tx, actor, {
          action: 'search.ask', subjectType: 'search', subjectId: null,
          data: { ...hidden, model, hits: seen.length, documents: seen.map(({ hit }) => hit.documentId) },
        })
        await queriesRepository.note(tx, actor, {
          id: queryId, mode: 'hybrid', hits: seen.length, tookMs: Math.round(performance.now() - started), hash: hidden.query, words: keepable(query),
        })
        return seen
      })
      return { queryId, passages, missing }
    },

    placed: (actor, claims) => runInTx(actor, async (tx) => {
      const shown = new Set(await searchRepository.shown(tx, actor.principals, claims.map((claim) => claim.versionId)))
      const kept = claims.filter((claim) => shown.has(claim.versionId))
      const boxes = await boxesOf(tx, actor.orgId, kept.map(({ versionId, page, span }) => ({ versionId, page, spans: [span] })))
      return kept.map((claim, at) => ({ ...claim, boxes: boxes[at] ?? [] }))
    }, { readOnly: true }),
  }
}

/** Documents that are counted where the texts decide which. */
const MOST_LISTED = 1000
/** For the texts that a page of a list takes. */
const LIST_TIME_MS = 2000

type Cut = {
  readonly from: number; readonly limit: number; readonly sort: SearchSort; readonly after: { readonly documentId: string; readonly at?: string | undefined } | null
}
/** One page, shown in the transaction that records it. `next`: where the one after it begins; `counted`: what facets count. */
type Answer = {
  readonly missing: readonly Leg[]
  readonly next: { position: number; documentId: string; at?: string } | null
  readonly counted: () => Promise<Counted>
  show(tx: Tx): Promise<Hit[]>
}

type Finding = Cut & { readonly asked: ReadQuery; readonly mode: SearchMode }

async function found(runInTx: RunInTx, legs: Legs, actor: Actor, { asked, mode, ...cut }: Finding): Promise<Answer> {
  const answer = await find(legs, actor, asked, mode)
  const dated = cut.sort === 'relevance' ? null : await byDate(legs, actor, answer, { asked, mode, ...cut })
  const { ranked, start, next, missing } = dated !== null && dated !== 'missing' ? { ...dated, start: cut.from } : await byRanking(runInTx, actor, answer, cut)
  const page = ranked.map((one, at) => ({ ...one, place: start + at + 1 }))
  return {
    missing: [...new Set([...answer.missing, ...(dated === 'missing' ? ['keyword' as const] : []), ...missing])],
    next: next === null ? null : { ...next, position: start + page.length },
    counted: () => Promise.resolve(countedOf(answer, asked)),
    show: async (tx) => (await shownOf(tx, { orgId: actor.orgId, scope: asked.scope, page, keyword: answer.keyword })).map(({ hit }) => hit),
  }
}

type Page = { readonly ranked: readonly Ranked[]; readonly next: { documentId: string; at?: string } | null; readonly missing: readonly Leg[] }

/** A page of what was ranked, which for a date is put in another order. */
async function byRanking(runInTx: RunInTx, actor: Actor, { ranking }: Found, cut: Cut): Promise<Page & { start: number }> {
  const ordered = cut.sort === 'relevance' ? ranking : await orderedByDate(runInTx, actor, ranking, cut.sort)
  const start = cut.after === null ? 0 : startOf(ordered, { from: cut.from, documentId: cut.after.documentId })
  const ranked = ordered.slice(start, start + cut.limit)
  const last = ranked.at(-1)
  return { ranked, start, next: last !== undefined && start + ranked.length < ordered.length ? { documentId: last.documentId } : null, missing: [] }
}

/** A page of all that holds a word of the query, where words have found something: the newest is not among the best. Null: meaning alone has found it. */
async function byDate(legs: Legs, actor: Actor, { ranking, keyword: { plan }, vector }: Found, { asked, after, sort, limit }: Finding): Promise<Page | 'missing' | null> {
  if (plan === null || plan.terms.length === 0 || !ranking.some((one) => (one.keyword ?? 0) > 0) || (after !== null && after.at === undefined)) return null
  const behind = after?.at === undefined ? null : { documentId: after.documentId, at: after.at }
  const page = await legs.byDate(actor, asked.scope, { plan, without: asked.without, oldest: sort === 'oldest', after: behind, limit })
  if (page === null || page === 'untold') return page === null ? 'missing' : null
  const known = new Map(ranking.map((one) => [one.passageId, one]))
  const candidates = page.rows.map(({ passageId, documentId, score }) =>
    ({ passageId, documentId, keyword: score, meaning: known.get(passageId)?.meaning ?? null, inLanguage: known.get(passageId)?.inLanguage ?? false }))
  const scored = await legs.complete(actor, asked.scope, { candidates, plan: null, vector })
  return { ranked: scored.candidates.map((one) => ({ ...one, score: 0 })), next: page.next, missing: scored.missing }
}

/** The index counts what holds a word. What is decided by the texts, or was found by meaning, is what was ranked. */
function countedOf({ ranking, keyword, byWords, cut }: Found, { scope, without }: ReadQuery): Counted {
  if (!byWords || keyword.plan === null || (scope.phrases ?? []).length + without.length > 0) return { documents: ranking.map((ranked) => ranked.documentId), cut }
  return { match: anyOf(keyword.plan) }
}

/** Those that hold a word of the query, where words were asked: by meaning every document comes somewhere. */
async function orderedByDate(runInTx: RunInTx, actor: Actor, ranking: readonly Ranked[], sort: SearchSort): Promise<Ranked[]> {
  const held = ranking.filter((ranked) => (ranked.keyword ?? 0) > 0)
  const kept = held.length > 0 ? held : ranking
  const dates = new Map((await runInTx(actor, (tx) => searchRepository.dates(tx, kept.map((r) => r.documentId)), { readOnly: true })).map((d) => [d.documentId, d.at]))
  const order = ({ documentId: a }: Ranked, { documentId: b }: Ranked): number => compare(dates.get(a) ?? '', dates.get(b) ?? '') || compare(a, b)
  return kept.toSorted((a, b) => (sort === 'oldest' ? order(a, b) : order(b, a)))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Documents by date, for a query without words. */
async function listed(runInTx: RunInTx, actor: Actor, { scope, without }: ReadQuery, { from, limit, after, sort }: Cut): Promise<Answer> {
  const behind = after?.at === undefined ? null : { documentId: after.documentId, at: after.at }
  const list = (ask: { after: Listed | null; limit: number }) =>
    runInTx(actor, (tx) => listDocuments(tx, scope, { exactly: { phrases: [], without }, held: null, oldest: sort === 'oldest', budget: textBudget(LIST_TIME_MS), ...ask }), { readOnly: true })
  const { documents, next } = await list({ after: behind, limit })
  return {
    missing: [], next: next === null ? null : { ...next, position: from + documents.length },
    counted: async () => {
      if (without.length === 0) return 'all'
      const all = await list({ after: null, limit: MOST_LISTED })
      return { documents: all.documents.map((d) => d.documentId), cut: all.next !== null }
    },
    show: async (tx) => {
      const passages = new Map((await searchRepository.firstPassages(tx, scope, documents.map((d) => d.documentId))).map((p) => [p.documentId, p]))
      return documents.flatMap(({ documentId }, at): Hit[] => {
        const passage = passages.get(documentId)
        return passage === undefined ? [] : [{ ...hitOf(passage, { meaning: null, inLanguage: false, place: from + at + 1 }, [], []), boxes: [] }]
      })
    },
  }
}

function startOf(ranking: readonly Ranked[], { from, documentId }: { from: number; documentId: string }): number {
  const index = ranking.findIndex((r) => r.documentId === documentId)
  return index < 0 ? from : index + 1
}

/** What Postgres can hold, and what looks alike as one. */
const keepable = (query: string): string => query.normalize('NFC').toLowerCase().toWellFormed().replaceAll('\u0000', '')

const digestOf = ({ query, mode, filters, plain, sort }: Input): string =>
  createHash('sha256').update(JSON.stringify([query, mode, plain === true, sort ?? 'relevance', Object.entries(filters).sort(([a], [b]) => a.localeCompare(b, 'en'))])).digest('base64url').slice(0, 16)
