import type { Zip } from '../../archive/zip.ts'
import { emitText } from '../emit-text.ts'
import type { ParserInput } from '../parser.types.ts'
import { createFlow } from './flow.ts'
import { mainPart, partsOf, tellCoreFacts, withPackage } from './package.ts'
import { walkXml } from './xml.ts'

/** Deleted revisions, field codes, tab stops (definitions, not characters), and the second copy of a drawing for old readers. */
const silent = new Set(['del', 'moveFrom', 'delText', 'instrText', 'delInstrText', 'tabs', 'Fallback', 'pPr', 'sectPr', 'rPr'])
/** Elements whose character data are words; outside of them there is only white space and numbers of layout. */
const worded = new Set(['t'])

/** Names of the styles of headings as Word gives them, in the languages of its makers. */
const headingStyle = /^(heading|title|subtitle|.{0,2}berschrift|titel|t.{0,2}tulo|titre)\s*\d?$/i

/** Running text of one part (body, header, notes): paragraphs as lines, headings between empty ones, cells by tabs, text boxes after their paragraph. */
export function wordText(xml: Buffer): string {
  const flow = createFlow()
  let silence = 0
  let words = 0
  let cells = 0
  let heading = false
  walkXml(xml, {
    open: (name, attributes) => {
      if (name === 'p') heading = false
      // Stands in the properties of the paragraph, before its words.
      if (name === 'pStyle' && cells === 0 && headingStyle.test(attributes['val'] ?? '')) {
        heading = true
        flow.gap()
      }
      if (silent.has(name)) silence += 1
      if (silence > 0) return
      if (worded.has(name)) words += 1
      else if (name === 'tab' || name === 'ptab') flow.add('\t')
      else if (name === 'br' || name === 'cr') flow.add('\n')
      else if (name === 'noBreakHyphen') flow.add('-')
      else if (name === 'tc') cells += 1
      else if (name === 'txbxContent') flow.float()
    },
    close: (name) => {
      if (silent.has(name)) silence = Math.max(0, silence - 1)
      else if (silence > 0) return
      else if (worded.has(name)) words = Math.max(0, words - 1)
      else if (name === 'p' && cells > 0) flow.add(' ')
      else if (name === 'p') {
        flow.paragraph()
        if (heading) flow.gap()
        heading = false
      } else if (name === 'txbxContent') flow.land()
      else if (name === 'tr') flow.row()
      else if (name === 'tc') {
        cells = Math.max(0, cells - 1)
        flow.cell()
      } else if (name === 'tbl' && cells === 0) flow.paragraph()
    },
    text: (text) => {
      if (silence === 0 && words > 0) flow.add(text)
    },
  })
  return flow.text()
}

/** Texts of parts, each once: sections often repeat the same header. */
function textsOf(zip: Zip, parts: readonly string[]): string[] {
  return [...new Set(parts.map((part) => wordText(zip.read(part)).trim()))].filter((text) => text !== '')
}

/** A word file has no pages of its own. Order: headers, body, footers, then notes and comments. */
export async function parse(input: ParserInput): Promise<void> {
  await withPackage(input, (zip) => {
    tellCoreFacts(input, zip)
    const main = mainPart(zip, 'word/document.xml')
    const side = (types: readonly string[]) => textsOf(zip, partsOf(zip, main, types))
    const body = wordText(zip.read(main))
    emitText(
      input,
      [
        ...side(['header']),
        body,
        ...side(['footer']),
        ...side(['footnotes', 'endnotes']),
        ...side(['comments']),
        ...side(['chart', 'diagramData']),
      ].join('\n\n'),
    )
  })
}
