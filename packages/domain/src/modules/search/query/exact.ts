import { nameWords } from '@intellidocs/extraction'
import type { Tx } from '@intellidocs/kernel'
import type { Candidate } from '../fusion.ts'
import { searchRepository, type PhraseQuery } from '../search.repository.ts'
import type { Scope } from '../search.types.ts'
import { wordsOf } from '../words.ts'
import { holdsPhrase } from './phrases.ts'

/** Texts read at a time, and in all: about 60 MB. What is not decided by then is left out of the answer. */
const TEXTS_AT_ONCE = 1000
const MOST_TEXTS = 50_000
const LOOK_TIME_MS = 3000
/** Passages of one document that may stand for it. */
const MOST_HOLDING = 8

/** What may still be read: so many texts, and not beyond a moment of `performance.now()`. Handed through all that reads for one part of an answer. */
export type TextBudget = { left: number; readonly until: number }
export const textBudget = (milliseconds: number): TextBudget => ({ left: MOST_TEXTS, until: performance.now() + milliseconds })
export const isSpent = ({ left, until }: TextBudget): boolean => left <= 0 || performance.now() > until

/** `phrases`: a document holds each of them; `without`: none of these. */
export type Exactly = { readonly phrases: readonly string[]; readonly without: readonly string[] }
export type Proposed = { readonly passageId: string; readonly documentId: string }

/** Of the candidates those whose documents hold, word by word, what they must and nothing of what they must not, in their text or their name. */
export async function keepExact(tx: Tx, scope: Scope, { candidates, exactly }: { candidates: readonly Candidate[]; exactly: Exactly }): Promise<Candidate[]> {
  const documents = await keepDocuments(tx, scope, { documents: documentsOf(candidates), exactly, budget: textBudget(LOOK_TIME_MS) })
  return candidates.filter((c) => documents.has(c.documentId))
}

const documentsOf = (proposed: readonly Proposed[]): string[] => [...new Set(proposed.map((p) => p.documentId))]

/**
 * The proposed passages that hold one of the phrases, or whose document's name does, and for documents that hold it elsewhere `instead` the passages where:
 * the index knows stems, what decides is the text. Each document holds each of the phrases.
 */
export async function holdPhrases<T extends Proposed>(tx: Tx, scope: Scope, ask: { proposed: readonly T[]; phrases: readonly string[]; budget: TextBudget }): Promise<{ kept: T[]; instead: Proposed[] }> {
  const { proposed, phrases, budget } = ask
  const passages = await searchRepository.passages(tx, scope, { ids: proposed.map((p) => p.passageId), lexemes: [] })
  budget.left -= passages.length
  const holding = new Set(passages.filter((passage) => held(passage, phrases).length > 0).map((passage) => passage.passageId))
  const own = proposed.filter((p) => holding.has(p.passageId))
  const shown = new Set(own.map((p) => p.documentId))
  const documents = documentsOf(proposed)
  const read = await readTexts(tx, scope, { documents: phrases.length > 1 ? documents : documents.filter((id) => !shown.has(id)), exactly: { phrases, without: [] }, budget })
  const complete = (id: string): boolean => (phrases.length === 1 && shown.has(id)) || read.kept.has(id)
  return {
    kept: own.filter((p) => complete(p.documentId)),
    instead: documents.filter((id) => !shown.has(id) && complete(id)).flatMap((documentId) => (read.holding.get(documentId) ?? []).map((passageId) => ({ passageId, documentId }))),
  }
}

/** A tsquery that each passage meets which holds a form of one of these; null where the index cannot tell, as of stop words. */
export async function formsOf(tx: Tx, phrases: readonly string[]): Promise<string | null> {
  const queries = await searchRepository.phraseQueries(tx, phrases)
  return queries.length < phrases.length ? null : either(queries)
}

const either = (queries: readonly PhraseQuery[]): string => queries.map(({ together }) => together).join(' | ')

type Read = { readonly documents: readonly string[]; readonly exactly: Exactly; readonly budget: TextBudget }

/** The documents that hold all that they must, and nothing of the rest. */
export const keepDocuments = async (tx: Tx, scope: Scope, ask: Read): Promise<Set<string>> => (await readTexts(tx, scope, ask)).kept

/** Reads until each document is decided, or the budget is spent. `holding`: the first passages of a document in which one of the phrases stands. */
async function readTexts(tx: Tx, scope: Scope, { documents, exactly: { phrases, without }, budget }: Read): Promise<{ kept: Set<string>; holding: Map<string, string[]> }> {
  const query = documents.length === 0 ? null : await formsOf(tx, [...phrases, ...without])
  const found = new Map(documents.map((id) => [id, new Set<string>()]))
  const holding = new Map<string, string[]>()
  const refuted = (id: string): boolean => without.some((phrase) => found.get(id)?.has(phrase))
  const complete = (id: string): boolean => phrases.every((phrase) => found.get(id)?.has(phrase))
  let undecided = documents
  for (let after = '0'; undecided.length > 0 && !isSpent(budget);) {
    const texts = await searchRepository.texts(tx, scope, { documents: undecided, query, after, limit: TEXTS_AT_ONCE })
    budget.left -= texts.length
    for (const text of texts) {
      const there = held(text, [...phrases, ...without])
      for (const phrase of there) found.get(text.documentId)?.add(phrase)
      const before = holding.get(text.documentId) ?? []
      if (before.length < MOST_HOLDING && there.some((phrase) => phrases.includes(phrase))) holding.set(text.documentId, [...before, text.passageId])
    }
    const last = texts.at(-1)
    undecided = last === undefined || texts.length < TEXTS_AT_ONCE ? [] : undecided.filter((id) => !refuted(id) && (without.length > 0 || !complete(id)))
    after = last?.passageId ?? after
  }
  const open = new Set(undecided)
  return { kept: new Set(documents.filter((id) => complete(id) && !refuted(id) && !open.has(id))), holding }
}

function held({ name, text }: { name: string; text: string }, phrases: readonly string[]): string[] {
  const [inName, inText] = [wordsOf(nameWords(name)), wordsOf(text)]
  return phrases.filter((phrase) => holdsPhrase(inText, phrase) || holdsPhrase(inName, phrase))
}
