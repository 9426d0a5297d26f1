import type { searchContract } from '@intellidocs/contracts'
import { AppError, mustHold, recordAudit, type Actor, type Log, type RunInTx, type Tx } from '@intellidocs/kernel'
import type { z } from 'zod'
import { rankDocuments, type Candidate } from '../fusion.ts'
import { createGuard } from '../guard.ts'
import { shownOf } from '../hits.ts'
import { planTerms, quoteLexeme } from '../keyword-plan.ts'
import type { KeywordAnswer, Legs, MeaningAnswer } from '../legs.ts'
import type { Models } from '../models/models.ts'
import { nearest } from '../nearest.ts'
import { readQuery } from '../query/read-query.ts'
import { searchRepository } from '../search.repository.ts'
import type { Scope } from '../search.types.ts'
import { wordsOf } from '../words.ts'
import { similarRepository } from './similar.repository.ts'

type Input = z.infer<typeof searchContract.searchSimilar.input>
type Output = z.infer<typeof searchContract.searchSimilar.output>

const LEG_TIME_MS = 3000
/** Documents that each way proposes. */
const CANDIDATES = 100
/** Words that stand for a document, and of these the rarest, one of which a candidate holds. */
const [TERMS, ASKED] = [24, 12]
/** Passages whose words tell what a stem stands for. */
const READ = 20

export type SimilarDeps = { readonly runInTx: RunInTx; readonly legs: Legs; readonly models: Pick<Models, 'serving'>; readonly log: Log }
export type SimilarService = { similar(actor: Actor, input: Input): Promise<Output> }

const NO_WORDS: KeywordAnswer = { candidates: [], terms: [], words: [], plan: null }

/**
 * Documents like one, of those that the caller reads: by the middle of its vectors and by the words that set it apart, ranked as a search by both. One that is
 * not read yet, or in the trash, is like none.
 * @throws AppError auth.forbidden, document.not_found
 */
export function createSimilarService({ runInTx, legs, models, log }: SimilarDeps): SimilarService {
  const guarded = createGuard(log, LEG_TIME_MS)
  return {
    async similar(actor, { documentId, limit, filters }) {
      mustHold(actor, 'documents:read')
      const { scope } = await readQuery(runInTx, actor, { query: '', filters })
      const versionId = await runInTx(actor, (tx) => similarRepository.version(tx, scope, documentId), { readOnly: true })
      if (versionId === undefined) throw new AppError('document.not_found')
      if (versionId === null) return { hits: [], missing: [], degraded: false }
      const look = <T>(of: string, work: (tx: Tx) => Promise<T>): Promise<T | null> => guarded(of, actor, () => runInTx(actor, async (tx) => {
        await searchRepository.limitTime(tx, LEG_TIME_MS)
        return work(tx)
      }, { readOnly: true }))
      const embedder = await models.serving(actor.orgId)
      const [keyword, meaning] = await Promise.all([
        look('keyword', (tx) => byWords(tx, scope, versionId)), embedder === null ? null : look('meaning', (tx) => byMeaning(tx, scope, { versionId, model: embedder.id })),
      ])
      const candidates = [...unionOf(keyword, meaning).values()].filter((candidate) => candidate.documentId !== documentId)
      const mode = keyword === null ? 'meaning' : meaning === null ? 'keyword' : 'hybrid'
      const scored = mode === 'hybrid' ? await legs.complete(actor, scope, { candidates, plan: keyword?.plan ?? null, vector: meaning?.vector ?? null }) : { candidates, missing: [] }
      const page = rankDocuments(scored.candidates, mode, embedder?.id).slice(0, limit).map((ranked, at) => ({ ...ranked, place: at + 1 }))
      const hits = await runInTx(actor, async (tx) => {
        const seen = (await shownOf(tx, { orgId: actor.orgId, scope, page, keyword: keyword ?? NO_WORDS })).map(({ hit }) => hit)
        await recordAudit(tx, actor, {
          action: 'search.similar', subjectType: 'document', subjectId: documentId, data: { hits: seen.length, documents: seen.map((hit) => hit.documentId) },
        })
        return seen
      })
      const missing = [...(keyword === null ? ['keyword' as const] : []), ...(meaning === null ? ['meaning' as const] : []), ...scored.missing]
      return { hits, missing, degraded: missing.length > 0 }
    },
  }
}

function unionOf(keyword: KeywordAnswer | null, meaning: MeaningAnswer | null): Map<string, Candidate> {
  const union = new Map<string, Candidate>((keyword?.candidates ?? []).map((c) => [c.passageId, c]))
  for (const c of meaning?.candidates ?? []) union.set(c.passageId, { ...c, keyword: union.get(c.passageId)?.keyword ?? null })
  return union
}

async function byWords(tx: Tx, scope: Scope, versionId: string): Promise<KeywordAnswer> {
  const { stats } = await searchRepository.readings(tx, [{ word: 0, text: '', begins: false }])
  // By the alphabet: their own order would tell how often each stands in what the caller may not read.
  const own = (await similarRepository.terms(tx, versionId, { passages: stats.passages, limit: TERMS })).toSorted((a, b) => (a.lexeme < b.lexeme ? -1 : 1))
  const plan = planTerms(own.map(({ lexeme, df }, word) => ({ word, config: '', n: stats.passages, lexeme, df })), stats)
  const match = plan.terms.slice(0, ASKED).flatMap((term) => term.lexemes).map(quoteLexeme).join(' | ')
  const rows = match === '' ? [] : await searchRepository.keyword(tx, scope, { plan, match, ids: null, limit: CANDIDATES })
  const words = await wordsFor(tx, versionId, own.map((term) => term.lexeme))
  return {
    candidates: rows.map((row) => ({ passageId: row.passageId, documentId: row.documentId, keyword: row.score, meaning: null, inLanguage: false })),
    terms: plan.asked.map((term) => term.lexemes), words: plan.asked.map((term) => words[term.word] ?? ''), plan,
  }
}

/** A word of the document's own text for each of its stems. */
async function wordsFor(tx: Tx, versionId: string, lexemes: readonly string[]): Promise<string[]> {
  const texts = await similarRepository.texts(tx, versionId, READ)
  const initials = new Set(lexemes.map((lexeme) => lexeme.charAt(0)))
  const words = new Map(texts.flatMap(({ config, text }) => wordsOf(text).filter((word) => initials.has(word.text.charAt(0))).map((word) => [`${config} ${word.text}`, { config, text: word.text }])))
  const stems = new Map<string, string>()
  for (const { text, lexemes: of } of await searchRepository.stems(tx, [...words.values()])) for (const stem of of) if (!stems.has(stem)) stems.set(stem, text)
  return lexemes.map((lexeme) => stems.get(lexeme) ?? lexeme)
}

async function byMeaning(tx: Tx, scope: Scope, { versionId, model }: { versionId: string; model: string }): Promise<MeaningAnswer> {
  const middle = await similarRepository.middle(tx, versionId, model)
  if (middle === null) return { candidates: [], vector: null }
  const vector = { model, ...middle }
  return { candidates: (await nearest(tx, scope, { vector, limit: CANDIDATES })).map((row) => ({ ...row, keyword: null })), vector }
}
