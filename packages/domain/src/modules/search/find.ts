import type { SearchMode } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { rankDocuments, type Candidate, type Ranked } from './fusion.ts'
import { CANDIDATES, type KeywordAnswer, type Leg, type Legs, type MeaningAnswer, type Meant } from './legs.ts'
import type { ReadQuery } from './query/read-query.ts'
import type { MeaningRow } from './search.repository.ts'
import type { QueryVector, Scope } from './search.types.ts'

/** `missing`: legs that were asked and did not answer. `byWords`: words had their say in it; `vector`: what meaning was asked by; `cut`: there may be more than was ranked. */
export type Found = { readonly ranking: Ranked[]; readonly keyword: KeywordAnswer; readonly missing: Leg[]; readonly byWords: boolean; readonly vector: QueryVector | null; readonly cut: boolean }

const NO_WORDS: KeywordAnswer = { candidates: [], terms: [], words: [], plan: null }

/** What answers a query, ranked: the whole of which pages are cut. */
export async function find(legs: Legs, actor: Actor, asked: ReadQuery, mode: SearchMode): Promise<Found> {
  const answers = await ask(legs, actor, { ...asked, mode })
  const candidates = unionOf(answers)
  const kept = await keptOf(legs, actor, asked, { candidates, mode: answers.mode })
  const scored = await completed(legs, actor, asked.scope, { ...answers, candidates: kept.candidates })
  const missing = new Set([...kept.missing, ...answers.missing, ...scored.missing])
  const vector = answers.mode === 'keyword' ? null : answers.meaning?.vector ?? null
  const cut = answers.keyword.cut === true || [answers.keyword, answers.meaning].some((leg) => (leg?.candidates.length ?? 0) >= CANDIDATES)
  return { ranking: rankDocuments(scored.candidates, answers.mode, vector?.model), keyword: answers.keyword, missing: [...missing], byWords: answers.mode !== 'meaning', vector, cut }
}

/** `judged`: passages that words proposed whose cosine was asked for meanwhile. */
type Answers = { keyword: KeywordAnswer; meaning: MeaningAnswer | null; missing: Leg[]; mode: SearchMode; judged?: Judged }
type Asked = { readonly text: string; readonly scope: Scope; readonly mode: SearchMode }
type Judged = ReadonlyMap<string, MeaningRow | null>

/** Asks the legs of the mode; where one that was asked for is missing, the other stands in. Phrases are found by words, whatever the mode. */
async function ask(legs: Legs, actor: Actor, { text, scope, mode }: Asked): Promise<Answers> {
  const byWords = mode !== 'meaning' || (scope.phrases ?? []).length > 0
  const byMeaning = async (meant: Promise<Meant | null>): Promise<MeaningAnswer | null> => {
    const found = await meant
    return found === null ? null : legs.meaning(actor, scope, found)
  }
  const proposed = byWords ? legs.keyword(actor, scope, text) : undefined
  const meant = mode === 'keyword' ? undefined : legs.meant(actor, text)
  const judging = mode === 'hybrid' && meant !== undefined && proposed !== undefined ? judge(legs, actor, { meant, proposed }) : undefined
  const [words, meaning, judged] = await Promise.all([proposed, meant && byMeaning(meant), judging])
  const missing: Leg[] = [...(words === null ? ['keyword' as const] : []), ...(meaning === null ? ['meaning' as const] : []), ...typosOf(words)]
  if (mode === 'keyword' && words === null) return { keyword: NO_WORDS, meaning: await byMeaning(legs.meant(actor, text)), missing, mode: 'meaning' }
  if (mode === 'meaning' && meaning === null) {
    const instead = words ?? await legs.keyword(actor, scope, text)
    return { keyword: instead ?? NO_WORDS, meaning: null, missing: [...new Set([...missing, ...typosOf(instead)])], mode: 'keyword' }
  }
  // Hybrid with one leg is that leg's own ranking, not half a sum.
  const alone = mode !== 'hybrid' ? mode : words === null ? 'meaning' : meaning === null ? 'keyword' : 'hybrid'
  const judgement = alone === 'hybrid' ? judged : undefined
  if (judgement?.failed === true) missing.push('meaning')
  return { keyword: words ?? NO_WORDS, meaning: meaning ?? null, missing, mode: alone, ...(judgement && { judged: judgement.known }) }
}

type Asking = { readonly meant: Promise<Meant | null>; readonly proposed: Promise<KeywordAnswer | null> }

/** What words propose is judged by meaning at once: words find sooner than meaning does. What failed here is not asked again. */
async function judge(legs: Legs, actor: Actor, { meant, proposed }: Asking): Promise<{ known: Judged; failed: boolean }> {
  const [found, words] = await Promise.all([meant, proposed])
  const ids = (words?.candidates ?? []).map((one) => one.passageId)
  if (!found?.vector || ids.length === 0) return { known: new Map(), failed: false }
  const rows = await legs.cosines(actor, found.vector, ids)
  const known = new Map(rows?.map((row) => [row.passageId, row]))
  return { known: new Map(ids.map((id) => [id, known.get(id) ?? null])), failed: rows === null }
}

const typosOf = (words: KeywordAnswer | null | undefined): Leg[] => (words?.typosMissing === true ? ['typos'] : [])

/** What both legs proposed, each passage once with what is known of it. */
function unionOf({ keyword, meaning, judged }: Answers): Candidate[] {
  const union = new Map<string, Candidate>(keyword.candidates.map((c) => {
    const row = judged?.get(c.passageId)
    return [c.passageId, row ? { ...c, meaning: row.meaning, inLanguage: row.inLanguage } : c]
  }))
  for (const c of meaning?.candidates ?? []) union.set(c.passageId, { ...c, keyword: union.get(c.passageId)?.keyword ?? null })
  return [...union.values()]
}

type Kept = { readonly candidates: readonly Candidate[]; readonly missing: readonly Leg[] }

/**
 * The candidates in which nothing stands that must not; that they hold the phrases, their leg has seen to. None where that could not be looked up, for which
 * words are missing.
 */
async function keptOf(legs: Legs, actor: Actor, asked: ReadQuery, { candidates, mode }: { candidates: readonly Candidate[]; mode: SearchMode }): Promise<Kept> {
  const { scope, without } = asked
  if (without.length === 0) return { candidates, missing: [] }
  const exactly = { phrases: [], without }
  const kept = await legs.exact(actor, scope, { candidates, exactly })
  if (kept === null) return { candidates: [], missing: ['keyword'] }
  if (kept.length === candidates.length || candidates.length < CANDIDATES) return { candidates: kept, missing: [] }
  // What must not be there crowds the rest out: ask for documents in which not even a form of it stands, which the index knows by itself.
  const query = await legs.forms(actor, without)
  if (query === null) return { candidates: kept, missing: [] }
  const clear = { ...scope, filters: { ...scope.filters, without: query } }
  const others = await ask(legs, actor, { text: asked.text, scope: clear, mode })
  const more = await legs.exact(actor, clear, { candidates: unionOf(others), exactly })
  return {
    candidates: [...new Map([...kept, ...more ?? []].map((c) => [c.passageId, c])).values()],
    missing: more === null ? ['keyword', ...others.missing] : others.missing,
  }
}

/** In a hybrid search each is scored by both legs; by meaning, also what a phrase was found by. */
async function completed(legs: Legs, actor: Actor, scope: Scope, { keyword, meaning, mode, candidates, judged }: Answers & { candidates: readonly Candidate[] }): Promise<Kept> {
  if (meaning === null || mode === 'keyword' || (mode === 'meaning' && candidates.every((c) => c.meaning !== null))) return { candidates, missing: [] }
  return legs.complete(actor, scope, { candidates, plan: mode === 'hybrid' ? keyword.plan : null, vector: meaning.vector, judged: new Set(judged?.keys()) })
}
