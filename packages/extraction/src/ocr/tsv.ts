export type Recognized = {
  text: string
  /** 0 to 100, weighted by length. */ confidence: number
  /** Grows with every word that is likely right; compares tries of one page. */ score: number
}

type Word = { line: string; paragraph: string; text: string; confidence: number }

const nothing: Recognized = { text: '', confidence: 0, score: 0 }
/** A page under this is mostly noise (a photo, a drawing, an unknown script): then only words over the second figure stay. */
const noisyPage = 35
const clearWord = 60

function wordsOf(tsv: string): Word[] {
  return tsv.split('\n').flatMap((row) => {
    const cells = row.split('\t')
    const text = (cells[11] ?? '').trim()
    const confidence = Number(cells[10])
    if (cells[0] !== '5' || text === '' || !(confidence >= 0)) return []
    const paragraph = cells.slice(1, 4).join('.')
    return [{ paragraph, line: `${paragraph}.${cells[4] ?? ''}`, text, confidence }]
  })
}

function meanConfidence(words: readonly Word[]): number {
  const letters = words.reduce((sum, word) => sum + word.text.length, 0)
  return letters === 0 ? 0 : words.reduce((sum, word) => sum + word.confidence * word.text.length, 0) / letters
}

/** Text and confidence of tesseract's table of words (level, page, block, paragraph, line, word, box, confidence, text). */
export function readTsv(tsv: string): Recognized {
  const all = wordsOf(tsv)
  const confidence = Math.min(100, meanConfidence(all))
  const words = confidence < noisyPage ? all.filter((word) => word.confidence >= clearWord) : all
  const [first] = words
  if (first === undefined) return nothing
  let text = first.text
  for (const [index, word] of words.slice(1).entries()) {
    const before = words[index] ?? first
    text += `${word.line === before.line ? ' ' : word.paragraph === before.paragraph ? '\n' : '\n\n'}${word.text}`
  }
  const score = all.filter((word) => word.confidence >= 50).reduce((sum, word) => sum + word.confidence * word.text.length, 0)
  return { text, confidence, score }
}
