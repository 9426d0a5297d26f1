import type { Zip } from '../../archive/zip.ts'
import { ExtractionError } from '../../errors.ts'
import type { ParserInput } from '../parser.types.ts'
import { odfFacts } from './fields.ts'
import { withPackage } from './package.ts'

/** Opens an OpenDocument file. Throws `unsupported_type` when its content is encrypted. */
export async function withOdf(input: ParserInput, work: (zip: Zip, content: Buffer) => void): Promise<void> {
  await withPackage(input, (zip) => {
    const manifest = zip.has('META-INF/manifest.xml') ? zip.read('META-INF/manifest.xml').toString('utf8') : ''
    if (/encryption-data/.test(manifest)) throw new ExtractionError('unsupported_type', 'an encrypted OpenDocument file', { mime: input.mime })
    input.facts(() => (zip.has('meta.xml') ? odfFacts(zip.read('meta.xml')) : {}))
    work(zip, zip.read('content.xml'))
  })
}
