import { expect, test } from 'vitest'
import { secretsOf } from './config-secrets.ts'
import { loadConfig } from './config.ts'

const forms = (...keys: string[]): string[] => keys.flatMap((key) => [
  key, key.toUpperCase(), Buffer.from(key, 'hex').toString('base64'), Buffer.from(key, 'hex').toString('base64url'),
])

test('every secret of the configuration is named, passwords of addresses as written and as meant, keys in every form they may be set in', () => {
  const older = 'ff0112233445566778899aabbccddeef0123456789abcdef0123456789abcdef'
  const key = '00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef'
  const config = loadConfig({
    DATABASE_URL: 'postgresql://app_login:p%40ss-word@db/x', DATABASE_ADMIN_URL: 'postgresql://owner:owner-pass@db/x',
    TEMPORAL_ADDRESS: 'temporal:7233', TEMPORAL_API_KEY: 'temporal-key', SECRET_KEY: key, SECRET_KEY_OLD: older, ADMIN_PASSWORD: 'admin-pass-1',
    SMTP_URL: 'smtp://post:mail%2Fpass@mail:587', MAIL_FROM: 'a@example.org', MEILI_URL: 'http://meili:7700', MEILI_KEY: 'meili-search', MEILI_WRITER_KEY: 'meili-writer',
    EMBEDDING: 'https://ai.example/v1#m', EMBEDDING_KEY: 'embedding-key', EMBEDDING_OLD: 'https://old.example/v1#m', EMBEDDING_OLD_KEY: 'old-key', ANSWERS: 'https://ai.example/v1#m', ANSWERS_KEY: 'answers-key',
  })
  const others = [
    'admin-pass-1', 'answers-key', 'embedding-key', 'mail%2Fpass', 'mail/pass', 'meili-search', 'meili-writer', 'old-key', 'owner-pass', 'p%40ss-word', 'p@ss-word', 'temporal-key',
  ]
  expect(secretsOf(config).toSorted()).toEqual([...forms(key, older), ...others].toSorted())
})
