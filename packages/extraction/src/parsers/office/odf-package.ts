import type { Zip } from '../../archive/zip.ts'
import type { ParserInput } from '../parser.types.ts'
import { odfFacts } from './fields.ts'
import { unlockedOdf } from './odf-lock.ts'
import { withPackage } from './package.ts'

/** Opens an OpenDocument file, with its password where it is locked. */
export async function withOdf(input: ParserInput, work: (zip: Zip, content: Buffer) => void): Promise<void> {
  await withPackage(input, (archive) => {
    const zip = unlockedOdf(archive, input)
    input.facts(() => (zip.has('meta.xml') ? odfFacts(zip.read('meta.xml')) : {}))
    work(zip, zip.read('content.xml'))
  })
}
