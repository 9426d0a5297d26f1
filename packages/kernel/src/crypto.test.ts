import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { decryptSecret, derivedKey, encryptSecret, hashToken, randomToken, sameHash, secretKeyId } from './crypto.ts'

const key = randomBytes(32)
const secret = Buffer.from('open sesame')

test('what was sealed opens again, and sealing twice never gives the same bytes', () => {
  const sealed = encryptSecret(key, 'file-password', secret)
  expect(decryptSecret([key], 'file-password', sealed)).toEqual(secret)
  expect(decryptSecret([key], 'file-password', Uint8Array.from(sealed))).toEqual(secret)
  expect(encryptSecret(key, 'file-password', secret)).not.toEqual(sealed)
  expect(sealed.includes(secret)).toBe(false)
  expect(decryptSecret([key], 'x', encryptSecret(key, 'x', Buffer.alloc(0)))).toHaveLength(0)
})

test('another key and another purpose do not open it', () => {
  const sealed = encryptSecret(key, 'file-password', secret)
  expect(() => decryptSecret([randomBytes(32)], 'file-password', sealed)).toThrow()
  expect(() => decryptSecret([key], 'webhook-secret', sealed)).toThrow()
})

test('each purpose has a key of its own, and the same one after a hundred others', () => {
  const keys = Array.from({ length: 100 }, (_, n) => derivedKey(key, `purpose ${n}`).toString('hex'))
  expect(new Set(keys).size).toBe(100)
  expect(derivedKey(key, 'purpose 0').toString('hex')).toBe(keys[0])
  expect(derivedKey(randomBytes(32), 'purpose 0').toString('hex')).not.toBe(keys[0])
})

test('after a change of the key the older one still opens what it sealed, and no key opens nothing', () => {
  const [older, newer] = [key, randomBytes(32)]
  const sealed = encryptSecret(older, 'p', secret)
  expect(decryptSecret([newer, older], 'p', sealed)).toEqual(secret)
  expect(() => decryptSecret([newer], 'p', sealed)).toThrow()
  expect(() => decryptSecret([], 'p', sealed)).toThrow('no key')
})

test('one changed or missing byte anywhere is noticed', () => {
  const sealed = encryptSecret(key, 'p', secret)
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed)
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
    expect(() => decryptSecret([key], 'p', changed)).toThrow()
    expect(() => decryptSecret([key], 'p', sealed.subarray(0, at))).toThrow()
  }
})

test('a token is stored as its SHA-256', () => {
  expect(hashToken('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(sameHash(hashToken('abc'), hashToken('abc'))).toBe(true)
  expect(sameHash(hashToken('abc'), hashToken('abd'))).toBe(false)
  expect(sameHash('abc', 'abcd')).toBe(false)
})

test('tokens are random and as long as asked', () => {
  expect(new Set(Array.from({ length: 100 }, () => randomToken())).size).toBe(100)
  expect(Buffer.from(randomToken(16), 'base64url')).toHaveLength(16)
})

test('a key\'s name does not tell the key, and is the one that stored payloads bear', () => {
  const one = Buffer.alloc(32, 1)
  expect(secretKeyId(one)).toBe('b71507f5c02e')
  expect(one.toString('hex')).not.toContain(secretKeyId(one))
  expect(secretKeyId(randomBytes(32))).not.toBe(secretKeyId(one))
})
