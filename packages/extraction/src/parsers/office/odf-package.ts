import type { Zip } from '../../archive/zip.ts'
import type { ParserInput } from '../parser.types.ts'
import { odfFacts } from './fields.ts'
import { unlockedOdf } from './odf-lock.ts'
import { createOdfLists, odfListStyles, type OdfLists } from './odf-lists.ts'
import { withPackage } from './package.ts'

/** Opens an OpenDocument file, with its password where it is locked. */
export async function withOdf(input: ParserInput, work: (zip: Zip, content: Buffer) => void): Promise<void> {
  await withPackage(input, (archive) => {
    const zip = unlockedOdf(archive, input)
    input.facts(() => (zip.has('meta.xml') ? odfFacts(zip.read('meta.xml')) : {}))
    work(zip, zip.read('content.xml'))
  })
}

/** The lists of the content, by the styles that stand in it and beside it. */
export const listsOf = (zip: Zip, content: Buffer): OdfLists => createOdfLists(odfListStyles(zip.has('styles.xml') ? [zip.read('styles.xml'), content] : [content]))
