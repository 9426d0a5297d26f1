import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { unsupported } from '../errors.ts'
import type { Identified } from '../types.ts'

const searchBytes = 4 * 1024 ** 2
const directoryEntryBytes = 128
const maxNameBytes = 64

/** Stream names that tell what an OLE compound file is, the most telling first. */
const kinds = [
  { stream: 'EncryptedPackage', mime: 'application/x-ole-storage; encrypted' },
  { stream: '__properties_version1.0', mime: 'application/vnd.ms-outlook' },
  { stream: 'WordDocument', mime: 'application/msword' },
  { stream: 'PowerPoint Document', mime: 'application/vnd.ms-powerpoint' },
  { stream: 'Workbook', mime: 'application/vnd.ms-excel' },
  { stream: 'Book', mime: 'application/vnd.ms-excel' },
] as const

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

/** The old binary Office files and locked new ones. None of them is read yet. */
export function detectCompound(path: string): Identified {
  const { size } = statSync(path)
  const fd = openSync(path, 'r')
  const names = new Set<string>()
  try {
    // The directory of a compound file is usually near one of its ends.
    for (const from of new Set([0, Math.max(0, Math.floor((size - searchBytes) / directoryEntryBytes) * directoryEntryBytes)])) {
      const part = Buffer.alloc(Math.min(size - from, searchBytes))
      readSync(fd, part, 0, part.length, from)
      for (const name of streamNames(part)) names.add(name)
    }
  } finally {
    closeSync(fd)
  }
  throw unsupported(kinds.find(({ stream }) => names.has(stream))?.mime ?? 'application/x-cfb')
}
