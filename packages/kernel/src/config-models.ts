import { ConfigError } from './config-error.ts'
import type { Config, EmbeddingConfig } from './config.types.ts'
import { text, webUrl, type Env } from './config-values.ts'

/** The models that read and answer. A key belongs to a server: without one it is a mistake. */
export function modelsConfig(env: Env): Pick<Config, 'embedding' | 'embeddingOld' | 'answers'> {
  const old = text(env, 'EMBEDDING_OLD') === undefined && text(env, 'EMBEDDING_OLD_KEY') === undefined ? {} : { embeddingOld: embeddingConfig(env, 'EMBEDDING_OLD', 'EMBEDDING_OLD_KEY') }
  return { embedding: embeddingConfig(env, 'EMBEDDING', 'EMBEDDING_KEY'), ...old, ...answersConfig(env) }
}

function answersConfig(env: Env): Pick<Config, 'answers'> {
  const [answers, answersKey] = [text(env, 'ANSWERS'), text(env, 'ANSWERS_KEY')]
  if (answers === undefined && answersKey !== undefined) throw new ConfigError('ANSWERS', 'http:<url>#<model>, as there is an ANSWERS_KEY')
  if (answers === undefined) return {}
  const server = serverOf('ANSWERS', answers)
  if (server === null) throw new ConfigError('ANSWERS', 'http:<url>#<model>')
  return { answers: { ...server, ...keyOf(answersKey) } }
}

function embeddingConfig(env: Env, name: string, keyName: string): EmbeddingConfig {
  const [value, key] = [text(env, name) ?? 'builtin', text(env, keyName)]
  const server = serverOf(name, value)
  if (server !== null) return { kind: 'http', ...server, ...keyOf(key) }
  if (key !== undefined) throw new ConfigError(name, `http:<url>#<model>, as there is an ${keyName}`)
  if (value === 'builtin') return { kind: 'builtin' }
  const local = /^transformers:(\S+)$/.exec(value)
  if (local?.[1] !== undefined) return { kind: 'transformers', model: local[1] }
  throw new ConfigError(name, 'builtin, transformers:<model> or http:<url>#<model>')
}

const keyOf = (key: string | undefined): { key?: string } => (key === undefined ? {} : { key })

/** `http:<url>#<model>`; the address alone (`https://…#<model>`) is taken too. */
function serverOf(name: string, value: string): { url: string; model: string } | null {
  const [, url, model] = /^(?:http:(?=https?:))?(https?:\/\/[^#\s]+)#(\S+)$/.exec(value) ?? []
  return url === undefined || model === undefined ? null : { url: webUrl(name, url), model }
}
