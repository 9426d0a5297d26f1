import type { Embedder } from '@intellidocs/embedding'
import type { Log } from '@intellidocs/kernel'
import { cosine } from '../cosine.ts'
import type { Nearness } from './extract.ts'

/** The cosine of texts and a question; null for each where there is no model, where it does not answer, and for what it knows no word of. */
export const nearnessTo = (question: string, { embedder, log }: { embedder: Embedder | null; log: Log }): Nearness => async (texts) => {
  if (embedder === null || texts.length === 0) return texts.map(() => null)
  try {
    const [asked] = await embedder.embed([question], 'query')
    const vectors = await embedder.embed([...texts], 'query')
    return vectors.map((vector) => (asked === undefined ? null : cosine(asked, vector)))
  } catch (error) {
    log.warn({ err: error, model: embedder.id }, 'sentences were compared by their words alone')
    return texts.map(() => null)
  }
}
