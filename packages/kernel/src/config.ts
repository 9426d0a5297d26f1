import { planNames, usersContract } from '@intellidocs/contracts'
import { resolve } from 'node:path'
import { ConfigError } from './config-error.ts'
import type { Config, TemporalConfig } from './config.types.ts'
import {
  addressRange, blobs, countOf, failpoints, flag, hostAndPort, list, oneOf, origin, portNumber, postgresUrl, proxyRange, secretKey, text, webUrl, type Env,
} from './config-values.ts'
import { logLevels } from './log.ts'
import { mailConfig } from './config-mail.ts'
import { meiliConfig } from './config-meili.ts'
import { modelsConfig } from './config-models.ts'
import { stripeConfig } from './config-stripe.ts'
import { readOrCreateSecret } from './secret-file.ts'

/** Where the launcher puts its own database when nobody says otherwise. */
const EMBEDDED_DATABASE_URL = 'postgresql://postgres:postgres@127.0.0.1:54329/postgres'

/**
 * Reads the whole configuration once; frozen. Unset means embedded: without `DATABASE_URL` (or with `INTELLIDOCS_EMBEDDED=1`; in
 * production only with it) the secret key may be missing and is then kept in `<DATA_DIR>/secret.key`. Throws `ConfigError` for the first bad value.
 */
export function loadConfig(env: Env = process.env): Config {
  const dataDir = resolve(text(env, 'DATA_DIR') ?? '.intellidocs')
  const databaseUrl = text(env, 'DATABASE_URL')
  const databaseAdminUrl = text(env, 'DATABASE_ADMIN_URL')
  // A forgotten variable must not turn a server into an embedded installation with a key of its own.
  const embedded = flag(env, 'INTELLIDOCS_EMBEDDED') ?? (databaseUrl === undefined && text(env, 'NODE_ENV') !== 'production')
  if (databaseUrl === undefined && !embedded) {
    throw new ConfigError('DATABASE_URL', 'the address of the database; without it only INTELLIDOCS_EMBEDDED=1 starts in production')
  }
  const port = portNumber(env, 'PORT', 3000)
  const config: Config = {
    dataDir, embedded, port,
    databaseUrl: postgresUrl('DATABASE_URL', databaseUrl ?? EMBEDDED_DATABASE_URL),
    ...(databaseAdminUrl === undefined ? {} : { databaseAdminUrl: postgresUrl('DATABASE_ADMIN_URL', databaseAdminUrl) }),
    temporal: temporal(env, embedded),
    blobs: blobs(env, dataDir),
    ...modelsConfig(env),
    ocrLangs: ocrLangs(env),
    ...clamd(env),
    ...meiliConfig(env),
    reconcile: { everySeconds: countOf(env, 'RECONCILE_EVERY', 300), afterSeconds: countOf(env, 'RECONCILE_AFTER', 120) },
    ...urls(env, port),
    trustProxy: list(env, 'TRUST_PROXY').map((range) => proxyRange('TRUST_PROXY', range)),
    webhookAllow: list(env, 'WEBHOOK_ALLOW').map((range) => addressRange('WEBHOOK_ALLOW', range)),
    signUp: oneOf(env, 'SIGN_UP', ['invitation', 'open'], 'invitation'),
    admin: admin(env),
    maxPages: countOf(env, 'MAX_PAGES', 5_000),
    rateLimitCalls: countOf(env, 'RATE_LIMIT_CALLS', 20_000),
    orgDeleteGraceDays: countOf(env, 'ORG_DELETE_GRACE_DAYS', 30),
    shareActivityDays: countOf(env, 'SHARE_ACTIVITY_DAYS', 365),
    ...plansConfig(env),
    logLevel: oneOf(env, 'LOG_LEVEL', logLevels, 'info'),
    secretKey: secret(env, dataDir, embedded),
    oldSecretKeys: list(env, 'SECRET_KEY_OLD').map((value) => secretKey('SECRET_KEY_OLD', value)),
    mail: mailConfig(env, dataDir, embedded),
    ...observability(env),
    failpoints: failpoints(env),
  }
  return freeze(config)
}

function secret(env: Env, dataDir: string, embedded: boolean): Buffer {
  const value = text(env, 'SECRET_KEY')
  if (value !== undefined) return secretKey('SECRET_KEY', value)
  if (!embedded) throw new ConfigError('SECRET_KEY', '32 random bytes as 64 hexadecimal digits (openssl rand -hex 32)')
  return secretKey('SECRET_KEY', readOrCreateSecret(dataDir))
}

/** Where plans are paid for, nobody is given one for nothing. */
function plansConfig(env: Env): Pick<Config, 'defaultPlan' | 'stripe'> {
  const stripe = stripeConfig(env)
  return { ...stripe, defaultPlan: oneOf(env, 'DEFAULT_PLAN', planNames, stripe.stripe === undefined ? 'own' : 'free') }
}

function observability(env: Env): Pick<Config, 'metricsAddress' | 'workerMetricsAddress' | 'tracesEndpoint'> {
  const metrics = text(env, 'METRICS_ADDRESS')
  const workerMetrics = text(env, 'WORKER_METRICS_ADDRESS')
  const traces = text(env, 'OTEL_EXPORTER_OTLP_ENDPOINT')
  return {
    ...(metrics === undefined ? {} : { metricsAddress: hostAndPort('METRICS_ADDRESS', metrics) }),
    ...(workerMetrics === undefined ? {} : { workerMetricsAddress: hostAndPort('WORKER_METRICS_ADDRESS', workerMetrics) }),
    ...(traces === undefined ? {} : { tracesEndpoint: webUrl('OTEL_EXPORTER_OTLP_ENDPOINT', traces) }),
  }
}

function temporal(env: Env, embedded: boolean): TemporalConfig {
  const address = text(env, 'TEMPORAL_ADDRESS')
  if (address === undefined && !embedded) throw new ConfigError('TEMPORAL_ADDRESS', 'host:port of the Temporal server')
  const apiKey = text(env, 'TEMPORAL_API_KEY')
  const ca = text(env, 'TEMPORAL_TLS_CA')
  const cert = text(env, 'TEMPORAL_TLS_CERT')
  const key = text(env, 'TEMPORAL_TLS_KEY')
  const serverName = text(env, 'TEMPORAL_TLS_SERVER_NAME')
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError(cert === undefined ? 'TEMPORAL_TLS_CERT' : 'TEMPORAL_TLS_KEY', 'the path of a PEM file: certificate and key come together')
  }
  const parts = {
    ...(ca === undefined ? {} : { ca }), ...(serverName === undefined ? {} : { serverName }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  }
  // An API key in the clear would be anybody's, so it brings TLS along.
  const wanted = flag(env, 'TEMPORAL_TLS') ?? (apiKey !== undefined || Object.keys(parts).length > 0)
  return {
    address: hostAndPort('TEMPORAL_ADDRESS', address ?? '127.0.0.1:7233'),
    namespace: text(env, 'TEMPORAL_NAMESPACE') ?? 'default',
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(wanted ? { tls: parts } : {}),
  }
}

function ocrLangs(env: Env): string[] {
  const langs = list(env, 'OCR_LANGS')
  if (langs.some((lang) => !/^[a-z]{3}(_[a-z]{3,10})?$/.test(lang))) throw new ConfigError('OCR_LANGS', 'Tesseract language codes such as eng,por')
  return langs.length > 0 ? langs : ['eng', 'por']
}

function clamd(env: Env): Pick<Config, 'clamdAddress'> {
  const address = text(env, 'CLAMD_ADDRESS')
  if (address === undefined) return {}
  if (address.startsWith('/') || address.startsWith('unix:/')) return { clamdAddress: `unix:${address.replace(/^unix:/, '')}` }
  return { clamdAddress: hostAndPort('CLAMD_ADDRESS', address, 'host:port of ClamAV\'s daemon, or the path of its socket') }
}

function urls(env: Env, port: number): Pick<Config, 'publicUrl' | 'filesUrl' | 'allowedOrigins'> {
  const publicUrl = webUrl('PUBLIC_URL', text(env, 'PUBLIC_URL') ?? `http://localhost:${port}`)
  const files = text(env, 'FILES_URL')
  const filesUrl = files === undefined ? undefined : webUrl('FILES_URL', files)
  if (filesUrl !== undefined && new URL(filesUrl).origin === new URL(publicUrl).origin) {
    throw new ConfigError('FILES_URL', 'an origin other than that of PUBLIC_URL, so that uploaded files never run in a session')
  }
  const named = list(env, 'ALLOWED_ORIGINS').map((value) => origin('ALLOWED_ORIGINS', value))
  return { publicUrl, ...(filesUrl === undefined ? {} : { filesUrl }), allowedOrigins: [...new Set([new URL(publicUrl).origin, ...named])] }
}

function admin(env: Env): Config['admin'] {
  const email = usersContract.email.optional().safeParse(text(env, 'ADMIN_EMAIL'))
  const password = usersContract.password.optional().safeParse(env['ADMIN_PASSWORD'] === '' ? undefined : env['ADMIN_PASSWORD'])
  if (!email.success) throw new ConfigError('ADMIN_EMAIL', 'an e-mail address')
  if (!password.success) throw new ConfigError('ADMIN_PASSWORD', '8 to 128 characters')
  return { ...(email.data === undefined ? {} : { email: email.data }), ...(password.data === undefined ? {} : { password: password.data }) }
}

/** Buffers cannot be frozen; everything else is, to the bottom. */
function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null && !Buffer.isBuffer(part)) freeze(part)
  return Object.freeze(value)
}

/** The environment for a process that this one starts: its own with values replaced. Here because only this file reads the environment. */
export function environmentWith(values: Env): Env {
  return { ...process.env, ...values }
}

/** Whether a variable is set to more than blanks: the launcher starts what nobody named. */
export function isSet(name: string, env: Env = process.env): boolean {
  return text(env, name) !== undefined
}
