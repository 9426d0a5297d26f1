import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { unsupported } from '../errors.ts'
import type { Identified } from '../types.ts'

const searchBytes = 4 * 1024 ** 2
const utf16 = (name: string) => Buffer.from(name, 'utf16le')

/** Stream names that tell what an OLE compound file is, the most telling first. */
const kinds = [
  { stream: 'EncryptedPackage', mime: 'application/x-ole-storage; encrypted' },
  { stream: 'WordDocument', mime: 'application/msword' },
  { stream: 'Workbook', mime: 'application/vnd.ms-excel' },
  { stream: 'Book', mime: 'application/vnd.ms-excel' },
  { stream: 'PowerPoint Document', mime: 'application/vnd.ms-powerpoint' },
  { stream: '__properties_version1.0', mime: 'application/vnd.ms-outlook' },
] as const

/** The old binary Office files and locked new ones. None of them is read yet. */
export function detectCompound(path: string): Identified {
  const { size } = statSync(path)
  const fd = openSync(path, 'r')
  const ends = Buffer.alloc(Math.min(size, searchBytes))
  try {
    // The directory of a compound file is usually near one of its ends.
    const half = Math.floor(ends.length / 2)
    readSync(fd, ends, 0, half, 0)
    readSync(fd, ends, half, ends.length - half, size - (ends.length - half))
  } finally {
    closeSync(fd)
  }
  const mime = kinds.find(({ stream }) => ends.includes(utf16(stream)))?.mime ?? 'application/x-cfb'
  throw unsupported(mime)
}
