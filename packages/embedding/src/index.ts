export { DIMENSIONS, EmbeddingError, type Embedder } from './embedder.ts'
export { createEmbedder, type EmbeddingConfig } from './create-embedder.ts'
export { createStaticEmbedder } from './static-embedder.ts'
export { languageGate } from './language-gate.ts'
