import { EmbeddingError, type Embedder } from './embedder.ts'
import { createHttpEmbedder } from './http-embedder.ts'
import { createStaticEmbedder } from './static-embedder.ts'
import { createTransformersEmbedder } from './transformers-embedder.ts'

/** As in the configuration: `EMBEDDING=builtin`, `transformers:<model>` or `http:<url>#<model>`. */
export type EmbeddingConfig =
  | { readonly kind: 'builtin' }
  | { readonly kind: 'transformers'; readonly model: string }
  | { readonly kind: 'http'; readonly url: string; readonly model: string; readonly key?: string }

/**
 * The embedder that the configuration names, tried once. Throws EmbeddingError `unsupported` when it can never work (package absent, vectors
 * of another length). A server that is merely away does not stop the start: search answers by words until it is back.
 */
export async function createEmbedder(config: EmbeddingConfig): Promise<Embedder> {
  if (config.kind === 'builtin') return createStaticEmbedder()
  if (config.kind === 'transformers') return createTransformersEmbedder(config.model)
  const embedder = createHttpEmbedder(config)
  try {
    await embedder.embed(['dimensions'], 'query')
  } catch (error) {
    if (error instanceof EmbeddingError && error.kind !== 'unsupported') return embedder
    throw error
  }
  return embedder
}
