import { readTar } from '../../archive/tar.ts'
import { ExtractionError } from '../../errors.ts'
import type { ParserInput } from '../parser.types.ts'
import { emitFiles } from './listing.ts'

/** The files of a tar archive as far as it goes; `isCut` tells that there was more of it. */
export async function emitTar(input: ParserInput, bytes: Buffer, isCut = false): Promise<void> {
  const { files, isWhole } = readTar(bytes)
  if (isCut || !isWhole) input.warn({ reason: 'repaired_file' })
  const whole = (content: Buffer | null): Buffer => {
    if (content === null) throw new ExtractionError('corrupt', 'the archive ends within a file', { mime: input.mime })
    return content
  }
  await emitFiles(input, files.map(({ rawName, content }) => ({ rawName, read: () => whole(content) })))
}

/** The files of a tar archive. */
export const parse = (input: ParserInput): Promise<void> => emitTar(input, input.file.bytes())
