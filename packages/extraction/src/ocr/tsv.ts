import { cleanText } from '../text/clean.ts'
import type { Box, WordBox } from '../layout/word-boxes.ts'
import type { GrayImage } from './gray-image.ts'

export type Recognized = {
  /** As `cleanText` leaves it. */
  text: string
  /** Where its words stand on the image. */
  boxes: WordBox[]
  /** 0 to 100, weighted by length. */ confidence: number
  /** Grows with every word that is likely right; compares tries of one page. */ score: number
}

type Word = { line: string; paragraph: string; text: string; confidence: number; box: Box }

export const nothingRecognized: Recognized = { text: '', boxes: [], confidence: 0, score: 0 }
/** A page under this is mostly noise (a photo, a drawing, an unknown script): then only words over the second figure stay. */
const noisyPage = 35
const clearWord = 60

type Size = Pick<GrayImage, 'width' | 'height'>

function wordsOf(tsv: string, { width, height }: Size): Word[] {
  return tsv.split('\n').flatMap((row) => {
    const cells = row.split('\t')
    const text = cleanText(cells[11] ?? '').trim()
    const confidence = Number(cells[10])
    if (cells[0] !== '5' || text === '' || !(confidence >= 0)) return []
    const paragraph = cells.slice(1, 4).join('.')
    const [left = 0, top = 0, wide = 0, high = 0] = cells.slice(6, 10).map(Number)
    const box = { left: left / width, top: top / height, right: (left + wide) / width, bottom: (top + high) / height }
    return [{ paragraph, line: `${paragraph}.${cells[4] ?? ''}`, text, confidence, box }]
  })
}

function meanConfidence(words: readonly Word[]): number {
  const letters = words.reduce((sum, word) => sum + word.text.length, 0)
  return letters === 0 ? 0 : words.reduce((sum, word) => sum + word.confidence * word.text.length, 0) / letters
}

/** Text, places and confidence of tesseract's table of words (level, page, block, paragraph, line, word, box, confidence, text) for an image of this size. */
export function readTsv(tsv: string, size: Size): Recognized {
  const all = wordsOf(tsv, size)
  const confidence = Math.min(100, meanConfidence(all))
  const words = confidence < noisyPage ? all.filter((word) => word.confidence >= clearWord) : all
  const [first] = words
  if (first === undefined) return nothingRecognized
  let text = ''
  let before = first
  const boxes: WordBox[] = []
  for (const word of words) {
    if (text !== '') text += word.line === before.line ? ' ' : word.paragraph === before.paragraph ? '\n' : '\n\n'
    boxes.push({ start: text.length, end: text.length + word.text.length, ...word.box })
    text += word.text
    before = word
  }
  const score = all.filter((word) => word.confidence >= 50).reduce((sum, word) => sum + word.confidence * word.text.length, 0)
  return { text, boxes, confidence, score }
}
