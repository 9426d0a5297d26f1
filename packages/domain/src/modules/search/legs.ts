import type { Actor, Log, RunInTx, Tx } from '@intellidocs/kernel'
import { pageByDate, type DatedAsk, type DatedPage } from './by-date.ts'
import { correctionsRepository } from './corrections.repository.ts'
import { correctedReadings } from './corrections.ts'
import type { Candidate } from './fusion.ts'
import { createGuard } from './guard.ts'
import { byConditions, postgresCandidates, type KeywordCandidates, type Proposal } from './keyword-candidates.ts'
import { candidateRounds, planTerms, quoteLexeme, type KeywordPlan, type Reading } from './keyword-plan.ts'
import { nearest } from './nearest.ts'
import { isSpent, textBudget, type TextBudget } from './query/exact.ts'
import { createPhraseSearch, PHRASE_PROPOSALS } from './query/phrase-search.ts'
import { writtenSideBySide } from './query/phrases.ts'
import { searchRepository, type MeaningRow, type Spelling } from './search.repository.ts'
import type { Models } from './models/models.ts'
import { createTextLegs, type TextLegs } from './text-legs.ts'
import { storedVector, type QueryVector, type Scope } from './search.types.ts'
import { isSingle, spellingsOf, wordsOf } from './words.ts'

/** Documents that each leg proposes. Pages of an answer are cut from one ranking of these, so paging ends after at most twice as many. */
export const CANDIDATES = 300
/** Fewer candidates than this and the next, wider round is tried. */
const ENOUGH = 20
const LEG_TIME_MS = 3000

/** What may not answer: a leg, or what forgives typos in one. */
export type Leg = 'keyword' | 'meaning' | 'typos'

/** `terms[i]` are the stems of `words[i]`, a word as it was typed, in the order of the query. `plan` null: nothing that has a weight was asked. */
export type KeywordAnswer = {
  readonly candidates: readonly Candidate[]
  readonly terms: readonly (readonly string[])[]
  readonly words: readonly string[]
  readonly plan: KeywordPlan | null
  /** The engine that forgives typos did not answer: words count as they were typed. */
  readonly typosMissing?: boolean
  /** Of a phrase not everything was read that may hold it. */
  readonly cut?: boolean
}
/** What a query means to the model; null: nothing, as of a text without words. */
export type Meant = { readonly vector: QueryVector | null }
export type MeaningAnswer = Meant & { readonly candidates: readonly Candidate[] }

export type Legs = TextLegs & {
  /** Null: this leg did not answer. The reason is in the log; the caller says `degraded`. */
  keyword(actor: Actor, scope: Scope, query: string): Promise<KeywordAnswer | null>
  meaning(actor: Actor, scope: Scope, meant: Meant): Promise<MeaningAnswer | null>
  /** Null: there is no model, or it did not answer, and then neither will the leg. */
  meant(actor: Actor, query: string): Promise<Meant | null>
  /** How near these passages are to the query, of those that have a vector. Null: it was not had. */
  cosines(actor: Actor, vector: QueryVector, passages: readonly string[]): Promise<readonly MeaningRow[] | null>
  /** A page by date of all that holds a word of the query, or its phrases. Null: it was not had; `untold`: the index cannot tell, as of stop words. */
  byDate(actor: Actor, scope: Scope, ask: Omit<DatedAsk, 'milliseconds'>): Promise<DatedPage | 'untold' | null>
  /**
   * Adds to each candidate the score of the leg that did not propose it. What a passage does not have stays null, which counts as nothing; `missing` are legs
   * whose scores could not be had.
   */
  complete(actor: Actor, scope: Scope, found: Incomplete): Promise<{ candidates: readonly Candidate[]; missing: readonly Exclude<Leg, 'typos'>[] }>
}
/** `judged`: passages whose cosine was asked for before. */
type Incomplete = { readonly candidates: readonly Candidate[]; readonly plan: KeywordPlan | null; readonly vector: QueryVector | null; readonly judged?: ReadonlySet<string> }

/** The two ways to find a passage, each in a transaction of its own: what fails in one does not touch the other. */
export function createLegs(deps: { runInTx: RunInTx; models: Pick<Models, 'serving'>; log: Log; candidates: KeywordCandidates }): Legs {
  const { runInTx, models, log, candidates } = deps
  const inTime: InTime = (actor, work) => runInTx(actor, async (tx) => {
    await searchRepository.limitTime(tx, LEG_TIME_MS)
    return work(tx)
  }, { readOnly: true })
  const guarded = createGuard(log, LEG_TIME_MS)
  const cosines: Legs['cosines'] = (actor, vector, ids) => guarded('meaning', actor, () => inTime(actor, (tx) => searchRepository.cosines(tx, { vector, ids })))
  return {
    keyword: (actor, scope, query) => guarded('keyword', actor, () => answerByWords({ inTime, candidates }, { actor, scope, query })),

    meant: (actor, query) => guarded('meaning', actor, async () => {
      const embedder = await models.serving(actor.orgId)
      if (embedder === null) return null
      const [embedded] = await embedder.embed([query], 'query')
      const stored = embedded === undefined ? null : storedVector(embedded)
      return { vector: stored === null ? null : { model: embedder.id, ...stored } }
    }),

    meaning: async (actor, scope, { vector }) => {
      // Meaning does not tell whether a phrase is there: it judges what the words found.
      if (vector === null || (scope.phrases ?? []).length > 0) return { candidates: [], vector }
      const rows = await guarded('meaning', actor, () => inTime(actor, (tx) => nearest(tx, scope, { vector, limit: CANDIDATES })))
      return rows === null ? null : { candidates: rows.map((r) => ({ ...r, keyword: null })), vector }
    },

    cosines,

    complete: async (actor, scope, { candidates, plan, vector, judged }) => {
      const wordless = plan === null ? [] : candidates.filter((c) => c.keyword === null).map((c) => c.passageId)
      const vectorless = vector === null ? [] : candidates.filter((c) => c.meaning === null && judged?.has(c.passageId) !== true).map((c) => c.passageId)
      const [words, rows] = await Promise.all([
        plan === null || wordless.length === 0 ? [] : guarded('keyword', actor, () => inTime(actor, (tx) => searchRepository.keyword(tx, scope, { plan, match: null, ids: wordless, limit: wordless.length }))),
        vector === null || vectorless.length === 0 ? [] : cosines(actor, vector, vectorless),
      ])
      const keyword = new Map(words?.map((r) => [r.passageId, r.score]))
      const meaning = new Map(rows?.map((r) => [r.passageId, r]))
      const completed = candidates.map((c) => ({
        ...c, keyword: c.keyword ?? keyword.get(c.passageId) ?? null, meaning: c.meaning ?? meaning.get(c.passageId)?.meaning ?? null,
        inLanguage: c.inLanguage || (meaning.get(c.passageId)?.inLanguage ?? false),
      }))
      return { candidates: completed, missing: [...(words === null ? ['keyword' as const] : []), ...(rows === null ? ['meaning' as const] : [])] }
    },

    byDate: (actor, scope, ask) => guarded('by date', actor, () => inTime(actor, async (tx) => await pageByDate(tx, scope, { ...ask, milliseconds: LEG_TIME_MS }) ?? 'untold')),

    ...createTextLegs({ runInTx, models, guarded }),
  }
}

type InTime = <T>(actor: Actor, work: (tx: Tx) => Promise<T>) => Promise<T>
type Asked = { readonly actor: Actor; readonly scope: Scope; readonly query: string }

async function answerByWords({ inTime, candidates }: { inTime: InTime; candidates: KeywordCandidates }, { actor, scope, query }: Asked): Promise<KeywordAnswer> {
  const words = [...new Set(wordsOf(query).map((w) => w.text))]
  const spellings = words.flatMap((word, i): Spelling[] => spellingsOf(word).map((text) => ({ word: i, text, begins: isSingle(text) })))
  const { readings: typed, stats } = await inTime(actor, (tx) => searchRepository.readings(tx, spellings))
  // Of a phrase's words few passages hold them side by side, and an engine elsewhere does not know which. Outside of transactions: it may have to be waited for.
  const phrased = (scope.phrases ?? []).length > 0
  const engine = phrased ? postgresCandidates : candidates
  const proposal = await engine.propose(actor, planTerms(typed, stats))
  return inTime(actor, async (tx) => {
    const readings = [...typed, ...correctedReadings(proposal.misspelt, await correctionsRepository.stemsAmong(tx, scope, proposal.misspelt))]
    const budget = textBudget(LEG_TIME_MS)
    const search = ({ plan, rounds }: Try) => inPlan(tx, scope, { plan, rounds, budget })
    const first = planTerms(readings, stats)
    let found = { plan: first, ...await search({ plan: first, rounds: first.terms.length === 0 ? [] : roundsOf(proposal, await matchesOf(tx, first, stats.passages, scope)) }) }
    for (const terms of phrased ? [] : first.further) {
      if (found.proposed || isSpent(budget)) break
      const plan = { ...first, terms }
      found = { plan, ...await search({ plan, rounds: roundsOf(byConditions, await matchesOf(tx, plan, stats.passages, scope)) }) }
    }
    const common = found.proposed ? [] : stopWords(readings).map((i) => words[i] ?? '')
    if (common.length > 0) {
      const scanned = await searchRepository.commonWords(tx, scope, { query: asWritten(common, scope), limit: CANDIDATES })
      return unweighted(phrased ? await createPhraseSearch({ scope, enough: CANDIDATES, budget, score: () => Promise.resolve([]) })(tx, scanned) : scanned, common)
    }
    const { plan, rows } = found
    return {
      candidates: rows.map(byWords), terms: plan.asked.map((t) => t.lexemes), words: plan.asked.map((t) => words[t.word] ?? ''), plan,
      typosMissing: proposal.degraded, cut: phrased && (found.full || isSpent(budget)),
    }
  })
}

type Try = { readonly plan: KeywordPlan; readonly rounds: readonly Round[] }

/** `proposed`: the index held something of it, whether or not the texts then bore it out; `full`: it may hold more. */
async function inPlan(tx: Tx, scope: Scope, { plan, rounds, budget }: Try & { budget: TextBudget }): Promise<{ rows: Row[]; proposed: boolean; full: boolean }> {
  const score = (ids: readonly string[]) => searchRepository.keyword(tx, scope, { plan, match: null, ids, limit: ids.length })
  const exact = (scope.phrases ?? []).length === 0 ? null : createPhraseSearch({ scope, enough: CANDIDATES, budget, score })
  let [proposed, full] = [false, false]
  const rows = await inRounds(rounds, async (round) => {
    const some = await searchRepository.keyword(tx, scope, { plan, ...round, limit: exact === null ? round.limit : PHRASE_PROPOSALS })
    proposed ||= some.some((row) => round.ids === null || row.score > 0)
    full ||= some.length >= PHRASE_PROPOSALS
    return exact === null ? some : exact(tx, some)
  })
  return { rows, proposed, full }
}

type Row = { passageId: string; documentId: string; score: number }
/** What is scored in one try: what meets a condition, its best passage a document, or these passages, each. */
type Round = { readonly match: string | null; readonly ids: readonly string[] | null; readonly limit: number }

/** What an engine proposed comes first; the conditions follow, for what it does not know yet and where filters leave too few. */
function roundsOf({ passageIds }: Proposal, matches: readonly string[]): Round[] {
  const conditions = matches.map((match) => ({ match, ids: null, limit: CANDIDATES }))
  return passageIds === null || passageIds.length === 0 ? conditions : [{ match: null, ids: passageIds, limit: passageIds.length }, ...conditions]
}

/** What a candidate must meet, in rounds. A phrase is looked for side by side; then, where a language writes it with accents that were left out, together. */
async function matchesOf(tx: Tx, plan: KeywordPlan, passages: number, scope: Scope): Promise<string[]> {
  const { phrases: asked = [] } = scope
  const phrases = asked.length === 0 ? [] : await searchRepository.phraseQueries(tx, asked)
  if (phrases.length === 0) return candidateRounds(plan.terms, passages, Object.keys(scope.filters).length > 0)
  return [phrases.map((phrase) => phrase.adjacent).join(' | '), phrases.map((phrase) => phrase.together).join(' | ')]
}

/** Tries rounds until enough documents are found. Scores do not depend on the round, so the best of a document is that of all rounds. */
async function inRounds(rounds: readonly Round[], search: (round: Round) => Promise<Row[]>): Promise<Row[]> {
  const best = new Map<string, Row>()
  for (const round of rounds) {
    for (const row of await search(round)) {
      const held = best.get(row.documentId)
      // What an engine proposed may hold no word of the query after all.
      if ((round.ids === null || row.score > 0) && (held === undefined || row.score > held.score)) best.set(row.documentId, row)
    }
    if (best.size >= ENOUGH) break
  }
  return [...best.values()].sort((a, b) => b.score - a.score || Number(BigInt(a.passageId) - BigInt(b.passageId))).slice(0, CANDIDATES)
}

const asWritten = (words: readonly string[], { phrases = [] }: Scope): string =>
  (phrases.length === 0 ? words.map(quoteLexeme) : phrases.map((phrase) => `(${writtenSideBySide(phrase, quoteLexeme)})`)).join(' | ')

const byWords = (r: Row): Candidate => ({ passageId: r.passageId, documentId: r.documentId, keyword: r.score, meaning: null, inLanguage: false })

const unweighted = (rows: readonly Row[], words: readonly string[]): KeywordAnswer =>
  ({ candidates: rows.map(byWords), terms: words.map((w) => [w]), words, plan: null })

/** Words that some language in use does not index, but which are so common that a scan for them ends soon. Nonsense must not scan. */
const stopWords = (readings: readonly Reading[]): number[] => [...new Set(readings.flatMap((r) => (r.lexeme === null ? [r.word] : [])))].sort((a, b) => a - b)
