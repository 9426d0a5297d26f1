import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { constants, crc32, inflateRawSync } from 'node:zlib'
import { ExtractionError } from '../errors.ts'
import { isUtf8 } from '../text/utf8.ts'
import { aesLockOf, openByAes, openByZipCrypto, type AesLock } from './zip-lock.ts'

/** Reads zip archives by their central directory, and inflates nothing beyond what was announced and allowed. */
export type Zip = {
  names: string[]
  /** All rows of the directory, those too whose names are the same. */
  entries: readonly ZipEntry[]
  has(name: string): boolean
  /**
   * Unpacked bytes of one entry.
   * @throws ExtractionError `corrupt` (missing, damaged), `output_limit`, `unsupported_type` (locked or packed in another way), `password_required`, `password_wrong`
   */
  read(name: string): Buffer
  close(): void
}

/** `rawName` is for names in encodings of long ago; `read` is that of the archive, for this entry. */
export type ZipEntry = { readonly name: string; readonly rawName: Buffer; readonly isLocked: boolean; read(): Buffer }
type Entry = Omit<ZipEntry, 'read'> & { flags: number; method: number; time: number; crc: number; packed: number; unpacked: number; offset: number; aes: AesLock | null }
/** `password` opens locked entries; null: none is known. Without it they are of no kind that is read, as in documents, which are never locked so. */
export type ZipOptions = {
  maxUnpackedBytes: number
  maxEntries?: number
  maxRatio?: number
  password?: string | null
  /** Is told that an entry came out otherwise than its sum and size say, and what came out is given all the same. Without it such an entry is `corrupt`. */
  onDamage?: () => void
}

/** Bits of an entry's flags: it is locked, its sizes and sum come after it, it is locked in a way that only its maker knows. */
const flags = { locked: 1, later: 8, strong: 64 }

const defaultMaxEntries = 20_000
/** Honest documents reach about 1:50; deflate itself ends at 1:1032. Small archives may be anything, they cannot hurt. */
const defaultMaxRatio = 250
const ratioMattersFrom = 64 * 1024 ** 2
const maxDirectoryBytes = 32 * 1024 ** 2

const zipMime = 'application/zip'
export const methods = { stored: 0, deflated: 8 }

const corrupt = (message: string) => new ExtractionError('corrupt', message, { mime: zipMime })
const tooMuch = (message: string) => new ExtractionError('output_limit', message, { mime: zipMime })
const unreadable = (message: string) => new ExtractionError('unsupported_type', message, { mime: zipMime })

/** Where the bytes of an archive are: in a file, or at hand. */
type Source = { readonly size: number; at(offset: number, length: number): Buffer; close(): void }

function fileSource(path: string): Source {
  const fd = openSync(path, 'r')
  const at = (offset: number, length: number) => {
    const bytes = Buffer.alloc(length)
    let read = 0
    while (read < length) {
      const size = readSync(fd, bytes, read, length - read, offset + read)
      if (size === 0) throw corrupt('the archive ends too early')
      read += size
    }
    return bytes
  }
  return { size: fstatSync(fd).size, at, close: () => closeSync(fd) }
}

function memorySource(bytes: Buffer): Source {
  const at = (offset: number, length: number) => {
    if (offset < 0 || offset + length > bytes.length) throw corrupt('the archive ends too early')
    return bytes.subarray(offset, offset + length)
  }
  return { size: bytes.length, at, close: () => {} }
}

/** Finds the end record (and its 64-bit sister) and returns where the directory is. */
function findDirectory({ size, at: readAt }: Source): { count: number; length: number; offset: number } {
  const tailLength = Math.min(size, 65_557)
  const tail = readAt(size - tailLength, tailLength)
  const at = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]))
  if (at === -1 || at + 22 > tail.length) throw corrupt('the archive has no directory')
  const short = { count: tail.readUInt16LE(at + 10), length: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) }
  if (short.offset !== 0xffffffff && short.count !== 0xffff) {
    // Bytes put before the archive shift everything; the directory itself ends where the end record begins.
    const shift = size - tailLength + at - short.length - short.offset
    return { ...short, offset: short.offset + Math.max(0, shift) }
  }
  const locator = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x06, 0x07]))
  if (locator === -1 || locator + 16 > tail.length) throw corrupt('the archive has no 64-bit directory')
  const end = readAt(Number(tail.readBigUInt64LE(locator + 8)), 56)
  return { count: Number(end.readBigUInt64LE(32)), length: Number(end.readBigUInt64LE(40)), offset: Number(end.readBigUInt64LE(48)) }
}

/** 64-bit values stand in an extra field, in this order, for those of the three that do not fit into 32 bits. */
function widen(extra: Buffer, entry: Entry): Entry {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    let next = at + 4
    const take = (value: number) => {
      if (value !== 0xffffffff || next + 8 > extra.length) return value
      next += 8
      return Number(extra.readBigUInt64LE(next - 8))
    }
    return { ...entry, unpacked: take(entry.unpacked), packed: take(entry.packed), offset: take(entry.offset) }
  }
  return entry
}

const unicodePathField = 0x7075

/** The name in UTF-8 that Info-ZIP puts beside one in an old encoding, which it is summed up over: where that was changed since, it is that of another. */
function unicodeName(extra: Buffer, rawName: Buffer): Buffer | null {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const name = extra.subarray(at + 9, at + 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === unicodePathField && name.length > 0) return extra.readUInt32LE(at + 5) === crc32(rawName) && isUtf8(name) ? name : null
  }
  return null
}

function readDirectory(source: Source, maxEntries: number): Entry[] {
  const directory = findDirectory(source)
  if (directory.count > maxEntries || directory.length > maxDirectoryBytes) throw tooMuch(`an archive of ${directory.count} entries`)
  const bytes = source.at(directory.offset, directory.length)
  const entries: Entry[] = []
  let at = 0
  for (let index = 0; index < directory.count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) throw corrupt('the directory of the archive is damaged')
    const [nameLength, extraLength, commentLength] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)]
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)
    const toldName = bytes.subarray(at + 46, at + 46 + nameLength)
    const rawName = unicodeName(extra, toldName) ?? toldName
    // Some writers use backslashes; a name is only ever a key to look it up by. One that is no UTF-8 keeps its bytes, so that no two become the same.
    const name = rawName.toString(isUtf8(rawName) ? 'utf8' : 'latin1').replaceAll('\\', '/').replace(/^\//, '')
    const entry = {
      name,
      rawName,
      isLocked: (bytes.readUInt16LE(at + 8) & flags.locked) !== 0,
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      time: bytes.readUInt16LE(at + 12),
      crc: bytes.readUInt32LE(at + 16),
      packed: bytes.readUInt32LE(at + 20),
      unpacked: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
      aes: aesLockOf(extra),
    }
    entries.push(widen(extra, entry))
    at += 46 + nameLength + extraLength + commentLength
  }
  return entries
}

/** Opens an archive, by its path or its bytes. Throws ExtractionError `corrupt`, or `output_limit` when its announced sizes are those of a bomb. */
export function openZip(file: string | Buffer, options: ZipOptions): Zip {
  const source = typeof file === 'string' ? fileSource(file) : memorySource(file)
  const { size } = source
  const rows = readDirectory(source, options.maxEntries ?? defaultMaxEntries)
  const entries = new Map(rows.map((entry) => [entry.name, entry]))
  const announced = rows.reduce((sum, entry) => sum + entry.unpacked, 0)
  if (announced > ratioMattersFrom && announced / size > (options.maxRatio ?? defaultMaxRatio))
    throw tooMuch(`the archive unpacks to ${Math.round(announced / size)} times its size`)
  const lowerCase = new Map([...entries.keys()].map((name) => [name.toLowerCase(), name]))
  const find = (name: string) => entries.get(name) ?? entries.get(lowerCase.get(name.toLowerCase()) ?? '')
  let left = options.maxUnpackedBytes

  const readEntry = (entry: Entry): Buffer => {
    if (entry.isLocked && (options.password === undefined || entry.flags & flags.strong)) throw unreadable('the entries of the archive are encrypted')
    if (entry.unpacked > left || entry.packed > size) throw tooMuch(`more than ${options.maxUnpackedBytes} bytes unpacked`)
    const header = source.at(entry.offset, 30)
    if (header.readUInt32LE(0) !== 0x04034b50) throw corrupt('an entry of the archive is not where the directory says')
    const packed = source.at(entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28), entry.packed)
    const sizes = { announced: entry.unpacked, left }
    const bytes = entry.isLocked ? openEntry(entry, packed, { ...sizes, password: options.password ?? null }) : unpack(entry.method, packed, sizes)
    left -= bytes.length
    if (!isWhole(entry, bytes)) (options.onDamage ?? refuse)()
    return bytes
  }
  const read = (name: string): Buffer => {
    const entry = find(name)
    if (entry === undefined) throw corrupt(`the archive has no ${name}`)
    return readEntry(entry)
  }
  return {
    names: [...entries.keys()],
    entries: rows.map((entry) => ({ name: entry.name, rawName: entry.rawName, isLocked: entry.isLocked, read: () => readEntry(entry) })),
    has: (name) => find(name) !== undefined,
    read,
    close: source.close,
  }
}

const refuse = () => { throw corrupt('an entry of the archive is not what its sum says') }

/** Whether an entry is what its writer packed. What AES locked is sealed instead, and its sum may be left out; so may sum and size by writers that know neither. */
function isWhole({ aes, crc, unpacked }: Entry, bytes: Buffer): boolean {
  return aes !== null || (crc === 0 && unpacked === 0) || (bytes.length === unpacked && crc32(bytes) === crc)
}

type Sizes = { /** Unpacked bytes as the archive says, 0 where it does not. */ announced: number; /** Bytes that may still be unpacked. */ left: number }

/** What a password opens of a locked entry, unpacked. Passwords are letters of UTF-8 or, from older programs, of one byte each. */
function openEntry(entry: Entry, packed: Buffer, { password, ...sizes }: Sizes & { password: string | null }): Buffer {
  if (password === null) throw new ExtractionError('password_required', 'the entries of the archive are encrypted', { mime: zipMime })
  const [wide, narrow] = [Buffer.from(password, 'utf8'), Buffer.from(password, 'latin1')]
  for (const letters of wide.equals(narrow) ? [wide] : [wide, narrow]) {
    if (entry.aes !== null) {
      const open = openByAes(packed, entry.aes, letters)
      if (open !== null) return unpack(entry.aes.method, open, sizes)
    } else {
      const open = openByZipCrypto(packed, letters, entry.flags & flags.later ? entry.time >> 8 : entry.crc >>> 24)
      // Every 256th wrong password passes the one byte that is looked at before; what it opens cannot be unpacked, or sums up to something else.
      const bytes = open === null ? null : unpackedIfRight(entry, open, sizes)
      if (bytes !== null) return bytes
    }
  }
  throw new ExtractionError('password_wrong', 'the password does not open the archive', { mime: zipMime })
}

function unpackedIfRight(entry: Entry, open: Buffer, sizes: Sizes): Buffer | null {
  try {
    const bytes = unpack(entry.method, open, sizes)
    return crc32(bytes) === entry.crc ? bytes : null
  } catch (error) {
    if (error instanceof ExtractionError && (error.reason === 'corrupt' || error.reason === 'output_limit')) return null
    throw error
  }
}

/** Unpacked bytes of an entry. @throws ExtractionError `corrupt`, `output_limit`, `unsupported_type` (packed in another way) */
export function unpack(method: number, packed: Buffer, { announced, left }: Sizes): Buffer {
  if (method === methods.stored) return packed
  if (method !== methods.deflated) throw unreadable(`archive method ${method}`)
  try {
    // A lying directory gains nothing: inflating stops at the announced size. A damaged end still gives what came before it.
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, Math.min(left, announced || left)), finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ERR_BUFFER_TOO_LARGE' && announced > 0 && announced < left) throw corrupt('an entry of the archive is larger than announced')
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooMuch('an entry is larger than what may be unpacked')
    throw corrupt(`an entry of the archive is damaged (${String(code)})`)
  }
}
