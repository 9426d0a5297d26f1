import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadConfig } from './config.ts'

const SECRET = '9f3c51d2a86b07e4f1c82d5e93ab6047cd10fe29385b74a6e1d05c8f2b9a6d43'
const OLDER = '1d05c8f2b9a6d439f3c51d2a86b07e4f1c82d5e93ab6047cd10fe29385b74a6e'
let dataDir: string
beforeAll(() => { dataDir = mkdtempSync(join(tmpdir(), 'intellidocs-config-')) })
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const load = (env: Record<string, string> = {}) => loadConfig({ DATA_DIR: dataDir, SECRET_KEY: SECRET, ...env })

test('an empty environment means the embedded mode with its defaults', () => {
  const config = loadConfig({ DATA_DIR: dataDir })
  expect(config).toMatchObject({
    embedded: true, dataDir, port: 3000, logLevel: 'info', ocrLangs: ['eng', 'por'], publicUrl: 'http://localhost:3000',
    allowedOrigins: ['http://localhost:3000'], trustProxy: [], webhookAllow: [], admin: {}, embedding: { kind: 'builtin' },
    mail: { kind: 'folder', dir: join(dataDir, 'mail'), from: { name: 'IntelliDocs' } },
    blobs: { kind: 'file', dir: join(dataDir, 'blobs') }, temporal: { address: '127.0.0.1:7233', namespace: 'default' },
  })
  expect(config.temporal).not.toHaveProperty('tls')
})

test('the embedded secret key is made once, is readable by its owner only, and stays the same', () => {
  const first = loadConfig({ DATA_DIR: dataDir }).secretKey
  expect(first).toHaveLength(32)
  expect(loadConfig({ DATA_DIR: dataDir }).secretKey.equals(first)).toBe(true)
  expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600)
  expect(readFileSync(join(dataDir, 'secret.key'), 'utf8')).toBe(first.toString('hex'))
})

test('the configuration cannot be changed after the start', () => {
  const config = load()
  for (const part of [config, config.temporal, config.blobs, config.ocrLangs, config.admin]) expect(Object.isFrozen(part)).toBe(true)
})

describe('accepted', () => {
  const file = (dir: string) => ({ blobs: { kind: 'file', dir } })
  test.each<[Record<string, string>, object]>([
    [{ DATABASE_URL: 'postgresql://u:p@db:5432/x', TEMPORAL_ADDRESS: 'temporal:7233', SMTP_URL: 'smtp://mail:1025', MAIL_FROM: 'Docs <d@example.org>' },
      { embedded: false, mail: { kind: 'smtp', host: 'mail', port: 1025, secure: false, login: null, from: { name: 'Docs', address: 'd@example.org' } }, databaseUrl: 'postgresql://u:p@db:5432/x' }],
    [{ DATABASE_URL: 'postgres://u@db/x', INTELLIDOCS_EMBEDDED: '1' }, { embedded: true }],
    [{ NODE_ENV: 'production', INTELLIDOCS_EMBEDDED: '1' }, { embedded: true }],
    [{ DATABASE_ADMIN_URL: 'postgresql://o@db/x' }, { databaseAdminUrl: 'postgresql://o@db/x' }],
    [{ SMTP_URL: 'smtp://post%40example.org:p%2Fw@mail.example.org', MAIL_FROM: 'D@Example.org' }, { mail: {
      port: 587, secure: false, login: { user: 'post@example.org', password: 'p/w' }, from: { name: null, address: 'd@example.org' },
    } }],
    [{ SMTP_URL: 'smtps://[::1]/', MAIL_FROM: 'd@example.org' }, { mail: { host: '::1', port: 465, secure: true, login: null } }],
    [{ MAIL_FROM: 'Os Arquivos <d@example.org>' }, { mail: { kind: 'folder', from: { name: 'Os Arquivos', address: 'd@example.org' } } }],
    [{ PORT: '0' }, { port: 0 }],
    [{ PORT: ' 8080 ' }, { port: 8080, publicUrl: 'http://localhost:8080' }],
    [{ PORT: '' }, { port: 3000 }],
    [{}, { rateLimitCalls: 20_000 }],
    [{}, { maxPages: 5_000 }],
    [{}, { orgDeleteGraceDays: 30 }],
    [{ ORG_DELETE_GRACE_DAYS: '7' }, { orgDeleteGraceDays: 7 }],
    [{}, { shareActivityDays: 365 }],
    [{ SHARE_ACTIVITY_DAYS: '30' }, { shareActivityDays: 30 }],
    [{}, { defaultPlan: 'own' }],
    [{ DEFAULT_PLAN: 'free' }, { defaultPlan: 'free' }],
    [{ STRIPE_SECRET_KEY: 'sk_test_1', STRIPE_WEBHOOK_SECRET: 'whsec_1', STRIPE_PRICES: 'team=price_1,business=price_2' },
      { defaultPlan: 'free', stripe: { secretKey: 'sk_test_1', webhookSecret: 'whsec_1', prices: { team: 'price_1', business: 'price_2' } } }],
    [{}, { reconcile: { everySeconds: 300, afterSeconds: 120 } }],
    [{ RECONCILE_EVERY: '5', RECONCILE_AFTER: '1' }, { reconcile: { everySeconds: 5, afterSeconds: 1 } }],
    [{ MAX_PAGES: '10000' }, { maxPages: 10_000 }],
    [{ RATE_LIMIT_CALLS: '5000000' }, { rateLimitCalls: 5_000_000 }],
    [{ SIGN_UP: '' }, { signUp: 'invitation' }],
    [{ SIGN_UP: 'open' }, { signUp: 'open' }],
    [{ BLOBS: 'file:/var/blobs' }, file('/var/blobs')],
    [{ BLOBS: 'file:///var/blobs' }, file('/var/blobs')],
    [{ BLOBS: 's3://bucket' }, { blobs: { kind: 's3', bucket: 'bucket' } }],
    [{ BLOBS: 's3://bucket?endpoint=http://127.0.0.1:7070&region=eu&prefix=a/b' },
      { blobs: { kind: 's3', bucket: 'bucket', endpoint: 'http://127.0.0.1:7070', region: 'eu', prefix: 'a/b' } }],
    [{ EMBEDDING: 'transformers:Xenova/e5-small' }, { embedding: { kind: 'transformers', model: 'Xenova/e5-small' } }],
    [{ EMBEDDING: 'http:https://ai.example/v1#m-3' }, { embedding: { kind: 'http', url: 'https://ai.example/v1', model: 'm-3' } }],
    [{ EMBEDDING: 'http://ai.example/v1#m-3' }, { embedding: { kind: 'http', url: 'http://ai.example/v1', model: 'm-3' } }],
    [{ EMBEDDING: 'https://ai.example/v1#m-3', EMBEDDING_KEY: 'k1' }, { embedding: { kind: 'http', url: 'https://ai.example/v1', model: 'm-3', key: 'k1' } }],
    [{ EMBEDDING_OLD: 'https://ai.example/v1#m-2', EMBEDDING_OLD_KEY: 'k0' }, { embeddingOld: { kind: 'http', url: 'https://ai.example/v1', model: 'm-2', key: 'k0' } }],
    [{ ANSWERS: 'http:https://ai.example/v1#chat', ANSWERS_KEY: 'k2' }, { answers: { url: 'https://ai.example/v1', model: 'chat', key: 'k2' } }],
    [{ ANSWERS: 'http://127.0.0.1:11434/v1#llama3.2:3b' }, { answers: { url: 'http://127.0.0.1:11434/v1', model: 'llama3.2:3b' } }],
    [{ OCR_LANGS: 'deu, chi_sim' }, { ocrLangs: ['deu', 'chi_sim'] }],
    [{ PUBLIC_URL: 'https://docs.example/', FILES_URL: 'https://files.example' },
      { publicUrl: 'https://docs.example', filesUrl: 'https://files.example', allowedOrigins: ['https://docs.example'] }],
    [{ PUBLIC_URL: 'https://docs.example/app', ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173' },
      { allowedOrigins: ['https://docs.example', 'https://a.example', 'http://localhost:5173'] }],
    [{ WEBHOOK_ALLOW: '127.0.0.0/8, 10.1.2.3 fd00::/8' }, { webhookAllow: ['127.0.0.0/8', '10.1.2.3', 'fd00::/8'] }],
    [{ TRUST_PROXY: 'loopback 10.0.0.0/8,2001:db8::/32,192.0.2.7' }, { trustProxy: ['loopback', '10.0.0.0/8', '2001:db8::/32', '192.0.2.7'] }],
    [{ ADMIN_EMAIL: ' Ada@Example.org ', ADMIN_PASSWORD: 'correct horse' }, { admin: { email: 'ada@example.org', password: 'correct horse' } }],
    [{ LOG_LEVEL: 'debug' }, { logLevel: 'debug' }],
    [{ MEILI_URL: 'http://meili:7700/', MEILI_KEY: 's' }, { meilisearch: { url: 'http://meili:7700', key: 's', writerKey: 's' } }],
    [{ MEILI_URL: 'http://meili:7700', MEILI_KEY: 's', MEILI_WRITER_KEY: 'w' }, { meilisearch: { key: 's', writerKey: 'w' } }],
    [{ TEMPORAL_API_KEY: 'k' }, { temporal: { apiKey: 'k', tls: {} } }],
    [{ TEMPORAL_TLS_CERT: '/c', TEMPORAL_TLS_KEY: '/k' }, { temporal: { tls: { cert: '/c', key: '/k' } } }],
    [{ SECRET_KEY: Buffer.from(SECRET, 'hex').toString('base64') }, { secretKey: Buffer.from(SECRET, 'hex') }],
    [{}, { oldSecretKeys: [] }],
    [{ SECRET_KEY_OLD: `${OLDER}, ${SECRET}` }, { oldSecretKeys: [Buffer.from(OLDER, 'hex'), Buffer.from(SECRET, 'hex')] }],
    [{ METRICS_ADDRESS: '127.0.0.1:9464', WORKER_METRICS_ADDRESS: '[::1]:9465' }, { metricsAddress: '127.0.0.1:9464', workerMetricsAddress: '[::1]:9465' }],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }, { tracesEndpoint: 'http://collector:4318' }],
  ])('%j', (env, expected) => expect(load(env)).toMatchObject(expected))
})

describe('refused, with the name of the variable and never its value', () => {
  test.each<[string, string, Record<string, string>?]>([
    ['DATABASE_URL', 'mysql://u:hunter2hunter2@db/x'], ['DATABASE_URL', 'hunter2hunter2'], ['DATABASE_ADMIN_URL', 'hunter2hunter2'],
    ['RECONCILE_EVERY', '0'], ['RECONCILE_AFTER', '2m'], ['MAX_PAGES', '0'], ['ORG_DELETE_GRACE_DAYS', '0'], ['SHARE_ACTIVITY_DAYS', '0'], ['DEFAULT_PLAN', 'gold'], ['STRIPE_SECRET_KEY', 'pk_1'], ['STRIPE_WEBHOOK_SECRET', '1'], ['STRIPE_PRICES', 'team=price_1'], ['RATE_LIMIT_CALLS', '0'], ['RATE_LIMIT_CALLS', 'unlimited'], ['SIGN_UP', 'closed'],
    ['PORT', 'abc'], ['PORT', '65536'], ['PORT', '-1'], ['PORT', '80.5'], ['PORT', '0x50'],
    ['BLOBS', 'ftp://hunter2'], ['BLOBS', 'file:'], ['BLOBS', 's3://b?secret=hunter2hunter2'], ['BLOBS', 's3://UPPER_'], ['BLOBS', '/var/blobs'],
    ['EMBEDDING', 'openai'], ['EMBEDDING', 'transformers:'], ['EMBEDDING', 'http:https://ai.example/v1'],
    ['EMBEDDING', 'http://u:hunter2hunter2@ai.example#m'],
    ['EMBEDDING', '', { EMBEDDING_KEY: 'hunter2hunter2' }], ['EMBEDDING_OLD', 'openai'], ['EMBEDDING_OLD', '', { EMBEDDING_OLD_KEY: 'hunter2hunter2' }],
    ['ANSWERS', 'builtin'], ['ANSWERS', 'https://ai.example/v1'], ['ANSWERS', 'http://u:hunter2hunter2@ai.example#m'], ['ANSWERS', '', { ANSWERS_KEY: 'hunter2hunter2' }],
    ['MEILI_URL', 'meili:7700'], ['MEILI_URL', 'http://u:hunter2hunter2@meili'], ['MEILI_KEY', 'hunter2 hunter2'], ['MEILI_WRITER_KEY', 'hunter2\nhunter2'],
    ['OCR_LANGS', 'english'], ['OCR_LANGS', 'eng;rm -rf'], ['LOG_LEVEL', 'verbose'],
    ['PUBLIC_URL', 'docs.example'], ['PUBLIC_URL', 'javascript:alert(1)'], ['PUBLIC_URL', 'https://u:hunter2hunter2@docs.example'],
    ['FILES_URL', 'http://localhost:3000/files'], ['ALLOWED_ORIGINS', '*'], ['ALLOWED_ORIGINS', 'https://a.example/path'],
    ['ALLOWED_ORIGINS', 'null'],
    ['WEBHOOK_ALLOW', 'loopback'], ['WEBHOOK_ALLOW', 'hooks.example.org'], ['WEBHOOK_ALLOW', '0.0.0.0/0'], ['WEBHOOK_ALLOW', '10.0.0.0/33'],
    ['TRUST_PROXY', 'true'], ['TRUST_PROXY', '1'], ['TRUST_PROXY', '10.0.0.0/33'], ['TRUST_PROXY', '0.0.0.0/0'], ['TRUST_PROXY', '10.0.0.0/8/8'],
    ['ADMIN_EMAIL', 'ada'], ['ADMIN_PASSWORD', 'short'], ['ADMIN_PASSWORD', 'x'.repeat(129)],
    ['SECRET_KEY', 'hunter2hunter2'], ['SECRET_KEY', '0'.repeat(64)], ['SECRET_KEY', '0123456789abcdef'.repeat(4)], ['SECRET_KEY', SECRET.slice(2)],
    ['SECRET_KEY_OLD', 'hunter2hunter2'], ['SECRET_KEY_OLD', `${OLDER},${'0'.repeat(64)}`],
    ['METRICS_ADDRESS', '9464'], ['WORKER_METRICS_ADDRESS', 'http://localhost:9464'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'], ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://u:hunter2hunter2@collector:4318'],
    ['SMTP_URL', 'mail.example.org:587'], ['SMTP_URL', 'http://mail'], ['SMTP_URL', 'smtp://u:hunter2hunter2@mail?logger=true'],
    ['SMTP_URL', 'smtp://u:hunter2%@mail'], ['SMTP_URL', 'smtp://u@mail'],
    ['SMTP_URL', '', { DATABASE_URL: 'postgresql://db/x', TEMPORAL_ADDRESS: 't:1' }], ['MAIL_FROM', '', { SMTP_URL: 'smtp://mail' }],
    ['MAIL_FROM', 'hunter2'], ['MAIL_FROM', 'a@example.org, b@example.org'], ['MAIL_FROM', 'A\r\nBcc: <a@example.org>'], ['MAIL_FROM', 'A <a@example.org> <b@example.org>'],
    ['INTELLIDOCS_EMBEDDED', 'yes'], ['TEMPORAL_ADDRESS', 'http://temporal:7233'], ['TEMPORAL_ADDRESS', 'temporal'],
    ['TEMPORAL_ADDRESS', 'temporal:0'],
    ['TEMPORAL_TLS_KEY', '', { TEMPORAL_TLS_CERT: '/c' }], ['TEMPORAL_TLS_CERT', '', { TEMPORAL_TLS_KEY: '/k' }],
    ['SECRET_KEY', '', { DATABASE_URL: 'postgresql://db/x', TEMPORAL_ADDRESS: 't:1' }],
    ['TEMPORAL_ADDRESS', '', { DATABASE_URL: 'postgresql://db/x' }],
    ['DATABASE_URL', '', { INTELLIDOCS_EMBEDDED: 'false' }], ['DATABASE_URL', '', { NODE_ENV: 'production' }],
  ])('%s=%s', (variable, value, more = {}) => {
    const failed = (() => {
      try {
        load({ ...more, [variable]: value })
      } catch (error) {
        return error
      }
      return null
    })()
    expect(failed).toBeInstanceOf(ConfigError)
    expect(failed).toMatchObject({ variable, message: expect.stringMatching(new RegExp(`^${variable}: .*give `)) })
    expect(String(failed)).not.toContain('hunter2')
  })
})
