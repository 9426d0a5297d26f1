import { EmbeddingError, languageGate, type Embedder } from '@intellidocs/embedding'
import { sizeOf, storedVector, type PassageVector } from '../search.types.ts'

const EMBED_AT_ONCE = 32
const ENGLISH_ONLY = 'builtin:static-en'
/** Text that every model takes: a server that refuses this too refuses everything, as one does that does not have the model. */
const HARMLESS = 'document'

/** `embedded`: what the model reads, title and passage; `text`: the passage alone. */
export type Embeddable = { readonly embedded: string; readonly text: string; readonly language: string | null }

/**
 * A vector a passage, in order. A passage that the model refuses by itself, while it takes others, is stored without one: found by its words alone, and nobody
 * waits for it. Throws EmbeddingError, or the signal's reason between two requests.
 */
export async function embedPassages(embedder: Embedder, passages: readonly Embeddable[], signal: AbortSignal): Promise<PassageVector[]> {
  const vectors: PassageVector[] = []
  for (let at = 0; at < passages.length; at += EMBED_AT_ONCE) {
    signal.throwIfAborted()
    const some = passages.slice(at, at + EMBED_AT_ONCE)
    const embedded = await takenOf(embedder, some.map((passage) => passage.embedded), signal)
    vectors.push(...some.map(({ language, text }, i): PassageVector => {
      const made = embedded[i] ?? null
      const vector = made ?? new Float32Array()
      return { ...(made === null ? { refused: true } : {}), model: embedder.id, inLanguage: readable(embedder, language, text), vector: storedVector(vector)?.literal ?? null, dimensions: sizeOf(vector.length) }
    }))
  }
  return vectors
}

/** Null for each text that is refused by itself. */
async function takenOf(embedder: Embedder, texts: string[], signal: AbortSignal): Promise<(Float32Array | null)[]> {
  try {
    return await embedder.embed(texts, 'passage')
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof EmbeddingError) || error.kind !== 'refused' || !await takesAnything(embedder)) throw error
    if (texts.length === 1) return [null]
    const middle = texts.length >> 1
    return [...await takenOf(embedder, texts.slice(0, middle), signal), ...await takenOf(embedder, texts.slice(middle), signal)]
  }
}

const takesAnything = (embedder: Embedder): Promise<boolean> => embedder.embed([HARMLESS], 'passage').then(() => true, () => false)

/** Only the built-in model reads a single language. The document's language is the simpler signal; the model's own check is for when it is unknown. */
function readable(embedder: Embedder, language: string | null, text: string): boolean {
  if (!embedder.id.startsWith(ENGLISH_ONLY)) return true
  return language === null ? languageGate(text) : language.toLowerCase().split(/[-_]/)[0] === 'en'
}
