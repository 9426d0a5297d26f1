import { ExtractionError } from '../errors.ts'

/** A plain file of a tar archive; folders, links and devices are none. `content` is null where the archive ends within it. */
export type TarFile = { readonly rawName: Buffer; readonly content: Buffer | null }

const block = 512
/** What a header is by its letter (POSIX.1-2017 pax, and GNU's for long names). */
const kinds = { file: ['0', '\0', '7'], paxNext: 'x', gnuLongName: 'L' }
const corrupt = () => new ExtractionError('corrupt', 'the archive is damaged', { mime: 'application/x-tar' })

const upToZero = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.includes(0) ? bytes.indexOf(0) : bytes.length)

/** Octal digits, or, with the highest bit set, the number itself. */
function numberIn(field: Buffer): number {
  if ((field.readUInt8(0) & 0x80) !== 0) return Number(field.readBigUInt64BE(field.length - 8))
  const digits = upToZero(field).toString('latin1').trim()
  return /^[0-7]*$/.test(digits) ? Number.parseInt(digits || '0', 8) : Number.NaN
}

/** Whether these bytes are the header of an entry: the sum of them stands in it, counted as if that place were blank. */
export function isTarHeader(bytes: Buffer): boolean {
  if (bytes.length < block || bytes[0] === 0) return false
  let sum = 8 * 32
  for (let at = 0; at < block; at += 1) if (at < 148 || at >= 156) sum += bytes.readUInt8(at)
  return numberIn(bytes.subarray(148, 156)) === sum
}

/** The name in a pax record, `LENGTH path=NAME`; null where there is none. */
function paxPath(content: Buffer): Buffer | null {
  for (let at = 0; at < content.length;) {
    const length = Number.parseInt(content.toString('latin1', at, at + 12), 10)
    if (!(length > 0)) return null
    const record = content.subarray(content.indexOf(' ', at) + 1, at + length - 1)
    if (record.subarray(0, 5).equals(Buffer.from('path='))) return record.subarray(5)
    at += length
  }
  return null
}

function nameIn(header: Buffer): Buffer {
  const [name, prefix] = [upToZero(header.subarray(0, 100)), upToZero(header.subarray(345, 500))]
  const posix = header.toString('latin1', 257, 263) === 'ustar\0'
  return posix && prefix.length > 0 ? Buffer.concat([prefix, Buffer.from('/'), name]) : name
}

/**
 * The files of a tar archive as far as it goes, and whether it goes to its end. Contents are views of its bytes, so they cost nothing.
 *
 * @throws ExtractionError `corrupt` (nothing but damage)
 */
export function readTar(bytes: Buffer): { files: TarFile[]; isWhole: boolean } {
  const files: TarFile[] = []
  let isWhole = false
  let longName: Buffer | null = null
  for (let at = 0; at + block <= bytes.length;) {
    const header = bytes.subarray(at, at + block)
    // Two empty blocks are the end; what follows them is padding.
    isWhole = header[0] === 0
    if (isWhole) break
    const size = numberIn(header.subarray(124, 136))
    if (!isTarHeader(header) || !(size >= 0)) break
    const content = bytes.subarray(at + block, at + block + size)
    const kind = header.toString('latin1', 156, 157)
    if (kind === kinds.gnuLongName) longName = upToZero(content)
    else if (kind === kinds.paxNext) longName = paxPath(content) ?? longName
    else {
      const rawName = longName ?? nameIn(header)
      if (kinds.file.includes(kind) && !rawName.toString('latin1').endsWith('/')) files.push({ rawName, content: content.length < size ? null : content })
      longName = null
    }
    at += block + Math.ceil(size / block) * block
  }
  if (files.length === 0 && !isWhole) throw corrupt()
  return { files, isWhole }
}
