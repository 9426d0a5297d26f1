import { openZip } from '../../archive/zip.ts'
import type { ParserInput } from '../parser.types.ts'
import { emitFiles, maxRatio } from './listing.ts'

/** The files of a zip archive, those too that its password opens. */
export async function parse(input: ParserInput): Promise<void> {
  const zip = openZip(input.file.path, { maxUnpackedBytes: input.limits.unpackedBytes, maxRatio, password: input.password })
  try {
    const files = zip.entries.filter(({ name }) => !name.endsWith('/'))
    await emitFiles(input, files)
  } finally {
    zip.close()
  }
}
