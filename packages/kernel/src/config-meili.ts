import { ConfigError } from './config-error.ts'
import type { Config } from './config.types.ts'
import { text, webUrl, type Env } from './config-values.ts'

/** Without `MEILI_URL` Postgres proposes passages alone. One key does for both where no second is named; two let searching processes only search. */
export function meiliConfig(env: Env): Pick<Config, 'meilisearch'> {
  const url = text(env, 'MEILI_URL')
  const [key, writerKey] = [keyOf('MEILI_KEY', text(env, 'MEILI_KEY')), keyOf('MEILI_WRITER_KEY', text(env, 'MEILI_WRITER_KEY'))]
  if (url === undefined) return {}
  const writes = writerKey ?? key
  return { meilisearch: { url: webUrl('MEILI_URL', url), ...(key === undefined ? {} : { key }), ...(writes === undefined ? {} : { writerKey: writes }) } }
}

/** It goes into a header as it is. */
function keyOf(name: string, key: string | undefined): string | undefined {
  if (key !== undefined && !/^[\x21-\x7e]{1,512}$/.test(key)) throw new ConfigError(name, 'a key of the Meilisearch server, without blanks')
  return key
}
