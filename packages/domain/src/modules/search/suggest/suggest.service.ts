import type { DocumentId, searchContract } from '@intellidocs/contracts'
import { AppError, mustHold, type Actor, type Log, type RunInTx, type Tx } from '@intellidocs/kernel'
import type { z } from 'zod'
import { createGuard } from '../guard.ts'
import { parseQuery, type Piece } from '../query/parse-query.ts'
import { searchRepository } from '../search.repository.ts'
import { wordsOf, type Word } from '../words.ts'
import { suggestRepository } from './suggest.repository.ts'
import type { WordProposals } from './word-proposals.ts'
import { mayGoOn, unknownWords, wordsFrom, wordsMeant } from './words-like.ts'

type Input = z.infer<typeof searchContract.searchSuggest.input>
type Output = z.infer<typeof searchContract.searchSuggest.output>
type Completion = Output['completions'][number]

const SUGGEST_TIME_MS = 1000
/** Documents and tags among the completions. */
const [DOCUMENTS, TAGS] = [3, 3]

type Deps = { readonly runInTx: RunInTx; readonly log: Log; readonly proposals: WordProposals }
/** What a part of the answer comes to, `instead` where it failed or took too long. */
type Look = <T>(of: string, instead: T, work: (tx: Tx) => Promise<T>) => Promise<T>
export type SuggestService = { suggest(actor: Actor, input: Input): Promise<Output> }

/**
 * What somebody may be about to write, and what they may have meant, from what they may read alone: no word, name or tag of anything else is told, nor does
 * one change what is. Words that the statistics have not taken in yet are not suggested. What takes longer than a second is left out, and
 * `degraded` says so, as it does where an engine that proposes words is away.
 * @throws AppError auth.forbidden
 */
export function createSuggestService({ runInTx, log, proposals }: Deps): SuggestService {
  const guarded = createGuard(log, SUGGEST_TIME_MS)
  return {
    async suggest(actor, { query, limit }) {
      mustHold(actor, 'documents:read')
      const typed = query.toWellFormed().replaceAll('\0', ' ')
      let degraded = false
      const look: Look = async (of, instead, work) => {
        const found = await guarded(of, actor, () => runInTx(actor, async (tx) => {
          await searchRepository.limitTime(tx, SUGGEST_TIME_MS)
          return work(tx)
        }, { readOnly: true }))
        degraded ||= found === null
        return found ?? instead
      }
      const free = freeWords(typed)
      const last = free.at(-1)
      const open = last?.end === typed.length && mayGoOn(last.text) ? last : undefined
      const begun = open === undefined ? null : await proposals.beginning(actor, open.text)
      const words = open === undefined ? [] : await look('words', [], (tx) => wordsFrom(tx, actor, open.text, begun?.passageIds ?? []))
      const named = typed.trim() === '' ? [] : await look('names', [], (tx) => namesFrom(tx, actor, typed.trim()))
      const asked = words.length > 0 ? free.slice(0, -1) : free
      const unknown = asked.length === 0 ? [] : await look('unknown', [], (tx) => unknownWords(tx, actor, asked.map((word) => word.text)))
      const like = unknown.length === 0 ? null : await proposals.like(actor, unknown)
      const meant = unknown.length === 0 ? new Map<string, string>() : await look('meant', new Map<string, string>(), (tx) => wordsMeant(tx, actor, unknown, like?.misspelt ?? []))
      const completions = [...words.slice(0, Math.max(1, limit - named.length)).map((text) => completed(typed, open, text)), ...named].slice(0, limit)
      return {
        completions, didYouMean: meant.size === 0 ? null : corrected(typed, asked, meant),
        degraded: degraded || begun?.degraded === true || like?.degraded === true,
      }
    },
  }
}

/** Words that no filter took, and that must not be missing. While a quotation mark is still open, everything is words. */
function freeWords(query: string): Word[] {
  try {
    const { without, clauses } = parseQuery(query)
    const taken: Pick<Piece, 'start' | 'end'>[] = [...without, ...clauses]
    return wordsOf(query).filter((word) => !taken.some(({ start, end }) => word.start >= start && word.end <= end))
  } catch (error) {
    if (error instanceof AppError) return wordsOf(query)
    throw error
  }
}

const completed = (query: string, open: Word | undefined, text: string): Completion =>
  ({ kind: 'word', text, query: `${query.slice(0, open?.start ?? query.length)}${text}`, documentId: null })

async function namesFrom(tx: Tx, actor: Actor, beginning: string): Promise<Completion[]> {
  const documents = await suggestRepository.documentsNamed(tx, actor, { beginning, limit: DOCUMENTS })
  const tags = await suggestRepository.tags(tx, actor, { beginning: beginning.normalize('NFC').toLowerCase(), limit: TAGS })
  return [
    ...documents.map(({ id, name }): Completion => ({ kind: 'document', text: name, query: `name:"${name.replace(/["“”„]/gu, '')}"`, documentId: id as DocumentId })),
    ...tags.map((tag): Completion => ({ kind: 'tag', text: tag, query: tag.includes(' ') ? `tag:"${tag}"` : `tag:${tag}`, documentId: null })),
  ]
}

function corrected(query: string, words: readonly Word[], meant: ReadonlyMap<string, string>): string {
  let [text, at] = ['', 0]
  for (const { start, end, text: word } of words) {
    const better = meant.get(word)
    if (better === undefined || start < at) continue
    text += query.slice(at, start) + better
    at = end
  }
  return `${text}${query.slice(at)}`.trim()
}
