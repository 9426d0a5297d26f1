import type { Embedder } from '@intellidocs/embedding'
import type { Actor, Log, RunInTx, Tx } from '@intellidocs/kernel'
import type { Candidate } from './fusion.ts'
import { createGuard } from './guard.ts'
import { candidateRounds, planTerms, quoteLexeme, type KeywordPlan, type Reading } from './keyword-plan.ts'
import { writtenSideBySide } from './query/phrases.ts'
import { searchRepository, type Spelling } from './search.repository.ts'
import { createTextLegs, type TextLegs } from './text-legs.ts'
import { vectorLiteral, type QueryVector, type Scope } from './search.types.ts'
import { spellingsOf, wordsOf } from './words.ts'

/** Documents that each leg proposes. Pages of an answer are cut from one ranking of these, so paging ends after at most twice as many. */
export const CANDIDATES = 300
/** Fewer candidates than this and the next, wider round is tried. */
const ENOUGH = 20
const LEG_TIME_MS = 3000

export type Leg = 'keyword' | 'meaning'

/** `terms[i]` are the stems of `words[i]`, a word as it was typed, in the order of the query. `plan` null: nothing that has a weight was asked. */
export type KeywordAnswer = {
  readonly candidates: readonly Candidate[]
  readonly terms: readonly (readonly string[])[]
  readonly words: readonly string[]
  readonly plan: KeywordPlan | null
}
export type MeaningAnswer = { readonly candidates: readonly Candidate[]; readonly vector: QueryVector | null }

export type Legs = TextLegs & {
  /** Null: this leg did not answer. The reason is in the log; the caller says `degraded`. */
  keyword(actor: Actor, scope: Scope, query: string): Promise<KeywordAnswer | null>
  meaning(actor: Actor, scope: Scope, query: string): Promise<MeaningAnswer | null>
  /** Adds to each candidate the score of the leg that did not propose it. What cannot be had stays null, which counts as nothing. */
  complete(actor: Actor, scope: Scope, found: { candidates: readonly Candidate[]; plan: KeywordPlan | null; vector: QueryVector | null }): Promise<Candidate[]>
}

/** The two ways to find a passage, each in a transaction of its own: what fails in one does not touch the other. */
export function createLegs(deps: { runInTx: RunInTx; embedder: Embedder | null; log: Log }): Legs {
  const { runInTx, embedder, log } = deps
  const guarded = createGuard(log, LEG_TIME_MS)
  return {
    keyword: (actor, scope, query) => guarded('keyword', actor, () => runInTx(actor, async (tx) => {
      await searchRepository.limitTime(tx, LEG_TIME_MS)
      const words = [...new Set(wordsOf(query).map((w) => w.text))]
      const spellings = words.flatMap((word, i): Spelling[] => spellingsOf(word).map((text) => ({ word: i, text })))
      const { readings, stats } = await searchRepository.readings(tx, spellings)
      const plan = planTerms(readings, stats)
      const search = (match: string) => searchRepository.keyword(tx, scope, { plan, match, ids: null, limit: CANDIDATES })
      const rows = plan.terms.length === 0 ? [] : await inRounds(await matchesOf(tx, plan, stats.passages, scope), search)
      if (rows.length === 0 && allStopWords(readings)) {
        return unweighted(await searchRepository.commonWords(tx, scope, { query: asWritten(words, scope), limit: CANDIDATES }), words)
      }
      return { candidates: rows.map(byWords), terms: plan.asked.map((t) => t.lexemes), words: plan.asked.map((t) => words[t.word] ?? ''), plan }
    }, { readOnly: true })),

    meaning: async (actor, scope, query) => {
      if (embedder === null) return null
      return guarded('meaning', actor, async () => {
        const [embedded] = await embedder.embed([query], 'query')
        const literal = embedded === undefined ? null : vectorLiteral(embedded)
        if (literal === null) return { candidates: [], vector: null }
        const vector = { model: embedder.id, literal }
        // Meaning does not tell whether a phrase is there: it judges what the words found.
        if (scope.phrases !== undefined && scope.phrases.length > 0) return { candidates: [], vector }
        const rows = await runInTx(actor, async (tx) => {
          await searchRepository.limitTime(tx, LEG_TIME_MS)
          const search = await searchRepository.isSmall(tx, scope) ? searchRepository.meaningExact : searchRepository.meaningNear
          return search(tx, scope, { vector, limit: CANDIDATES })
        }, { readOnly: true })
        return { candidates: rows.map((r) => ({ ...r, keyword: null })), vector }
      })
    },

    complete: async (actor, scope, { candidates, plan, vector }) => {
      const scored = await guarded('complete', actor, () => runInTx(actor, async (tx) => {
        await searchRepository.limitTime(tx, LEG_TIME_MS)
        const wordless = candidates.filter((c) => c.keyword === null).map((c) => c.passageId)
        const vectorless = candidates.filter((c) => c.meaning === null).map((c) => c.passageId)
        return {
          keyword: plan === null || wordless.length === 0 ? [] : await searchRepository.keyword(tx, scope, { plan, match: null, ids: wordless, limit: wordless.length }),
          meaning: vector === null || vectorless.length === 0 ? [] : await searchRepository.cosines(tx, { vector, ids: vectorless }),
        }
      }, { readOnly: true }))
      const keyword = new Map(scored?.keyword.map((r) => [r.passageId, r.score]))
      const meaning = new Map(scored?.meaning.map((r) => [r.passageId, r]))
      return candidates.map((c) => ({
        ...c, keyword: c.keyword ?? keyword.get(c.passageId) ?? null, meaning: c.meaning ?? meaning.get(c.passageId)?.meaning ?? null,
        inLanguage: c.inLanguage || (meaning.get(c.passageId)?.inLanguage ?? false),
      }))
    },

    ...createTextLegs({ runInTx, embedder, guarded }),
  }
}

type Row = { passageId: string; documentId: string; score: number }

/** What a candidate must meet, in rounds. A phrase is looked for side by side; then, where a language writes it with accents that were left out, together. */
async function matchesOf(tx: Tx, plan: KeywordPlan, passages: number, scope: Scope): Promise<string[]> {
  const { phrases: asked = [] } = scope
  const phrases = asked.length === 0 ? [] : await searchRepository.phraseQueries(tx, asked)
  if (phrases.length === 0) return candidateRounds(plan.terms, passages, Object.keys(scope.filters).length > 0)
  return [phrases.map((phrase) => phrase.adjacent).join(' | '), phrases.map((phrase) => phrase.together).join(' | ')]
}

async function inRounds(matches: readonly string[], search: (match: string) => Promise<Row[]>): Promise<Row[]> {
  let rows: Row[] = []
  for (const match of matches) {
    rows = await search(match)
    if (rows.length >= ENOUGH) break
  }
  return rows
}

const asWritten = (words: readonly string[], { phrases = [] }: Scope): string =>
  (phrases.length === 0 ? words.map(quoteLexeme) : phrases.map((phrase) => `(${writtenSideBySide(phrase, quoteLexeme)})`)).join(' | ')

const byWords = (r: Row): Candidate => ({ passageId: r.passageId, documentId: r.documentId, keyword: r.score, meaning: null, inLanguage: false })

const unweighted = (rows: readonly Row[], words: readonly string[]): KeywordAnswer =>
  ({ candidates: rows.map(byWords), terms: words.map((w) => [w]), words, plan: null })

/** Every word is a stop word of some language in use: not indexed there, but so common that a scan for it ends soon. Nonsense must not scan. */
function allStopWords(readings: readonly Reading[]): boolean {
  const words = new Set(readings.map((r) => r.word))
  const stopped = new Set(readings.flatMap((r) => (r.lexeme === null ? [r.word] : [])))
  return words.size > 0 && stopped.size === words.size
}
