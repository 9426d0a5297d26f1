import type { Zip } from '../../archive/zip.ts'
import type { ParserInput } from '../parser.types.ts'
import { odfFacts } from './fields.ts'
import { createFlow } from './flow.ts'
import { walkOdf } from './odf.ts'
import { unlockedOdf } from './odf-lock.ts'
import { createOdfLists, odfListStyles, type OdfLists } from './odf-lists.ts'
import { withPackage } from './package.ts'

/** How the types of flat files end. */
const FLAT = '-flat-xml'

/** The parts of an OpenDocument file, by their names in its package. */
export type OdfParts = Pick<Zip, 'has' | 'read'>

/** Opens an OpenDocument file, with its password where it is locked, or a flat one, which is a single part of XML. */
export async function withOdf(input: ParserInput, work: (parts: OdfParts, content: Buffer) => void): Promise<void> {
  const read = (parts: OdfParts): void => {
    input.facts(() => (parts.has('meta.xml') ? odfFacts(parts.read('meta.xml')) : {}))
    work(parts, parts.read('content.xml'))
  }
  if (input.mime.endsWith(FLAT)) read(flatParts(input.file.bytes()))
  else await withPackage(input, (archive) => read(unlockedOdf(archive, input)))
}

function flatParts(xml: Buffer): OdfParts {
  const [from, to] = ['<office:meta', '</office:meta>'].map((tag) => xml.indexOf(tag)) as [number, number]
  const meta = from === -1 || to < from ? null : xml.subarray(from, to + '</office:meta>'.length)
  const names = new Set(['content.xml', 'styles.xml', ...(meta === null ? [] : ['meta.xml'])])
  return { has: (name) => names.has(name), read: (name) => (name === 'meta.xml' && meta !== null ? meta : xml) }
}

/** The words of a chart or a document that stands in a folder of the package: titles, and what is shown as rows. */
export function objectText(parts: OdfParts, folder: string): string {
  const content = `${folder}/content.xml`
  if (!parts.has(content)) return ''
  const flow = createFlow()
  walkOdf(parts.read(content), { flow })
  return flow.text().trim()
}

/** The lists of the content, by the styles that stand in it and beside it. */
export const listsOf = (parts: OdfParts, content: Buffer): OdfLists => createOdfLists(odfListStyles(parts.has('styles.xml') ? [parts.read('styles.xml'), content] : [content]))
