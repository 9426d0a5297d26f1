import { readTar } from '../../archive/tar.ts'
import type { ParserInput } from '../parser.types.ts'
import { emitFiles } from './listing.ts'

export async function emitTar(input: ParserInput, bytes: Buffer): Promise<void> {
  await emitFiles(input, readTar(bytes).map(({ rawName, content }) => ({ rawName, read: () => content })))
}

/** The files of a tar archive. */
export const parse = (input: ParserInput): Promise<void> => emitTar(input, input.file.bytes())
