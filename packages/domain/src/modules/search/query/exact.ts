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

/** `phrases`: a document holds each of them; `without`: none of these. */
export type Exactly = { readonly phrases: readonly string[]; readonly without: readonly string[] }

/**
 * Of the candidates those whose documents hold, word by word, what they must and nothing of what they must not, in their text or their name. The index
 * knows stems; what decides is the text. A passage stands for its document only where it holds one of the phrases itself, or the name does.
 */
export async function keepExact(tx: Tx, scope: Scope, { candidates, exactly }: { candidates: readonly Candidate[]; exactly: Exactly }): Promise<Candidate[]> {
  const { phrases, without } = exactly
  const passages = phrases.length === 0 ? null : await holdingOne(tx, scope, candidates, phrases)
  const left = passages === null ? [...candidates] : candidates.filter((c) => passages.has(c.passageId))
  if (phrases.length === 1 && without.length === 0) return left
  const documents = await keepDocuments(tx, scope, { documents: [...new Set(left.map((c) => c.documentId))], exactly })
  return left.filter((c) => documents.has(c.documentId))
}

/** A tsquery that each passage meets which holds a form of one of these; null where the index cannot tell, as of stop words. */
export async function formsOf(tx: Tx, phrases: readonly string[]): Promise<string | null> {
  const queries = await searchRepository.phraseQueries(tx, phrases)
  return queries.length < phrases.length ? null : either(queries)
}

const either = (queries: readonly PhraseQuery[]): string => queries.map(({ together }) => together).join(' | ')

async function holdingOne(tx: Tx, scope: Scope, candidates: readonly Candidate[], phrases: readonly string[]): Promise<Set<string>> {
  const passages = await searchRepository.passages(tx, scope, { ids: candidates.map((c) => c.passageId), lexemes: [] })
  const holding = passages.filter((passage) => held(passage, phrases).length > 0)
  return new Set(holding.map((passage) => passage.passageId))
}

/** The documents that hold all that they must, and nothing of the rest. One that is decided is not read on. */
export async function keepDocuments(tx: Tx, scope: Scope, ask: { documents: readonly string[]; exactly: Exactly }): Promise<Set<string>> {
  const { phrases, without } = ask.exactly
  const query = await formsOf(tx, [...phrases, ...without])
  const found = new Map(ask.documents.map((id) => [id, new Set<string>()]))
  const refuted = (id: string): boolean => without.some((phrase) => found.get(id)?.has(phrase))
  const complete = (id: string): boolean => phrases.every((phrase) => found.get(id)?.has(phrase))
  let undecided: readonly string[] = ask.documents
  for (let [after, read] = ['0', 0]; undecided.length > 0 && read < MOST_TEXTS; read += TEXTS_AT_ONCE) {
    const texts = await searchRepository.texts(tx, scope, { documents: undecided, query, after, limit: TEXTS_AT_ONCE })
    for (const text of texts) for (const phrase of held(text, [...phrases, ...without])) found.get(text.documentId)?.add(phrase)
    const last = texts.at(-1)
    undecided = last === undefined || texts.length < TEXTS_AT_ONCE ? [] : undecided.filter((id) => !refuted(id) && (without.length > 0 || !complete(id)))
    after = last?.passageId ?? after
  }
  const open = new Set(undecided)
  return new Set(ask.documents.filter((id) => complete(id) && !refuted(id) && !open.has(id)))
}

function held({ name, text }: { name: string; text: string }, phrases: readonly string[]): string[] {
  const [inName, inText] = [wordsOf(nameWords(name)), wordsOf(text)]
  return phrases.filter((phrase) => holdsPhrase(inText, phrase) || holdsPhrase(inName, phrase))
}
