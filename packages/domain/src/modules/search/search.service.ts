import { createHash } from 'node:crypto'
import { searchQueryId, type Hit, type OrgId, type searchContract, type SearchMode, type SearchQueryId, type Span, type VersionId } from '@intellidocs/contracts'
import { AppError, decodeCursor, encodeCursor, mustHold, newId, recordAudit, type Actor, type RunInTx, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import { rankDocuments, type Candidate, type Ranked } from './fusion.ts'
import { markable, markWords, wordsToStem } from './highlights.ts'
import type { KeywordAnswer, Leg, Legs, MeaningAnswer } from './legs.ts'
import { boxesOf } from './page-layout.repository.ts'
import { queriesRepository } from './queries.repository.ts'
import type { SearchSecrecy } from './search-secrecy.ts'
import { searchRepository } from './search.repository.ts'
import type { FoundPassage, Scope } from './search.types.ts'

type Input = z.infer<typeof searchContract.searchQuery.input>
type Output = z.infer<typeof searchContract.searchQuery.output>

/** Where the next page begins: after `documentId`, or at `position` should that have left the ranking; `query` is a digest of what was asked. */
const position = z.strictObject({ query: z.string(), position: z.int().min(0), documentId: z.string(), queryId: searchQueryId })

const NO_WORDS: KeywordAnswer = { candidates: [], terms: [], words: [], plan: null }

export type SearchService = { query(actor: Actor, input: Input): Promise<Output> }

/**
 * Finds passages by word and by meaning; they are text of documents, so for those who may read these. A leg that does not answer is named in `missing`;
 * the other answers in its place. @throws AppError auth.forbidden, input.cursor
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
      const scope: Scope = { principals: actor.principals, filters: input.filters }

      const found = await ask(legs, actor, scope, input)
      const ranking = rankDocuments(await completed(legs, actor, scope, found), found.mode)
      const from = after === null ? 0 : startOf(ranking, after)
      const page = ranking.slice(from, from + input.limit).map((ranked, at) => ({ ...ranked, place: from + at + 1 }))
      const queryId = after?.queryId ?? newId() as SearchQueryId
      const hits = await runInTx(actor, async (tx) => {
        const seen = page.length === 0 ? [] : await shown(tx, { orgId: actor.orgId, scope, page, keyword: found.keyword })
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

      const last = page.at(-1)
      const more = last !== undefined && from + page.length < ranking.length
      return {
        queryId, hits, missing: found.missing, degraded: found.missing.length > 0, tookMs: Math.round((performance.now() - started) * 10) / 10,
        nextCursor: more ? encodeCursor({ query: digest, position: from + page.length, documentId: last.documentId, queryId }) : null,
      }
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
  return marked.map(({ ranked, passage, marks }, at) => ({ ...hitOf(passage, ranked, marks, keyword), boxes: boxes[at] ?? [] }))
}

/** Of the page's text: the words that are marked, or else the passage. */
const spansOf = ({ start, end }: FoundPassage, marks: readonly Span[]): Span[] =>
  marks.length === 0 ? [{ start, end }] : marks.map((mark) => ({ start: start + mark.start, end: start + mark.end }))

type Found = { keyword: KeywordAnswer; meaning: MeaningAnswer | null; missing: Leg[]; mode: SearchMode }

/** Asks the legs of the mode; where one that was asked for is missing, the other stands in. */
async function ask(legs: Legs, actor: Actor, scope: Scope, { mode, query }: Input): Promise<Found> {
  const [words, meaning] = await Promise.all([
    mode === 'meaning' ? undefined : legs.keyword(actor, scope, query),
    mode === 'keyword' ? undefined : legs.meaning(actor, scope, query),
  ])
  const missing: Leg[] = [...(words === null ? ['keyword' as const] : []), ...(meaning === null ? ['meaning' as const] : [])]
  if (mode === 'keyword' && words === null) return { keyword: NO_WORDS, meaning: await legs.meaning(actor, scope, query), missing, mode: 'meaning' }
  if (mode === 'meaning' && meaning === null) return { keyword: await legs.keyword(actor, scope, query) ?? NO_WORDS, meaning: null, missing, mode: 'keyword' }
  // Hybrid with one leg is that leg's own ranking, not half a sum.
  const alone = mode !== 'hybrid' ? mode : words === null ? 'meaning' : meaning === null ? 'keyword' : 'hybrid'
  return { keyword: words ?? NO_WORDS, meaning: meaning ?? null, missing, mode: alone }
}

/** The union of what both legs proposed, in a hybrid search each scored by both. */
async function completed(legs: Legs, actor: Actor, scope: Scope, { keyword, meaning, mode }: Found): Promise<Candidate[]> {
  const union = new Map<string, Candidate>(keyword.candidates.map((c) => [c.passageId, c]))
  for (const c of meaning?.candidates ?? []) union.set(c.passageId, { ...c, keyword: union.get(c.passageId)?.keyword ?? null })
  if (mode !== 'hybrid' || meaning === null) return [...union.values()]
  return legs.complete(actor, scope, { candidates: [...union.values()], plan: keyword.plan, vector: meaning.vector })
}

function startOf(ranking: readonly Ranked[], after: z.infer<typeof position>): number {
  const index = ranking.findIndex((r) => r.documentId === after.documentId)
  return index < 0 ? after.position : index + 1
}

/** What Postgres can hold, and what looks alike as one. */
const keepable = (query: string): string => query.normalize('NFC').toLowerCase().toWellFormed().replaceAll('\u0000', '')

const digestOf = ({ query, mode, filters }: Input): string =>
  createHash('sha256').update(JSON.stringify([query, mode, Object.entries(filters).sort(([a], [b]) => a.localeCompare(b, 'en'))])).digest('base64url').slice(0, 16)

/** What is said of a hit follows from its passage, the query and its place. Weights stay inside: they would count what the caller may not read. */
function hitOf(passage: FoundPassage, ranked: Placed, marks: readonly Span[], { words }: KeywordAnswer): Omit<Hit, 'boxes'> {
  return {
    documentId: passage.documentId as Hit['documentId'], versionId: passage.versionId as Hit['versionId'], name: passage.name, version: passage.version,
    page: passage.page, span: { start: passage.start, end: passage.end }, passage: passage.text,
    highlights: marks.map(({ start, end }) => ({ start, end })),
    score: 1 / ranked.place, meaningScore: ranked.meaning,
    why: { words: passage.matched.flatMap((i) => words[i] ?? []), meaning: ranked.meaning !== null && ranked.inLanguage },
  }
}
