/** A word of a text: its span (UTF-16 code units, end exclusive) and the spelling that is indexed. */
export type Word = { readonly start: number; readonly end: number; readonly text: string }

/** Longer runs of letters are no words (keys, encoded data); they are cut, in passages and queries alike. */
const MAX_WORD = 64
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u
/** Letters, marks and digits; soft hyphens and joiners inside are not written into the index. */
const RUN = /[\p{L}\p{M}\p{N}\u00AD\u200B-\u200D\u2060]+/gu
const INVISIBLE = /[\u00AD\u200B-\u200D\u2060]/gu
const HYPHEN_AT_LINE_END = /^[-\u2010]\r?\n[ \t]*$/

const cut = (word: string): string => word.slice(0, MAX_WORD).replace(/[\uD800-\uDBFF]$/, '')
const spelling = (run: string): string => cut(run.normalize('NFKC').toLowerCase().replace(INVISIBLE, ''))

/**
 * Splits a text into words. We do it, and not Postgres, so that spans are ours and the answer depends neither on the database's
 * locale (under C it does not lower-case `É`) nor on its parser, which reads `a/b` as one path and `2024-0012` as a negative number.
 * Chinese and Japanese runs become pairs of characters; a word hyphenated at a line's end stands there whole as well.
 */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  let last: Word | undefined
  for (const match of text.matchAll(RUN)) {
    const start = match.index
    const end = start + match[0].length
    const before = words.length
    if (CJK.test(match[0])) pushPairs(words, match[0], start)
    else push(words, { start, end, text: spelling(match[0]) })
    const added = words.length === before + 1 ? words[before] : undefined
    if (added !== undefined && last !== undefined && HYPHEN_AT_LINE_END.test(text.slice(last.end, start)) && /^\p{Ll}/u.test(match[0])) {
      push(words, { start: last.start, end, text: cut(last.text + added.text) })
    }
    last = added
  }
  return words
}

function push(words: Word[], word: Word): void {
  if (word.text !== '') words.push(word)
}

function pushPairs(words: Word[], run: string, offset: number): void {
  const characters = [...run]
  let start = offset
  characters.forEach((character, i) => {
    const next = characters[i + 1]
    const pair = next === undefined ? character : character + next
    if (next !== undefined || characters.length === 1) push(words, { start, end: start + pair.length, text: spelling(pair) })
    start += character.length
  })
}

/** The word without its accents: what people type who have no key for them. */
export const plain = (word: string): string => word.normalize('NFD').replace(/\p{M}/gu, '').normalize('NFC')

/** What goes into to_tsvector: all words, and apart from them the plain spelling of those with accents. */
export function indexedWords(text: string): { words: string; plainWords: string } {
  const words = wordsOf(text).map((w) => w.text)
  const plainWords = words.flatMap((w) => {
    const p = plain(w)
    return p === w ? [] : [p]
  })
  return { words: words.join(' '), plainWords: plainWords.join(' ') }
}

/**
 * Accents that a language's commonest endings carry and hurried people leave out: without them the stem of `informacao` is not that of
 * `informação`. Only guesses: a guess that no passage holds finds nothing and costs nothing.
 */
const RESTORED: readonly (readonly [RegExp, string])[] = [
  [/cao$/, 'ção'], [/coes$/, 'ções'], [/sao$/, 'são'], [/soes$/, 'sões'], [/cion$/, 'ción'], [/sion$/, 'sión'],
]

/** The spellings under which a word of a query is looked up: as typed, without accents, with the accents it may lack. */
export function spellingsOf(word: string): string[] {
  const restored = RESTORED.filter(([ending]) => word.length > 4 && ending.test(word)).map(([ending, accented]) => word.replace(ending, accented))
  return [...new Set([word, plain(word), ...restored])]
}

const CONFIGS = new Map(Object.entries({
  ar: 'arabic', ca: 'catalan', da: 'danish', de: 'german', el: 'greek', en: 'english', es: 'spanish', eu: 'basque', fi: 'finnish', fr: 'french',
  ga: 'irish', hi: 'hindi', hu: 'hungarian', hy: 'armenian', id: 'indonesian', it: 'italian', lt: 'lithuanian', nb: 'norwegian', ne: 'nepali',
  nl: 'dutch', nn: 'norwegian', no: 'norwegian', pt: 'portuguese', ro: 'romanian', ru: 'russian', sr: 'serbian', sv: 'swedish', ta: 'tamil',
  tr: 'turkish', yi: 'yiddish',
}))

/** The Postgres text search configuration of a language tag (`pt`, `pt-BR`); `simple`, which changes nothing, for those it has none for. */
export function configOf(language: string | null): string {
  return CONFIGS.get((language ?? '').toLowerCase().split(/[-_]/)[0] ?? '') ?? 'simple'
}
