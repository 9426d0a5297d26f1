/** A word of a text: its span (UTF-16 code units, end exclusive) and the spelling that is indexed. */
export type Word = { readonly start: number; readonly end: number; readonly text: string }

/** Longer runs of letters are no words (keys, encoded data); they are cut, in passages and queries alike. */
const MAX_WORD = 64
/** Scripts whose words are not, or not only, told apart by blanks: Korean joins particles to its words. Extensions, because `ー` belongs to two of them. */
const UNSPACED = '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Hangul}\\p{scx=Thai}'
const CJK = new RegExp(`[${UNSPACED}]`, 'u')
/** Stretches of a run that are of these scripts, and those that are not: `2025年` is a number and a character. */
const STRETCH = new RegExp(`[${UNSPACED}][${UNSPACED}\\p{M}]*|[^${UNSPACED}]+`, 'gu')
/** A character as people count them: a syllable of Korean that is written in parts, a letter with its marks. */
const CHARACTER = /[\u1100-\u115f][\u1160-\u11a7]*[\u11a8-\u11ff]*|\P{M}\p{M}*|\p{M}/gu
/** Letters, marks and digits; soft hyphens and joiners inside are not written into the index. */
const RUN = /[\p{L}\p{M}\p{N}\u00AD\u200B-\u200D\u2060]+/gu
const INVISIBLE = /[\u00AD\u200B-\u200D\u2060]/gu
const HYPHEN_AT_LINE_END = /^[-\u2010]\r?\n[ \t]*$/

const cut = (word: string): string => word.slice(0, MAX_WORD).replace(/[\uD800-\uDBFF]$/, '')
const spelling = (run: string): string => cut(run.normalize('NFKC').toLowerCase().replace(INVISIBLE, ''))

/**
 * Splits a text into words. We do it, and not Postgres, so that spans are ours and the answer depends neither on the database's
 * locale (under C it does not lower-case `É`) nor on its parser, which reads `a/b` as one path and `2024-0012` as a negative number.
 * Runs of Chinese, Japanese, Korean and Thai become pairs of characters; a word hyphenated at a line's end stands there whole as well.
 */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  let last: Word | undefined
  for (const match of text.matchAll(RUN)) {
    const start = match.index
    const end = start + match[0].length
    const before = words.length
    if (CJK.test(match[0])) pushStretches(words, match[0], start)
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

function pushStretches(words: Word[], run: string, offset: number): void {
  for (const { 0: stretch, index } of run.matchAll(STRETCH)) {
    if (CJK.test(stretch)) pushPairs(words, stretch, offset + index)
    else push(words, { start: offset + index, end: offset + index + stretch.length, text: spelling(stretch) })
  }
}

const charactersOf = (stretch: string): string[] => stretch.match(CHARACTER) ?? []

/** One character of a script that is indexed in pairs: it is found as the beginning of a pair, and by itself at the end of a stretch. */
export const isSingle = (word: string): boolean => CJK.test(word) && charactersOf(word).length === 1

function pushPairs(words: Word[], stretch: string, offset: number): void {
  const characters = charactersOf(stretch)
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

/** What goes into to_tsvector: all words, and apart from them the plain spelling of those with accents, and the last characters of what is indexed in pairs. */
export function indexedWords(text: string): { words: string; plainWords: string } {
  const words = wordsOf(text)
  const more = words.flatMap(({ text: word, end }, at) => {
    const p = plain(word)
    const last = CJK.test(word) && (words[at + 1]?.start ?? Infinity) >= end ? charactersOf(word).at(-1) : undefined
    return [...(p === word ? [] : [p]), ...(last === undefined || last === word ? [] : [last])]
  })
  return { words: words.map((w) => w.text).join(' '), plainWords: more.join(' ') }
}

/**
 * Accents that a language's commonest endings carry and hurried people leave out: without them the stem of `informacao` is not that of
 * `informação`. Only guesses: a guess that no passage holds finds nothing and costs nothing.
 */
const RESTORED: readonly (readonly [RegExp, string])[] = [
  [/cao$/, 'ção'], [/coes$/, 'ções'], [/sao$/, 'são'], [/soes$/, 'sões'], [/cion$/, 'ción'], [/sion$/, 'sión'],
]

/** How German is written without its dots; `ß` and `ss` are one to its stemmer. */
const UNDOTTED: Readonly<Record<string, string>> = { ae: 'ä', oe: 'ö', ue: 'ü' }

/** The spellings under which a word of a query is looked up: as typed, without accents, with the accents it may lack. */
export function spellingsOf(word: string): string[] {
  const restored = RESTORED.filter(([ending]) => word.length > 4 && ending.test(word)).map(([ending, accented]) => word.replace(ending, accented))
  const dotted = word.length > 4 ? word.replace(/(?<![aeq])(?:ae|oe|ue)/gu, (letters) => UNDOTTED[letters] ?? letters) : word
  return [...new Set([word, plain(word), ...restored, dotted])]
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
