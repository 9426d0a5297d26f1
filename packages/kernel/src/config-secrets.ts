import type { Config } from './config.types.ts'

const passwordsIn = (url: string | undefined): string[] => {
  if (url === undefined) return []
  const { password } = new URL(url)
  return [password, decodeURIComponent(password)]
}

/** A key may be set in any of these. */
const formsOf = (key: Buffer): string[] =>
  [key.toString('hex'), key.toString('hex').toUpperCase(), key.toString('base64'), key.toString('base64url')]

/** Every secret that the configuration holds, in the forms in which a message could carry it; for `log.redact`. */
export function secretsOf(config: Config): string[] {
  const login = config.mail.kind === 'smtp' ? config.mail.login : null
  const secrets = [
    ...(login === null ? [] : [login.password, encodeURIComponent(login.password)]),
    ...[config.secretKey, ...config.oldSecretKeys].flatMap(formsOf), config.admin.password, config.temporal.apiKey,
    config.meilisearch?.key, config.meilisearch?.writerKey,
    config.stripe?.secretKey, config.stripe?.webhookSecret, ...[config.embedding, config.embeddingOld].map((model) => (model?.kind === 'http' ? model.key : undefined)), config.answers?.key,
    ...passwordsIn(config.databaseUrl), ...passwordsIn(config.databaseAdminUrl),
  ]
  return [...new Set(secrets.filter((secret): secret is string => secret !== undefined && secret !== ''))]
}
