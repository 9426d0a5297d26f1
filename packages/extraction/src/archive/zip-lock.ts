import { createCipheriv, createHmac, pbkdf2Sync, timingSafeEqual } from 'node:crypto'

/** How an entry is locked by AES (WinZip's AE-1 and AE-2), and how it is packed within. */
export type AesLock = { readonly keyBytes: number; readonly method: number }

const aesField = 0x9901
const keyBytesByStrength: Readonly<Record<number, number>> = { 1: 16, 2: 24, 3: 32 }

/** What the extra field of an entry says of its lock; null where it is not locked by AES. */
export function aesLockOf(extra: Buffer): AesLock | null {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== aesField || at + 11 > extra.length) continue
    const keyBytes = keyBytesByStrength[extra.readUInt8(at + 8)]
    return keyBytes === undefined ? null : { keyBytes, method: extra.readUInt16LE(at + 9) }
  }
  return null
}

const [checkBytes, sealBytes, blockBytes, rounds] = [2, 10, 16, 1_000]
/** Blocks that are numbered at a time. */
const batch = 4_096

/** AES in counter mode with counters whose lowest byte comes first, from 1, which is not what Node means by it. */
function countedStream(key: Buffer, bytes: Buffer): Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false)
  const open = Buffer.from(bytes)
  for (let from = 0; from < open.length; from += batch * blockBytes) {
    const counters = Buffer.alloc(Math.min(batch, Math.ceil((open.length - from) / blockBytes)) * blockBytes)
    for (let at = 0; at < counters.length; at += blockBytes) counters.writeUIntLE((from + at) / blockBytes + 1, at, 6)
    const stream = cipher.update(counters)
    for (let at = from; at < Math.min(open.length, from + stream.length); at += 1) open[at] = (open[at] ?? 0) ^ (stream[at - from] ?? 0)
  }
  return open
}

/** What a password opens that is locked by AES: salt, two bytes to check the password by, what is locked, and its seal. Null when it does not fit. */
export function openByAes(packed: Buffer, { keyBytes }: AesLock, password: Buffer): Buffer | null {
  const saltBytes = keyBytes / 2
  if (packed.length < saltBytes + checkBytes + sealBytes) return null
  const keys = pbkdf2Sync(password, packed.subarray(0, saltBytes), rounds, 2 * keyBytes + checkBytes, 'sha1')
  const locked = packed.subarray(saltBytes + checkBytes, packed.length - sealBytes)
  const seal = createHmac('sha1', keys.subarray(keyBytes, 2 * keyBytes)).update(locked).digest().subarray(0, sealBytes)
  const fits = packed.subarray(saltBytes, saltBytes + checkBytes).equals(keys.subarray(2 * keyBytes)) && timingSafeEqual(seal, packed.subarray(packed.length - sealBytes))
  return fits ? countedStream(keys.subarray(0, keyBytes), locked) : null
}

const headBytes = 12
/** Sums of single bytes (CRC-32): the library's own is too slow for one byte at a time. */
const sums = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; bit += 1) sum = (sum & 1) === 0 ? sum >>> 1 : (sum >>> 1) ^ 0xedb88320
  return sum
})
const summed = (value: number, byte: number): number => ((sums[(value ^ byte) & 255] ?? 0) ^ (value >>> 8)) >>> 0

/** What a password opens that is locked in the way of PKZIP (APPNOTE 6.1). Null when the last of the bytes at its head is not `check`; others pass by chance. */
export function openByZipCrypto(packed: Buffer, password: Buffer, check: number): Buffer | null {
  if (packed.length < headBytes) return null
  let [first, second, third] = [0x12345678, 0x23456789, 0x34567890]
  const note = (byte: number) => {
    first = summed(first, byte)
    second = (Math.imul(second + (first & 255), 134_775_813) + 1) >>> 0
    third = summed(third, second >>> 24)
  }
  for (const byte of password) note(byte)
  const open = Buffer.alloc(packed.length)
  for (const [at, byte] of packed.entries()) {
    const key = (third | 2) & 0xffff
    open[at] = byte ^ ((Math.imul(key, key ^ 1) >>> 8) & 255)
    note(open[at])
    if (at === headBytes - 1 && open[at] !== check) return null
  }
  return open.subarray(headBytes)
}
