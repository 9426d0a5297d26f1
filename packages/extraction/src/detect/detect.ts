import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { isTarHeader } from '../archive/tar.ts'
import { ExtractionError, unsupported } from '../errors.ts'
import { isBmp } from '../pictures/bmp.ts'
import type { Identified } from '../types.ts'
import { detectCompound } from './compound.ts'
import { detectForeign } from './foreign.ts'
import { detectText } from './text-kind.ts'
import { detectZip } from './zip-kind.ts'

const headBytes = 65_536

function readHead(path: string): { head: Buffer; size: number } {
  const { size } = statSync(path)
  const fd = openSync(path, 'r')
  try {
    const head = Buffer.alloc(Math.min(size, headBytes))
    readSync(fd, head, 0, head.length, 0)
    return { head, size }
  } finally {
    closeSync(fd)
  }
}

/** PDF readers accept junk before the header; a text that merely speaks of `%PDF-` has no objects after it. */
function isPdf(head: Buffer): boolean {
  const at = head.subarray(0, 1_024 + 5).indexOf('%PDF-')
  return at === 0 || (at > 0 && /\d+\s+\d+\s+obj\b/.test(head.toString('latin1')))
}

const magics: { mime: string; format: Identified['format']; bytes: number[] }[] = [
  { mime: 'image/png', format: 'png', bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { mime: 'image/jpeg', format: 'jpeg', bytes: [0xff, 0xd8, 0xff] },
  { mime: 'image/tiff', format: 'tiff', bytes: [0x49, 0x49, 0x2a, 0x00] },
  { mime: 'image/tiff', format: 'tiff', bytes: [0x4d, 0x4d, 0x00, 0x2a] },
  { mime: 'image/gif', format: 'gif', bytes: [...Buffer.from('GIF87a')] },
  { mime: 'image/gif', format: 'gif', bytes: [...Buffer.from('GIF89a')] },
  { mime: 'application/rtf', format: 'rtf', bytes: [...Buffer.from('{\\rtf')] },
  { mime: 'application/gzip', format: 'gz', bytes: [0x1f, 0x8b, 0x08] },
]

/** The head of a container that holds many kinds. */
const isWebp = (head: Buffer) => head.toString('latin1', 0, 4) === 'RIFF' && head.toString('latin1', 8, 12) === 'WEBP'

const startsWith = (head: Buffer, bytes: readonly number[]) => bytes.every((byte, index) => head[index] === byte)

/**
 * What the bytes of a file are. Runs only inside the sandbox.
 *
 * @throws ExtractionError `empty`, `corrupt` (a broken archive), `unsupported_type` with the mime type as far as known
 */
export async function detect(path: string, fileName: string): Promise<Identified> {
  const { head, size } = readHead(path)
  if (size === 0) throw new ExtractionError('empty', 'the file has no bytes')
  if (isPdf(head)) return { mime: 'application/pdf', format: 'pdf' }
  const magic = magics.find(({ bytes }) => startsWith(head, bytes))
  if (magic) return { mime: magic.mime, format: magic.format }
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0x50, 0x4b, 0x05, 0x06])) return detectZip(path)
  if (startsWith(head, [0xd0, 0xcf, 0x11, 0xe0])) return detectCompound(path)
  if (isWebp(head)) return { mime: 'image/webp', format: 'webp' }
  if (isBmp(head)) return { mime: 'image/bmp', format: 'bmp' }
  const foreign = detectForeign(head)
  if (foreign !== null) throw unsupported(foreign)
  if (isTarHeader(head)) return { mime: 'application/x-tar', format: 'tar' }
  const text = detectText(head, fileName, size > head.length)
  if (text !== null) return text
  const { fileTypeFromFile } = await import('file-type')
  const other = await fileTypeFromFile(path)
  throw unsupported(other?.mime ?? 'application/octet-stream')
}
