import type { Actor, Tx } from '@intellidocs/kernel'
import { correctionsRepository } from '../corrections.repository.ts'
import type { Misspelt } from '../keyword-candidates.ts'
import { searchRepository } from '../search.repository.ts'
import type { Scope } from '../search.types.ts'
import { plain, spellingsOf, wordsOf } from '../words.ts'
import { distance, tolerance } from './distance.ts'
import { suggestRepository, type ReadableStem } from './suggest.repository.ts'
import type { UnknownWord } from './word-proposals.ts'

/** Stems that are looked at for one word. */
const BEGINNING = 40
const LIKE = 5000
const TRIED = 12
/** Shorter words are begun by too many others, or like too many. */
const LEAST_BEGINNING = 2
const LEAST_LIKE = 4

type Form = { readonly word: string; readonly passages: number }

/** Whether so much was typed of a word that it can be told how it may go on. */
export const mayGoOn = (typed: string): boolean => [...typed].length >= LEAST_BEGINNING

/** Words that begin so, as they stand in texts that the actor reads, the commonest of these first; `proposed` are passages in which some may stand. */
export async function wordsFrom(tx: Tx, actor: Actor, typed: string, proposed: readonly string[]): Promise<string[]> {
  const beginning = plain(typed)
  const beginnings = [...new Set([typed, beginning])]
  const whole = Array.from({ length: Math.max(0, beginning.length - 3) }, (_, i) => beginning.slice(0, i + 3))
  const listed = await suggestRepository.stemsFrom(tx, { beginnings, whole, limit: BEGINNING })
  const stems = new Set([...listed, ...await suggestRepository.stemsIn(tx, actor, { passageIds: proposed, beginnings, limit: BEGINNING })])
  const forms = await formsOf(tx, actor, await suggestRepository.readable(tx, actor, [...stems]), (word, stem) => {
    const spelled = plain(word)
    return spelled.startsWith(beginning) && spelled !== beginning ? -shared(spelled, plain(stem)) : null
  })
  return [...new Map(forms.toSorted((a, b) => b.passages - a.passages || (a.word < b.word ? -1 : 1)).map((form) => [plain(form.word), form.word])).values()]
}

/** Those of the words that stand in nothing the actor reads, and are such that they can be typos. */
export async function unknownWords(tx: Tx, actor: Actor, words: readonly string[]): Promise<UnknownWord[]> {
  const asked = [...new Set(words)].filter((word) => word.length >= LEAST_LIKE && /^\p{L}+$/u.test(word) && !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u.test(word))
  const { readings } = await searchRepository.readings(tx, asked.flatMap((word, i) => spellingsOf(word).map((text) => ({ word: i, text, begins: false }))))
  const stems = new Set(readings.flatMap((reading) => reading.lexeme ?? []))
  const known = new Set((await suggestRepository.readable(tx, actor, [...stems])).map((readable) => readable.stem))
  return asked.flatMap((text, word): UnknownWord[] => {
    const own = readings.filter((reading) => reading.word === word)
    if (own.some(({ lexeme }) => lexeme === null || known.has(lexeme))) return []
    return [{ word, text, stems: [...new Set(own.flatMap(({ lexeme }) => lexeme ?? []))] }]
  })
}

/** Words of a query that are corrected: each costs some statements, at every key that is struck, and a text of many is no slip of the finger. */
const MOST_MEANT = 5

/** For each of these words, the first few, the one most like it that the actor does read; `misspelt` are passages in which it may stand. */
export async function wordsMeant(tx: Tx, actor: Actor, words: readonly UnknownWord[], misspelt: readonly Misspelt[]): Promise<Map<string, string>> {
  const among = await correctionsRepository.stemsAmong(tx, { principals: actor.principals, filters: {} }, misspelt)
  const meant = new Map<string, string>()
  for (const { word, text, stems } of words.slice(0, MOST_MEANT)) {
    const like = await wordLike(tx, actor, text, { stems, near: among.filter((stem) => stem.word === word).map(({ lexeme }) => lexeme) })
    if (like !== null) meant.set(text, like)
  }
  return meant
}

type Spelled = { readonly stems: readonly string[]; readonly near: readonly string[] }

/** The first letter may be wrong in that the first two changed places. What is wrong in an ending may have kept the stem from being found: a beginning counts too. */
async function wordLike(tx: Tx, actor: Actor, word: string, { stems, near }: Spelled): Promise<string | null> {
  const most = tolerance(word)
  const lengths = [...stems, word].map((text) => text.length)
  const letters = [...new Set([word, plain(word)].flatMap((text) => [text.charAt(0), text.charAt(1)]))]
  const closest = (among: readonly string[]) => among
    .map((stem) => ({ stem, off: Math.min(...[...stems, word, word.slice(0, stem.length)].map((own) => distance(own, stem, most))) }))
    .filter(({ off }) => off <= most).toSorted((a, b) => a.off - b.off || b.stem.length - a.stem.length).slice(0, TRIED).map(({ stem }) => stem)
  const listed = await suggestRepository.stemsLike(tx, { letters, least: LEAST_LIKE, most: Math.max(...lengths) + most, limit: LIKE })
  // Apart: what was listed is not asked yet whether the actor reads it, and must not crowd out what they do.
  const readable = await suggestRepository.readable(tx, actor, [...new Set([...closest(near), ...closest(listed)])])
  const forms = await formsOf(tx, actor, readable, (text) => {
    const off = distance(plain(text), plain(word), most)
    return off <= most ? off : null
  })
  const [best] = forms.toSorted((a, b) => distance(plain(a.word), plain(word), most) - distance(plain(b.word), plain(word), most) || b.passages - a.passages)
  return best?.word ?? null
}

/** For each stem the word of its examples that is best by `rate`, lower being better and null none, then the commonest: words are told as they were read. */
async function formsOf(tx: Tx, actor: Actor, stems: readonly ReadableStem[], rate: (word: string, stem: string) => number | null): Promise<Form[]> {
  if (stems.length === 0) return []
  const scope: Scope = { principals: actor.principals, filters: {} }
  const passages = await searchRepository.passages(tx, scope, { ids: [...new Set(stems.flatMap((stem) => stem.examples))], lexemes: [] })
  const words = new Map(passages.map((passage) => [passage.passageId, wordsOf(`${passage.name} ${passage.text}`).map((word) => word.text)]))
  return stems.flatMap(({ stem, passages: held, examples }): Form[] => {
    const counts = new Map<string, number>()
    for (const word of examples.flatMap((id) => words.get(id) ?? [])) counts.set(word, (counts.get(word) ?? 0) + 1)
    const rated = [...counts].flatMap(([word, count]) => {
      const rating = rate(word, stem)
      return rating === null ? [] : [{ word, count, rating }]
    })
    const [best] = rated.toSorted((a, b) => a.rating - b.rating || b.count - a.count || a.word.length - b.word.length)
    return best === undefined ? [] : [{ word: best.word, passages: held }]
  })
}

function shared(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a.charAt(length) === b.charAt(length)) length += 1
  return length
}
