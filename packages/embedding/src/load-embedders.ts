import { createEmbedder, type EmbeddingConfig } from './create-embedder.ts'
import type { Embedder } from './embedder.ts'
import { createStaticEmbedder } from './static-embedder.ts'

export type Embedders = { readonly embedder: Embedder | null; readonly formerEmbedders: readonly Embedder[] }

/**
 * The model that the configuration names, and those that organizations may still be on their way from: the one that is named as the old one, and the
 * built-in one. One that cannot be loaded is told to `failed` and left out: without it the product finds by words, and says so.
 */
export async function loadEmbedders(config: { embedding: EmbeddingConfig; embeddingOld?: EmbeddingConfig }, failed: (error: unknown) => void): Promise<Embedders> {
  const loaded = async (named: EmbeddingConfig): Promise<Embedder | null> => {
    try {
      return await createEmbedder(named)
    } catch (error) {
      failed(error)
      return null
    }
  }
  const embedder = await loaded(config.embedding)
  const old = config.embeddingOld === undefined ? null : await loaded(config.embeddingOld)
  const builtin = config.embedding.kind === 'builtin' ? null : createStaticEmbedder()
  return { embedder, formerEmbedders: [old, builtin].filter((former) => former !== null) }
}
