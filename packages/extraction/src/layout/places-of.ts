import { ExtractionError } from '../errors.ts'
import type { Places } from '../types.ts'
import { unpackBoxes } from './word-boxes.ts'

/** The places of words that a child told with a text, when they are places within it. Throws `internal`. */
export function placesOf({ text, boxes }: { text: string; boxes?: string | undefined }): Places {
  if (boxes === undefined) return {}
  const bytes = Buffer.from(boxes, 'base64')
  try {
    const last = unpackBoxes(bytes).at(-1)
    if (last !== undefined && last.end > text.length) throw new RangeError(`a word that ends at ${last.end} of ${text.length} characters`)
  } catch (error) {
    throw new ExtractionError('internal', 'the places of words are none', { cause: error })
  }
  return { boxes: bytes }
}
