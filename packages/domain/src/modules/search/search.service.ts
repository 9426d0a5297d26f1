import { createHash } from 'node:crypto'
import { searchQueryId, type Hit, type OrgId, type searchContract, type SearchMode, type SearchQueryId, type Span, type VersionId } from '@intellidocs/contracts'
import { AppError, decodeCursor, encodeCursor, mustHold, newId, recordAudit, type Actor, type RunInTx, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import { find } from './find.ts'
import type { Ranked } from './fusion.ts'
import { markable, markWords, wordsToStem } from './highlights.ts'
import type { KeywordAnswer, Leg, Legs } from './legs.ts'
import { listDocuments } from './list.ts'
import { boxesOf } from './page-layout.repository.ts'
import { queriesRepository } from './queries.repository.ts'
import { listsOnly, readQuery, type ReadQuery } from './query/read-query.ts'
import type { SearchSecrecy } from './search-secrecy.ts'
import { searchRepository } from './search.repository.ts'
import type { FoundPassage, Scope } from './search.types.ts'

type Input = z.infer<typeof searchContract.searchQuery.input>
type Output = z.infer<typeof searchContract.searchQuery.output>

/** Where the next page begins: after `documentId`, or at `position` should that have left the ranking; `at`: its date. `query` is a digest of what was asked. */
const position = z.strictObject({ query: z.string(), position: z.int().min(0), documentId: z.uuid(), queryId: searchQueryId, at: z.iso.datetime().optional() })

export type SearchService = { query(actor: Actor, input: Input): Promise<Output> }

/**
 * Finds passages by word and by meaning; they are text of documents, so for those who may read these. A leg that does not answer is named in `missing`;
 * the other answers in its place. @throws AppError auth.forbidden, input.cursor, search.query_invalid
 */
export function createSearchService({ runInTx, legs, secrecy }: { runInTx: RunInTx; legs: Legs; secrecy: SearchSecrecy }): SearchService {
  return {
    async query(actor, input) {
      mustHold(actor, 'documents:read')
      const started = performance.now()
      const digest = digestOf(input)
      const after = input.cursor === undefined ? null : decodeCursor(position, input.cursor)
      if (after !== null && after.query !== digest) throw new AppError('input.cursor')
      const hidden = secrecy(actor.orgId, input.query)
      const asked = await readQuery(runInTx, actor, input)
      const cut = { from: after?.position ?? 0, limit: input.limit, after }
      const answer = listsOnly(asked) ? await listed(runInTx, actor, asked, cut) : await found(legs, actor, asked, { ...cut, mode: input.mode })
      const queryId = after?.queryId ?? newId() as SearchQueryId
      const hits = await runInTx(actor, async (tx) => {
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
      return {
        queryId, hits, missing: [...answer.missing], degraded: answer.missing.length > 0, tookMs: Math.round((performance.now() - started) * 10) / 10,
        nextCursor: answer.next === null ? null : encodeCursor({ query: digest, ...answer.next, queryId }),
      }
    },
  }
}

type Cut = { readonly from: number; readonly limit: number; readonly after: { readonly documentId: string; readonly at?: string | undefined } | null }
/** One page, shown in the transaction that records it. `next`: where the one after it begins. */
type Answer = { readonly missing: readonly Leg[]; readonly next: { position: number; documentId: string; at?: string } | null; show(tx: Tx): Promise<Hit[]> }

async function found(legs: Legs, actor: Actor, asked: ReadQuery, { from, limit, after, mode }: Cut & { mode: SearchMode }): Promise<Answer> {
  const { ranking, keyword, missing } = await find(legs, actor, asked, mode)
  const start = after === null ? 0 : startOf(ranking, { from, documentId: after.documentId })
  const page = ranking.slice(start, start + limit).map((ranked, at) => ({ ...ranked, place: start + at + 1 }))
  const [last, end] = [page.at(-1), start + page.length]
  return {
    missing, next: last !== undefined && end < ranking.length ? { position: end, documentId: last.documentId } : null,
    show: (tx) => (page.length === 0 ? Promise.resolve([]) : shown(tx, { orgId: actor.orgId, scope: asked.scope, page, keyword })),
  }
}

/** Documents by date, for a query without words. */
async function listed(runInTx: RunInTx, actor: Actor, { scope, without }: ReadQuery, { from, limit, after }: Cut): Promise<Answer> {
  const behind = after?.at === undefined ? null : { documentId: after.documentId, at: after.at }
  const { documents, more } = await runInTx(actor, (tx) => listDocuments(tx, scope, { without, after: behind, limit, oldest: false }), { readOnly: true })
  const last = documents.at(-1)
  return {
    missing: [], next: more && last !== undefined ? { ...last, position: from + documents.length } : null,
    show: async (tx) => {
      const passages = new Map((await searchRepository.firstPassages(tx, scope, documents.map((d) => d.documentId))).map((p) => [p.documentId, p]))
      return documents.flatMap(({ documentId }, at): Hit[] => {
        const passage = passages.get(documentId)
        return passage === undefined ? [] : [{ ...hitOf(passage, { meaning: null, inLanguage: false, place: from + at + 1 }, [], []), boxes: [] }]
      })
    },
  }
}

/** `place`: from 1, in the whole ranking. */
type Placed = Ranked & { readonly place: number }

/** The passages of one page as they are shown, with the words that were found in them marked. */
async function shown(tx: Tx, { orgId, scope, page, keyword }: { orgId: OrgId; scope: Scope; page: readonly Placed[]; keyword: KeywordAnswer }): Promise<Hit[]> {
  const passages = await searchRepository.passages(tx, scope, { ids: page.map((r) => r.passageId), lexemes: keyword.terms })
  const markings = new Map(passages.map((p) => [p.passageId, { passage: p, words: markable(p.config, p.text) }]))
  const toStem = wordsToStem([...markings.values()].map((m) => m.words), keyword.terms)
  const stems = new Map(toStem.length === 0 ? [] : (await searchRepository.stems(tx, toStem)).map((s) => [`${s.config} ${s.text}`, s.lexemes] as const))
  const marked = page.flatMap((ranked) => {
    const marking = markings.get(ranked.passageId)
    if (marking === undefined) return [] // trashed, unshared or replaced since the legs looked
    return [{ ranked, passage: marking.passage, marks: markWords(marking.words, keyword.terms, stems) }]
  })
  const boxes = await boxesOf(tx, orgId, marked.map(({ passage, marks }) => ({ versionId: passage.versionId as VersionId, page: passage.page, spans: spansOf(passage, marks) })))
  return marked.map(({ ranked, passage, marks }, at) => ({ ...hitOf(passage, ranked, marks, keyword.words), boxes: boxes[at] ?? [] }))
}

/** Of the page's text: the words that are marked, or else the passage. */
const spansOf = ({ start, end }: FoundPassage, marks: readonly Span[]): Span[] =>
  marks.length === 0 ? [{ start, end }] : marks.map((mark) => ({ start: start + mark.start, end: start + mark.end }))

function startOf(ranking: readonly Ranked[], { from, documentId }: { from: number; documentId: string }): number {
  const index = ranking.findIndex((r) => r.documentId === documentId)
  return index < 0 ? from : index + 1
}

/** What Postgres can hold, and what looks alike as one. */
const keepable = (query: string): string => query.normalize('NFC').toLowerCase().toWellFormed().replaceAll('\u0000', '')

const digestOf = ({ query, mode, filters, plain }: Input): string =>
  createHash('sha256').update(JSON.stringify([query, mode, plain === true, Object.entries(filters).sort(([a], [b]) => a.localeCompare(b, 'en'))])).digest('base64url').slice(0, 16)

/** What is said of a hit follows from its passage, the query and its place. Weights stay inside: they would count what the caller may not read. */
function hitOf(passage: FoundPassage, ranked: Pick<Placed, 'meaning' | 'inLanguage' | 'place'>, marks: readonly Span[], words: readonly string[]): Omit<Hit, 'boxes'> {
  return {
    documentId: passage.documentId as Hit['documentId'], versionId: passage.versionId as Hit['versionId'], name: passage.name, version: passage.version,
    page: passage.page, span: { start: passage.start, end: passage.end }, passage: passage.text,
    highlights: marks.map(({ start, end }) => ({ start, end })),
    score: 1 / ranked.place, meaningScore: ranked.meaning,
    why: { words: passage.matched.flatMap((i) => words[i] ?? []), meaning: ranked.meaning !== null && ranked.inLanguage },
  }
}
