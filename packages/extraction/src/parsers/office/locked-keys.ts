import { createDecipheriv, hash as digest, timingSafeEqual } from 'node:crypto'
import { ExtractionError } from '../../errors.ts'
import { walkXml } from './xml.ts'

/** How a locked Office file is opened ([MS-OFFCRYPTO] 2.3.4). */
export type Lock = {
  /** The packed file; null when the password does not fit. */
  open(password: string, encrypted: Buffer): Buffer | null
}

/** The usual count is 100,000, a tenth of a second; what asks for more than this is made to be slow. */
const mostRounds = 1_000_000
const standardRounds = 50_000
const segmentBytes = 4_096
const blockKeys = { input: Buffer.from('fea7d2763b4b9e79', 'hex'), hash: Buffer.from('d7aa0f6d3061344e', 'hex'), key: Buffer.from('146e0be7abacd0d6', 'hex') }
const hashes = new Set(['sha1', 'sha256', 'sha384', 'sha512'])

const unknown = (what: string) => new ExtractionError('unsupported_type', `an Office file locked in an unknown way: ${what}`)
const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)
const hashOf = (name: string, ...parts: Buffer[]): Buffer => digest(name, Buffer.concat(parts), 'buffer')

/** The first bytes, or, where there are too few, filled up as the format wants it. */
const fitted = (bytes: Buffer, length: number): Buffer => Buffer.concat([bytes.subarray(0, length), Buffer.alloc(Math.max(0, length - bytes.length), 0x36)])

function decrypt(mode: 'cbc' | 'ecb', key: Buffer, iv: Buffer | null, bytes: Buffer): Buffer {
  const decipher = createDecipheriv(`aes-${key.length * 8}-${mode}`, key, iv).setAutoPadding(false)
  return Buffer.concat([decipher.update(bytes.subarray(0, bytes.length & ~15)), decipher.final()])
}

function stretched(name: string, start: Buffer, rounds: number): Buffer {
  // The number of the round before the hash, in one buffer: there are many rounds.
  const buffer = Buffer.concat([u32(0), start])
  for (let round = 0; round < rounds; round += 1) {
    buffer.writeUInt32LE(round)
    digest(name, buffer, 'buffer').copy(buffer, 4)
  }
  return buffer.subarray(4)
}

const sameHash = (a: Buffer, b: Buffer): boolean => a.length <= b.length && timingSafeEqual(a, b.subarray(0, a.length))

type Cipher = { salt: Buffer; bits: number; block: number; hash: string }

function cipherOf(attributes: Record<string, string>): Cipher {
  const { saltValue = '', keyBits, blockSize, hashAlgorithm = '', cipherAlgorithm = '', cipherChaining = '' } = attributes
  const cipher = { salt: Buffer.from(saltValue, 'base64'), bits: Number(keyBits), block: Number(blockSize), hash: hashAlgorithm.toLowerCase().replace('-', '') }
  if (cipherAlgorithm !== 'AES' || cipherChaining !== 'ChainingModeCBC' || ![128, 192, 256].includes(cipher.bits) || cipher.block !== 16 || !hashes.has(cipher.hash))
    throw unknown(`${cipherAlgorithm} ${cipherChaining} ${hashAlgorithm}`.slice(0, 100))
  return cipher
}

/** Files of Office 2010 and later: a description in XML. */
export function agileLock(description: Buffer): Lock {
  const found = new Map<string, Record<string, string>>()
  walkXml(description, { open: (name, attributes) => { if (!found.has(name)) found.set(name, attributes) } })
  const [data, person] = ['keyData', 'encryptedKey'].map((name) => found.get(name))
  if (data === undefined || person === undefined) throw unknown('without a password')
  const [content, keys] = [cipherOf(data), cipherOf(person)]
  const rounds = Number(person['spinCount'])
  if (!(rounds >= 0 && rounds <= mostRounds)) throw unknown(`${rounds} rounds`)
  return {
    open: (password, encrypted) => {
      const hash = stretched(keys.hash, hashOf(keys.hash, keys.salt, Buffer.from(password, 'utf16le')), rounds)
      const secret = (name: string, block: Buffer) => decrypt('cbc', fitted(hashOf(keys.hash, hash, block), keys.bits / 8), fitted(keys.salt, keys.block), Buffer.from(person[name] ?? '', 'base64'))
      const input = secret('encryptedVerifierHashInput', blockKeys.input).subarray(0, keys.salt.length)
      if (!sameHash(hashOf(keys.hash, input), secret('encryptedVerifierHashValue', blockKeys.hash))) return null
      const key = secret('encryptedKeyValue', blockKeys.key).subarray(0, content.bits / 8)
      const parts: Buffer[] = []
      for (let at = 8; at < encrypted.length; at += segmentBytes) {
        const iv = fitted(hashOf(content.hash, content.salt, u32(parts.length)), content.block)
        parts.push(decrypt('cbc', key, iv, encrypted.subarray(at, at + segmentBytes)))
      }
      return Buffer.concat(parts)
    },
  }
}

/** Files of Office 2007: a description in numbers. */
export function standardLock(description: Buffer): Lock {
  const headerBytes = description.readUInt32LE(8)
  const [algorithm, bits] = [description.readUInt32LE(20), description.readUInt32LE(28)]
  if (![0x660e, 0x660f, 0x6610].includes(algorithm) || ![128, 192, 256].includes(bits)) throw unknown(`algorithm ${algorithm}`)
  const verifier = description.subarray(12 + headerBytes)
  const salt = verifier.subarray(4, 20)
  return {
    open: (password, encrypted) => {
      const hash = hashOf('sha1', stretched('sha1', hashOf('sha1', salt, Buffer.from(password, 'utf16le')), standardRounds), u32(0))
      const half = (filling: number) => hashOf('sha1', Buffer.from(Array.from({ length: 64 }, (_, index) => filling ^ (hash[index] ?? 0))))
      const key = Buffer.concat([half(0x36), half(0x5c)]).subarray(0, bits / 8)
      const input = decrypt('ecb', key, null, verifier.subarray(20, 36))
      if (!sameHash(hashOf('sha1', input), decrypt('ecb', key, null, verifier.subarray(40, 72)))) return null
      return decrypt('ecb', key, null, encrypted.subarray(8))
    },
  }
}
