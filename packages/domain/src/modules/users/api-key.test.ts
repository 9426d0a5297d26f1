import { expect, test } from 'vitest'
import { mintApiKey, parseApiKey, secretMatches } from './api-key.ts'

test('a minted key can be taken apart and opens its own hash only', () => {
  const key = mintApiKey()
  const parsed = parseApiKey(key.text)
  expect(parsed?.prefix).toBe(key.prefix)
  expect(secretMatches(key.secretHash, parsed?.secret ?? '')).toBe(true)
  expect(secretMatches(mintApiKey().secretHash, parsed?.secret ?? '')).toBe(false)
  expect(secretMatches(null, parsed?.secret ?? '')).toBe(false)
  expect(key.secretHash).not.toContain(parsed?.secret ?? 'none')
})

test('a thousand keys are a thousand different ones', () => {
  expect(new Set(Array.from({ length: 1000 }, () => mintApiKey().text)).size).toBe(1000)
})

test.each(['', 'idk_', 'idk_0000000000000000', 'idk_0000000000000000_short', `idk_000000000000000G_${'A'.repeat(43)}`, ` idk_0000000000000000_${'A'.repeat(43)}`,
  `idk_0000000000000000_${'A'.repeat(44)}`, `IDK_0000000000000000_${'A'.repeat(43)}`])('%j is no key', (text) => {
  expect(parseApiKey(text)).toBeNull()
})
