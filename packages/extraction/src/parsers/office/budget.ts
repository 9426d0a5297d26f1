import { ExtractionError } from '../../errors.ts'

export type TextBudget = { take(text: string): string }

/** Counts text as it is collected, so that a small file cannot fill the memory with words it repeats. Throws `output_limit`. */
export function createTextBudget(maxBytes: number): TextBudget {
  let left = maxBytes
  return {
    take: (text) => {
      left -= text.length
      if (left < 0) throw new ExtractionError('output_limit', `more than ${maxBytes} bytes of text`)
      return text
    },
  }
}
