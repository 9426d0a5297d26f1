import { constants, gunzipSync } from 'node:zlib'
import { isTarHeader } from '../../archive/tar.ts'
import { ExtractionError } from '../../errors.ts'
import type { ParserInput } from '../parser.types.ts'
import { emitFiles, maxRatio, ratioMattersFrom } from './listing.ts'
import { emitTar } from './tar.ts'

const flags = { extra: 4, name: 8 }
const headBytes = 10

/** The name that the file had before it was packed (RFC 1952), else that of the archive without its ending. */
function innerName(bytes: Buffer, fileName: string): Buffer {
  const flag = bytes.readUInt8(3)
  const from = headBytes + (flag & flags.extra ? 2 + bytes.readUInt16LE(headBytes) : 0)
  const end = flag & flags.name ? bytes.indexOf(0, from) : -1
  return end > from ? bytes.subarray(from, end) : Buffer.from(fileName.replace(/\.gz$/i, '') || 'content')
}

/** What was packed; of an archive that is cut, what came before (`isCut`). @throws ExtractionError `corrupt`, `output_limit` */
function unpack(packed: Buffer, mime: string, maxBytes: number): { bytes: Buffer; isCut: boolean } {
  const most = Math.min(maxBytes, Math.max(ratioMattersFrom, packed.length * maxRatio))
  const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : '')
  const inflate = (finishFlush: number) => gunzipSync(packed, { maxOutputLength: most, finishFlush })
  try {
    try {
      return { bytes: inflate(constants.Z_FINISH), isCut: false }
    } catch (error) {
      if (codeOf(error) !== 'Z_BUF_ERROR') throw error
      return { bytes: inflate(constants.Z_SYNC_FLUSH), isCut: true }
    }
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw new ExtractionError('output_limit', `more than ${most} bytes unpacked`, { mime })
    throw new ExtractionError('corrupt', `the archive is damaged (${String(codeOf(error))})`, { mime })
  }
}

/** The file that was packed; of a packed tar archive, its files. */
export async function parse(input: ParserInput): Promise<void> {
  const packed = input.file.bytes()
  const { bytes, isCut } = unpack(packed, input.mime, input.limits.unpackedBytes)
  if (isTarHeader(bytes)) return emitTar(input, bytes, isCut)
  if (isCut) input.warn({ reason: 'repaired_file' })
  await emitFiles(input, [{ rawName: innerName(packed, input.fileName), read: () => bytes }])
}
