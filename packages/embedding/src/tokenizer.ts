// The model was trained with exactly this splitting; assets/static-en/MODEL_CARD.md describes it and golden.json holds it to the letter.
const REMOVED = /\uFFFD|(?![\t-\r\x85])[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/gu
const SPACE = /[\t-\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/g
const IDEOGRAPH = new RegExp(
  '[\\u4E00-\\u9FFF\\u3400-\\u4DBF\\u{20000}-\\u{2A6DF}\\u{2A700}-\\u{2B73F}\\u{2B740}-\\u{2B81F}\\u{2B920}-\\u{2CEAF}' +
  '\\uF900-\\uFAFF\\u{2F800}-\\u{2FA1F}]', 'gu')
const ACCENT = /\p{Mn}/gu
const NOT_ASCII = /\P{ASCII}/u
const WORD_OR_MARK = /[!-/:-@[-`{-~\p{P}]|[^ !-/:-@[-`{-~\p{P}]+/gu

/** Words and punctuation marks, lower case, without accents. NFKC first: PDFs are full of ligatures. */
export function splitWords(text: string): string[] {
  return (NOT_ASCII.test(text) ? normalize(text) : normalizeAscii(text)).match(WORD_OR_MARK) ?? []
}

function normalizeAscii(text: string): string {
  return text.replace(/[\t-\r]/g, ' ').replace(/\p{Cc}/gu, '').toLowerCase()
}

function normalize(text: string): string {
  const plain = text.normalize('NFKC').replace(REMOVED, '').replace(SPACE, ' ').replace(IDEOGRAPH, ' $& ').normalize('NFD').replace(ACCENT, '')
  // One code point at a time: a whole word in lower case would turn its last sigma into a final one, which the vocabulary lacks.
  return plain.replace(/\P{ASCII}/gu, (letter) => letter.toLowerCase()).replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** Row numbers of the pieces of a word; empty when the vocabulary cannot cover it. */
export type PieceTable = (word: string) => readonly number[]

const LONGEST_WORD = 100
const CACHED_WORDS = 20_000
const CACHED_LENGTH = 40

/** Greedy longest match over a WordPiece vocabulary (`##` marks a continuation); the line number is the row. */
export function createPieceTable(vocabulary: readonly string[]): PieceTable {
  const [initial, continuing] = [new Map<string, number>(), new Map<string, number>()]
  let longest = 1
  for (const [row, entry] of vocabulary.entries()) {
    const continues = entry.length > 2 && entry.startsWith('##')
    const piece = continues ? entry.slice(2) : entry
    ;(continues ? continuing : initial).set(piece, row)
    longest = Math.max(longest, piece.length)
  }

  function cut(word: string): number[] {
    const rows: number[] = []
    for (let at = 0; at < word.length;) {
      const found = longestAt(at === 0 ? initial : continuing, word, at)
      if (!found) return []
      rows.push(found.row)
      at = found.end
    }
    return rows
  }

  function longestAt(pieces: Map<string, number>, word: string, at: number): { row: number; end: number } | null {
    for (let end = Math.min(word.length, at + longest); end > at; end--) {
      const row = pieces.get(word.slice(at, end))
      if (row !== undefined) return { row, end }
    }
    return null
  }

  const cache = new Map<string, readonly number[]>()
  return (word) => {
    const known = cache.get(word)
    if (known) return known
    const rows = word.length > LONGEST_WORD && [...word].length > LONGEST_WORD ? [] : cut(word)
    if (cache.size >= CACHED_WORDS) cache.clear()
    if (word.length <= CACHED_LENGTH) cache.set(word, rows)
    return rows
  }
}
