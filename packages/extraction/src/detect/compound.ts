import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { openCompound } from '../archive/compound.ts'
import { ExtractionError, unsupported } from '../errors.ts'
import { createFile } from '../parsers/file.ts'
import { lockedMime } from '../parsers/office/locked.ts'
import type { Format, Identified } from '../types.ts'

const searchBytes = 4 * 1024 ** 2
const directoryEntryBytes = 128
const maxNameBytes = 64

/** Stream names that tell what an OLE compound file is, the most telling first; without a format it is not read. */
const kinds: readonly { stream: string; mime: string; format?: Format }[] = [
  { stream: 'EncryptedPackage', mime: lockedMime },
  { stream: '__properties_version1.0', mime: 'application/vnd.ms-outlook', format: 'msg' },
  { stream: 'WordDocument', mime: 'application/msword', format: 'doc' },
  { stream: 'PowerPoint Document', mime: 'application/vnd.ms-powerpoint', format: 'ppt' },
  { stream: 'Workbook', mime: 'application/vnd.ms-excel', format: 'xls' },
  { stream: 'Book', mime: 'application/vnd.ms-excel', format: 'xls' },
  { stream: 'StarWriterDocument', mime: 'application/vnd.stardivision.writer' },
  { stream: 'StarCalcDocument', mime: 'application/vnd.stardivision.calc' },
  { stream: 'StarDrawDocument3', mime: 'application/vnd.stardivision.impress' },
  { stream: 'MatOST', mime: 'application/vnd.ms-works' },
]

/** Names of streams: entries of the directory lie at multiples of 128 bytes, the name first, its length in bytes at 64. */
function streamNames(bytes: Buffer): Set<string> {
  const names = new Set<string>()
  for (let at = 0; at + directoryEntryBytes <= bytes.length; at += directoryEntryBytes) {
    const length = bytes.readUInt16LE(at + maxNameBytes)
    if (length >= 4 && length <= maxNameBytes && length % 2 === 0 && bytes.readUInt16LE(at + length - 2) === 0)
      names.add(bytes.toString('utf16le', at, at + length - 2))
  }
  return names
}

/** Names near the ends of the file, where its directory usually is: a file whose tables are damaged is known by them all the same. */
function namesNearEnds(path: string): Set<string> {
  const { size } = statSync(path)
  const fd = openSync(path, 'r')
  const names = new Set<string>()
  try {
    for (const from of new Set([0, Math.max(0, Math.floor((size - searchBytes) / directoryEntryBytes) * directoryEntryBytes)])) {
      const part = Buffer.alloc(Math.min(size - from, searchBytes))
      readSync(fd, part, 0, part.length, from)
      for (const name of streamNames(part)) names.add(name.toLowerCase())
    }
  } finally {
    closeSync(fd)
  }
  return names
}

/** Names in the topmost folder; what is embedded in the file has streams of the same names further down. */
function topNames(path: string): ReadonlySet<string> {
  try {
    return new Set(openCompound(createFile(path).bytes()).root.children?.keys())
  } catch (error) {
    if (!(error instanceof ExtractionError && error.reason === 'corrupt') && !(error instanceof RangeError)) throw error
    return namesNearEnds(path)
  }
}

/** The old binary Office files and Outlook messages. Throws `unsupported_type` for what is not read, as new Office files that are still locked. */
export function detectCompound(path: string): Identified {
  const names = topNames(path)
  const kind = kinds.find(({ stream }) => names.has(stream.toLowerCase()))
  if (kind?.format === undefined) throw unsupported(kind?.mime ?? 'application/x-cfb')
  return { mime: kind.mime, format: kind.format }
}
