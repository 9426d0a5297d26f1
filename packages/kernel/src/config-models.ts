import { ConfigError } from './config-error.ts'
import type { Config, EmbeddingConfig } from './config.types.ts'
import { text, webUrl, type Env } from './config-values.ts'

/** The models that read and answer. A key belongs to a server: without one it is a mistake. */
export function modelsConfig(env: Env): Pick<Config, 'embedding' | 'answers'> {
  const [embedding, answers, answersKey] = [embeddingConfig(env), text(env, 'ANSWERS'), text(env, 'ANSWERS_KEY')]
  if (answers === undefined && answersKey !== undefined) throw new ConfigError('ANSWERS', 'http:<url>#<model>, as there is an ANSWERS_KEY')
  if (answers === undefined) return { embedding }
  const server = serverOf('ANSWERS', answers)
  if (server === null) throw new ConfigError('ANSWERS', 'http:<url>#<model>')
  return { embedding, answers: { ...server, ...keyOf(answersKey) } }
}

function embeddingConfig(env: Env): EmbeddingConfig {
  const [value, key] = [text(env, 'EMBEDDING') ?? 'builtin', text(env, 'EMBEDDING_KEY')]
  const server = serverOf('EMBEDDING', value)
  if (server !== null) return { kind: 'http', ...server, ...keyOf(key) }
  if (key !== undefined) throw new ConfigError('EMBEDDING', 'http:<url>#<model>, as there is an EMBEDDING_KEY')
  if (value === 'builtin') return { kind: 'builtin' }
  const local = /^transformers:(\S+)$/.exec(value)
  if (local?.[1] !== undefined) return { kind: 'transformers', model: local[1] }
  throw new ConfigError('EMBEDDING', 'builtin, transformers:<model> or http:<url>#<model>')
}

const keyOf = (key: string | undefined): { key?: string } => (key === undefined ? {} : { key })

/** `http:<url>#<model>`; the address alone (`https://…#<model>`) is taken too. */
function serverOf(name: string, value: string): { url: string; model: string } | null {
  const [, url, model] = /^(?:http:(?=https?:))?(https?:\/\/[^#\s]+)#(\S+)$/.exec(value) ?? []
  return url === undefined || model === undefined ? null : { url: webUrl(name, url), model }
}
