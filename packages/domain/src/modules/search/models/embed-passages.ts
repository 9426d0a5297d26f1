import { languageGate, type Embedder } from '@intellidocs/embedding'
import { sizeOf, storedVector, type PassageVector } from '../search.types.ts'

const EMBED_AT_ONCE = 32
const ENGLISH_ONLY = 'builtin:static-en'

/** `embedded`: what the model reads, title and passage; `text`: the passage alone. */
export type Embeddable = { readonly embedded: string; readonly text: string; readonly language: string | null }

/** A vector a passage, in order. Throws EmbeddingError, or the signal's reason between two requests. */
export async function embedPassages(embedder: Embedder, passages: readonly Embeddable[], signal: AbortSignal): Promise<PassageVector[]> {
  const vectors: PassageVector[] = []
  for (let at = 0; at < passages.length; at += EMBED_AT_ONCE) {
    signal.throwIfAborted()
    const some = passages.slice(at, at + EMBED_AT_ONCE)
    const embedded = await embedder.embed(some.map((passage) => passage.embedded), 'passage')
    vectors.push(...some.map(({ language, text }, i): PassageVector => {
      const vector = embedded[i] ?? new Float32Array()
      return { model: embedder.id, inLanguage: readable(embedder, language, text), vector: storedVector(vector)?.literal ?? null, dimensions: sizeOf(vector.length) }
    }))
  }
  return vectors
}

/** Only the built-in model reads a single language. The document's language is the simpler signal; the model's own check is for when it is unknown. */
function readable(embedder: Embedder, language: string | null, text: string): boolean {
  if (!embedder.id.startsWith(ENGLISH_ONLY)) return true
  return language === null ? languageGate(text) : language.toLowerCase().split(/[-_]/)[0] === 'en'
}
