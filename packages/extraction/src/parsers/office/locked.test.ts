import { createCipheriv, createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { compoundFile } from '../../../../../scripts/examples/compound.ts'
import { readHere } from '../../testing/read-here.ts'
import { docxFile, paragraph } from '../../testing/sample-files.ts'

const password = 'spring tïde'
const salt = Buffer.from('0123456789abcdef')
const file = docxFile(paragraph('Behind the lock '.repeat(2_000)))
const size = () => Buffer.from(BigUint64Array.of(BigInt(file.length)).buffer)
const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer)
const padded = (bytes: Buffer, block = 16) => Buffer.concat([bytes, Buffer.alloc((block - (bytes.length % block)) % block)])
const sum = (name: string, ...parts: Buffer[]) => createHash(name).update(Buffer.concat(parts)).digest()
function encrypt(mode: string, key: Buffer, iv: Buffer | null, bytes: Buffer): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-${mode}`, key, iv).setAutoPadding(false)
  return Buffer.concat([cipher.update(padded(bytes)), cipher.final()])
}
function stretch(name: string, rounds: number, secret = password): Buffer {
  let hash = sum(name, salt, Buffer.from(secret, 'utf16le'))
  for (let round = 0; round < rounds; round += 1) hash = sum(name, u32(round), hash)
  return hash
}

/** As Office 2010 and later lock a file. */
function agile(rounds: number, { told = rounds, locked = password } = {}): Buffer {
  const hash = stretch('sha512', rounds, locked)
  const [input, key] = [Buffer.alloc(16, 7), Buffer.alloc(32, 9)]
  const secret = (block: string, bytes: Buffer) => encrypt('cbc', sum('sha512', hash, Buffer.from(block, 'hex')).subarray(0, 32), salt, bytes).toString('base64')
  const cipher = `saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="${salt.toString('base64')}"`
  const xml = `<encryption><keyData ${cipher}/><keyEncryptors><keyEncryptor><p:encryptedKey spinCount="${told}" ${cipher} encryptedVerifierHashInput="${secret('fea7d2763b4b9e79', input)}" encryptedVerifierHashValue="${secret('d7aa0f6d3061344e', sum('sha512', input))}" encryptedKeyValue="${secret('146e0be7abacd0d6', key)}"/></keyEncryptor></keyEncryptors></encryption>`
  const segments = Array.from({ length: Math.ceil(file.length / 4_096) }, (_, at) => encrypt('cbc', key, sum('sha512', salt, u32(at)).subarray(0, 16), file.subarray(at * 4_096, (at + 1) * 4_096)))
  return compoundFile({ EncryptionInfo: Buffer.concat([Buffer.from([4, 0, 4, 0]), u32(0x40), Buffer.from(xml)]), EncryptedPackage: Buffer.concat([size(), ...segments]) })
}

/** As Office 2007 locks one. */
function standard(): Buffer {
  const hash = sum('sha1', stretch('sha1', 50_000), u32(0))
  const half = (filling: number) => sum('sha1', Buffer.from(Array.from({ length: 64 }, (_, index) => filling ^ (hash[index] ?? 0))))
  const key = Buffer.concat([half(0x36), half(0x5c)]).subarray(0, 16)
  const input = Buffer.alloc(16, 7)
  const verifier = Buffer.concat([u32(16), salt, encrypt('ecb', key, null, input), u32(20), encrypt('ecb', key, null, padded(sum('sha1', input)))])
  const description = Buffer.concat([Buffer.from([3, 0, 2, 0]), u32(0x24, 32, 0x24, 0, 0x660e, 0x8004, 128, 0x18, 0, 0), verifier])
  return compoundFile({ EncryptionInfo: description, EncryptedPackage: Buffer.concat([size(), encrypt('ecb', key, null, file)]) })
}

test.each([['of 2010 and later', () => agile(1_000)], ['of 2007', standard]] as const)('an Office file %s that is locked asks for its password, refuses a wrong one and opens with the right one', async (_age, make) => {
  const locked = make()
  await expect(readHere(locked)).rejects.toMatchObject({ reason: 'password_required', mime: 'application/x-ole-storage; encrypted' })
  await expect(readHere(locked, { password: 'not it' })).rejects.toMatchObject({ reason: 'password_wrong' })
  const found = await readHere(locked, { password })
  expect(found.format).toBe('docx')
  expect(found.pages.map(({ text }) => text).join(' ')).toContain('Behind the lock Behind the lock')
})

test('one that is only protected against changes asks for nothing', async () => {
  expect((await readHere(agile(1_000, { locked: 'VelvetSweatshop' }))).pages.map(({ text }) => text).join(' ')).toContain('Behind the lock')
})

test('a lock that wants more rounds than any honest one is refused before the first of them', async () => {
  await expect(readHere(agile(1, { told: 2_000_000_000 }), { password })).rejects.toMatchObject({ reason: 'unsupported_type' })
})
