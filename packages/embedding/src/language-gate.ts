import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { STATIC_EN_DIR } from './static-model.ts'
import { createPieceTable, splitWords, type PieceTable } from './tokenizer.ts'

/** English words of grammar that are not also words of grammar elsewhere: `a`, `as`, `do`, `no`, `in`, `is`, `was` mean nothing here. */
const FUNCTION_WORDS = new Set((
  'the of and to that for it with be by not this are from at which but have had they you were their all can has there been if more when ' +
  'will would who what how does did why where my our your its than these those such into may should could about between through'
).split(' '))

/** Thresholds as measured on English and Portuguese collections: with both, English stayed as it was and Portuguese lost nothing to BM25. */
const FEW_FUNCTION_WORDS = 0.05
const MANY_PIECES = 1.5
/** A word that the vocabulary cannot cover at all is at least as foreign as one cut in two. */
const PIECES_OF_UNKNOWN = 2

let pieceTable: PieceTable | undefined // a constant of this package, read from its own file at first use

/**
 * Whether the English model's score should count for this text. False for text of another language (few English function words and words
 * cut into many pieces) and for text in which the model knows no word. A document's detected language is the simpler signal where it is known.
 */
export function languageGate(text: string): boolean {
  pieceTable ??= createPieceTable(readFileSync(join(STATIC_EN_DIR, 'vocab.txt'), 'utf8').replace(/\n$/, '').split('\n'))
  let [words, known, functionWords, pieces] = [0, 0, 0, 0]
  for (const word of splitWords(text)) {
    if (!/\p{L}/u.test(word)) continue
    const count = pieceTable(word).length
    words += 1
    if (count > 0) known += 1
    if (FUNCTION_WORDS.has(word)) functionWords += 1
    pieces += count || PIECES_OF_UNKNOWN
  }
  if (known === 0) return false
  return functionWords / words >= FEW_FUNCTION_WORDS || pieces / words <= MANY_PIECES
}
