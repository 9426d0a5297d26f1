import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { constants, inflateRawSync } from 'node:zlib'
import { ExtractionError } from '../errors.ts'
import { isUtf8 } from '../text/utf8.ts'

/** Reads zip archives by their central directory, and inflates nothing beyond what was announced and allowed. */
export type Zip = {
  names: string[]
  /** What the directory says of each entry; `rawName` is for names in encodings of long ago. */
  entries: readonly ZipEntry[]
  has(name: string): boolean
  /** Unpacked bytes of one entry. Throws `corrupt` (missing, damaged), `output_limit`, `unsupported_type` (encrypted, or packed in another way). */
  read(name: string): Buffer
  close(): void
}

export type ZipEntry = { readonly name: string; readonly rawName: Buffer }
type Entry = ZipEntry & { flags: number; method: number; packed: number; unpacked: number; offset: number }
export type ZipLimits = { maxUnpackedBytes: number; maxEntries?: number; maxRatio?: number }

const defaultMaxEntries = 20_000
/** Honest documents reach about 1:50; deflate itself ends at 1:1032. Small archives may be anything, they cannot hurt. */
const defaultMaxRatio = 250
const ratioMattersFrom = 64 * 1024 ** 2
const maxDirectoryBytes = 32 * 1024 ** 2

const corrupt = (message: string) => new ExtractionError('corrupt', message, { mime: 'application/zip' })
const tooMuch = (message: string) => new ExtractionError('output_limit', message, { mime: 'application/zip' })

function readAt(fd: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let read = 0
  while (read < length) {
    const size = readSync(fd, bytes, read, length - read, offset + read)
    if (size === 0) throw corrupt('the archive ends too early')
    read += size
  }
  return bytes
}

/** Finds the end record (and its 64-bit sister) and returns where the directory is. */
function findDirectory(fd: number, size: number): { count: number; length: number; offset: number } {
  const tailLength = Math.min(size, 65_557)
  const tail = readAt(fd, size - tailLength, tailLength)
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
  const end = readAt(fd, Number(tail.readBigUInt64LE(locator + 8)), 56)
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

function readDirectory(fd: number, size: number, maxEntries: number): Map<string, Entry> {
  const directory = findDirectory(fd, size)
  if (directory.count > maxEntries || directory.length > maxDirectoryBytes) throw tooMuch(`an archive of ${directory.count} entries`)
  const bytes = readAt(fd, directory.offset, directory.length)
  const entries = new Map<string, Entry>()
  let at = 0
  for (let index = 0; index < directory.count; index += 1) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50) throw corrupt('the directory of the archive is damaged')
    const [nameLength, extraLength, commentLength] = [bytes.readUInt16LE(at + 28), bytes.readUInt16LE(at + 30), bytes.readUInt16LE(at + 32)]
    const rawName = bytes.subarray(at + 46, at + 46 + nameLength)
    // Some writers use backslashes; a name is only ever a key of this map. One that is no UTF-8 keeps its bytes, so that no two become the same.
    const name = rawName.toString(isUtf8(rawName) ? 'utf8' : 'latin1').replaceAll('\\', '/').replace(/^\//, '')
    const entry = {
      name,
      rawName,
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      packed: bytes.readUInt32LE(at + 20),
      unpacked: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
    }
    entries.set(name, widen(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength), entry))
    at += 46 + nameLength + extraLength + commentLength
  }
  return entries
}

/** Opens an archive. Throws ExtractionError `corrupt`, or `output_limit` when its announced sizes are those of a bomb. */
export function openZip(path: string, limits: ZipLimits): Zip {
  const fd = openSync(path, 'r')
  const { size } = fstatSync(fd)
  const entries = readDirectory(fd, size, limits.maxEntries ?? defaultMaxEntries)
  const announced = [...entries.values()].reduce((sum, entry) => sum + entry.unpacked, 0)
  if (announced > ratioMattersFrom && announced / size > (limits.maxRatio ?? defaultMaxRatio))
    throw tooMuch(`the archive unpacks to ${Math.round(announced / size)} times its size`)
  const lowerCase = new Map([...entries.keys()].map((name) => [name.toLowerCase(), name]))
  const find = (name: string) => entries.get(name) ?? entries.get(lowerCase.get(name.toLowerCase()) ?? '')
  let left = limits.maxUnpackedBytes

  const read = (name: string): Buffer => {
    const entry = find(name)
    if (entry === undefined) throw corrupt(`the archive has no ${name}`)
    if (entry.flags & 1) throw new ExtractionError('unsupported_type', 'the entries of the archive are encrypted', { mime: 'application/zip' })
    if (entry.unpacked > left || entry.packed > size) throw tooMuch(`more than ${limits.maxUnpackedBytes} bytes unpacked`)
    const header = readAt(fd, entry.offset, 30)
    if (header.readUInt32LE(0) !== 0x04034b50) throw corrupt('an entry of the archive is not where the directory says')
    const packed = readAt(fd, entry.offset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28), entry.packed)
    const bytes = unpack(entry, packed, left)
    left -= bytes.length
    return bytes
  }
  return { names: [...entries.keys()], entries: [...entries.values()], has: (name) => find(name) !== undefined, read, close: () => closeSync(fd) }
}

function unpack(entry: Entry, packed: Buffer, left: number): Buffer {
  if (entry.method === 0) return packed
  if (entry.method !== 8) throw new ExtractionError('unsupported_type', `archive method ${entry.method}`, { mime: 'application/zip' })
  try {
    // A lying directory gains nothing: inflating stops at the announced size. A damaged end still gives what came before it.
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, Math.min(left, entry.unpacked || left)), finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooMuch('an entry is larger than the archive announced')
    throw corrupt(`an entry of the archive is damaged (${String(code)})`)
  }
}
