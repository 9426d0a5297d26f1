import { argon2Sync, createDecipheriv, hash as digest, pbkdf2Sync } from 'node:crypto'
import { methods, openZip, unpack, type Zip } from '../../archive/zip.ts'
import { ExtractionError } from '../../errors.ts'
import type { ParserInput } from '../parser.types.ts'
import { walkXml } from './xml.ts'

/** What the manifest says of a locked entry (OpenDocument 1.3, part 2, 3.4), by the names of its elements. */
type Locked = { readonly size: number; readonly [element: string]: Record<string, string> | number }
type Secret = Pick<ParserInput, 'mime' | 'password' | 'limits'>

/** The whole document as one locked archive, as LibreOffice writes it since 24.8. */
const whole = 'encrypted-package'
const manifest = 'META-INF/manifest.xml'
/** LibreOffice takes 100,000 or 600,000 rounds, or three passes over 64 MiB; what asks for more than this is made to be slow. */
const most = { rounds: 1_000_000, passes: 16, memoryKib: 262_144, lanes: 16 }
const checkedBytes = 1_024
const [vectorBytes, tagBytes, blockBytes] = [12, 16, 16]

/** Names are said in more than one way: what counts is their end. */
const tail = (name: string | undefined): string => (name ?? '').toLowerCase().replace(/^.*[#:]/, '')

function lockedEntries(zip: Zip): Map<string, Locked> {
  const found = new Map<string, Locked>()
  let entry: { path: string; size: number } | null = null
  if (zip.has(manifest)) walkXml(zip.read(manifest), {
    open: (name, attributes) => {
      if (name === 'file-entry') entry = { path: attributes['full-path'] ?? '', size: Number(attributes['size'] ?? 0) }
      else if (entry !== null && ['encryption-data', 'algorithm', 'start-key-generation', 'key-derivation'].includes(name))
        found.set(entry.path, { ...found.get(entry.path), size: entry.size, [name]: attributes })
    },
    close: (name) => { if (name === 'file-entry') entry = null },
  })
  return found
}

const told = (locked: Locked, element: string): Record<string, string> => {
  const attributes = locked[element]
  return typeof attributes === 'object' ? attributes : {}
}
const base64 = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64')

/** Opens entries with one password. Each has a key of its own, which takes a tenth of a second to make, or a whole one by Argon2id. */
function createOpener({ mime, password, limits }: Secret & { password: string }) {
  const unknown = (how: string) => new ExtractionError('unsupported_type', `an OpenDocument locked in an unknown way: ${how.slice(0, 100)}`, { mime })
  const wrong = () => new ExtractionError('password_wrong', 'the password does not open the file', { mime })
  let left = limits.unpackedBytes

  function keyOf(locked: Locked, bytes: number): Buffer {
    const start = tail(told(locked, 'start-key-generation')['start-key-generation-name'] ?? 'sha1')
    if (start !== 'sha1' && start !== 'sha256') throw unknown(start)
    const secret = digest(start, password, 'buffer')
    const derivation = told(locked, 'key-derivation')
    const way = tail(derivation['key-derivation-name'])
    const salt = base64(derivation['salt'])
    if (way === 'pbkdf2') {
      const rounds = Number(derivation['iteration-count'])
      if (!(rounds >= 1 && rounds <= most.rounds)) throw unknown(`${rounds} rounds`)
      return pbkdf2Sync(secret, salt, rounds, bytes, 'sha1')
    }
    if (way !== 'argon2id') throw unknown(way)
    const [passes = 0, memory = 0, parallelism = 0] = ['iterations', 'memory', 'lanes'].map((name) => Number(derivation[`argon2-${name}`]))
    if (!(passes >= 1 && passes <= most.passes && memory <= most.memoryKib && parallelism >= 1 && parallelism <= most.lanes && memory >= 8 * parallelism && salt.length >= 8))
      throw unknown(`Argon2id of ${passes} passes, ${memory} KiB, ${parallelism} lanes`)
    return argon2Sync('argon2id', { message: secret, nonce: salt, passes, memory, parallelism, tagLength: bytes })
  }

  /** Sealed as a whole; the bytes begin with what the manifest says as well, and end with the seal. */
  function openSealed(key: Buffer, packed: Buffer): Buffer {
    if (packed.length < vectorBytes + tagBytes) throw new ExtractionError('corrupt', 'a locked part is cut', { mime })
    const decipher = createDecipheriv(`aes-${key.length * 8 as 128 | 192 | 256}-gcm`, key, packed.subarray(0, vectorBytes), { authTagLength: tagBytes })
    decipher.setAuthTag(packed.subarray(packed.length - tagBytes))
    try {
      return Buffer.concat([decipher.update(packed.subarray(vectorBytes, packed.length - tagBytes)), decipher.final()])
    } catch {
      // The seal does not tell a wrong password from a changed file.
      throw wrong()
    }
  }

  function openChecked(key: Buffer, packed: Buffer, locked: Locked): Buffer {
    const { checksum, 'checksum-type': kind } = told(locked, 'encryption-data')
    const sum = /^(sha1|sha256)[/-]1k$/.exec(tail(kind))?.[1]
    if (sum === undefined) throw unknown(`without a sum (${kind ?? ''})`)
    const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, base64(told(locked, 'algorithm')['initialisation-vector'])).setAutoPadding(false)
    const padded = Buffer.concat([decipher.update(packed.subarray(0, packed.length - (packed.length % blockBytes))), decipher.final()])
    const open = padded.subarray(0, padded.length - Math.min(blockBytes, padded.at(-1) ?? 0))
    if (!digest(sum, open.subarray(0, checkedBytes), 'buffer').equals(base64(checksum))) throw wrong()
    return open
  }

  return (packed: Buffer, locked: Locked): Buffer => {
    const algorithm = tail(told(locked, 'algorithm')['algorithm-name'])
    const [, bits, mode] = /^aes(128|192|256)-(cbc|gcm)$/.exec(algorithm) ?? []
    if (bits === undefined) throw unknown(algorithm)
    const key = keyOf(locked, Number(bits) / 8)
    const bytes = unpack(methods.deflated, mode === 'gcm' ? openSealed(key, packed) : openChecked(key, packed, locked), { announced: locked.size, left })
    left -= bytes.length
    return bytes
  }
}

/**
 * The archive of an OpenDocument file as it is to be read: itself, or, where entries of it are locked, one that opens them.
 *
 * @throws ExtractionError `password_required`; when an entry is read `password_wrong`, `unsupported_type` (locked in another way), `corrupt`, `output_limit`
 */
export function unlockedOdf(zip: Zip, { mime, password, limits }: Secret): Zip {
  const locked = lockedEntries(zip)
  if (locked.size === 0) return zip
  if (password === null) throw new ExtractionError('password_required', 'the file is encrypted', { mime })
  const open = createOpener({ mime, password, limits })
  const entry = locked.get(whole)
  if (entry !== undefined && zip.has(whole)) return openZip(open(zip.read(whole), entry), { maxUnpackedBytes: limits.unpackedBytes })
  return {
    ...zip,
    read: (name) => {
      const how = locked.get(name)
      return how === undefined ? zip.read(name) : open(zip.read(name), how)
    },
  }
}
