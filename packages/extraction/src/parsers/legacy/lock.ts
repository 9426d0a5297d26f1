import { hash as digest, timingSafeEqual } from 'node:crypto'
import { ExtractionError } from '../../errors.ts'
import { createRc4, type Rc4 } from './rc4.ts'

/** The stream of a block of a locked file, counted from 0. */
export type LegacyKey = (block: number) => Rc4

export const lockReasons = {
  required: (mime: string) => new ExtractionError('password_required', 'the file is encrypted', { mime }),
  wrong: (mime: string) => new ExtractionError('password_wrong', 'the password does not open the file', { mime }),
  unknown: (mime: string, how: string) => new ExtractionError('unsupported_type', `an old Office file locked in an unknown way: ${how}`, { mime }),
}

const algorithms = { rc4: 0x6801, byFlags: 0 }
/** Which bits of a key are there when the file does not say. */
const usualBits = 40

const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)
const hashOf = (name: string, ...parts: Buffer[]): Buffer => digest(name, Buffer.concat(parts), 'buffer')

type Lock = { readonly keyOf: (password: Buffer) => (block: number) => Buffer; readonly hash: 'md5' | 'sha1'; readonly input: Buffer; readonly output: Buffer }

/** RC4 as in Office 97: 40 bits of the password's hash, whatever the password ([MS-OFFCRYPTO] 2.3.6). */
function lockOf97(description: Buffer): Lock {
  const [salt, input, output] = [4, 20, 36].map((at) => description.subarray(at, at + 16)) as [Buffer, Buffer, Buffer]
  return {
    hash: 'md5', input, output,
    keyOf: (password) => {
      const short = hashOf('md5', password).subarray(0, 5)
      const spread = hashOf('md5', ...Array.from({ length: 16 }, () => [short, salt]).flat()).subarray(0, 5)
      return (block) => hashOf('md5', spread, u32(block))
    },
  }
}

/** RC4 CryptoAPI as in Office 2002 and 2003 ([MS-OFFCRYPTO] 2.3.5). */
function lockOf2002(description: Buffer, mime: string): Lock {
  const [headerBytes, algorithm, told] = [description.readUInt32LE(8), description.readUInt32LE(20), description.readUInt32LE(28)]
  const bits = told === 0 ? usualBits : told
  if (![algorithms.rc4, algorithms.byFlags].includes(algorithm) || bits < usualBits || bits > 128 || bits % 8 !== 0) throw lockReasons.unknown(mime, `algorithm ${algorithm}, ${bits} bits`)
  const verifier = description.subarray(12 + headerBytes)
  const salt = verifier.subarray(4, 20)
  return {
    hash: 'sha1', input: verifier.subarray(20, 36), output: verifier.subarray(40, 60),
    keyOf: (password) => {
      const start = hashOf('sha1', salt, password)
      return (block) => {
        const key = hashOf('sha1', start, u32(block)).subarray(0, bits / 8)
        // The shortest keys are filled up, the others are not.
        return bits === usualBits ? Buffer.concat([key, Buffer.alloc(11)]) : key
      }
    },
  }
}

function opens({ hash, input, output }: Lock, keyOf: (block: number) => Buffer): boolean {
  const both = Buffer.concat([input, output])
  createRc4(keyOf(0))(both)
  const wanted = both.subarray(input.length)
  const found = hashOf(hash, both.subarray(0, input.length))
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}

/**
 * The key of an Office file of 97 to 2003, from how the file says that it is locked; `unasked` is a password that its program tries by itself.
 *
 * @throws ExtractionError `password_required`, `password_wrong`, `unsupported_type` (locked in another way)
 */
export function openLegacyLock(description: Buffer, { mime, password, unasked }: { mime: string; password: string | null; unasked?: string }): LegacyKey {
  const [major, minor] = [description.readUInt16LE(0), description.readUInt16LE(2)]
  const lock = major === 1 && minor === 1 ? lockOf97(description) : [2, 3, 4].includes(major) && minor === 2 ? lockOf2002(description, mime) : null
  if (lock === null) throw lockReasons.unknown(mime, `version ${major}.${minor}`)
  for (const tried of [password, unasked]) {
    if (tried === null || tried === undefined) continue
    const keyOf = lock.keyOf(Buffer.from(tried, 'utf16le'))
    if (opens(lock, keyOf)) return (block) => createRc4(keyOf(block))
  }
  throw password === null ? lockReasons.required(mime) : lockReasons.wrong(mime)
}

/** What a stream says that is locked in blocks of so many bytes, counted from its start. */
export function openBlocks(stream: Buffer, blockBytes: number, key: LegacyKey): Buffer {
  const open = Buffer.from(stream)
  for (let block = 0; block * blockBytes < open.length; block += 1) key(block)(open.subarray(block * blockBytes, (block + 1) * blockBytes))
  return open
}
