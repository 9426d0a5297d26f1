import type { Zip } from '../../archive/zip.ts'
import { emitText } from '../emit-text.ts'
import type { ParserInput } from '../parser.types.ts'
import { chartText } from './charts.ts'
import { createFlow } from './flow.ts'
import { mainPart, partsOf, tellCoreFacts, withPackage } from './package.ts'
import { wordLists, type WordLists } from './word-lists.ts'
import { createParagraphs } from './word-paragraphs.ts'
import { walkXml } from './xml.ts'

/** Deleted revisions, field codes, tab stops (definitions, not characters), and the second copy of a drawing for old readers. */
const silent = new Set(['del', 'moveFrom', 'delText', 'instrText', 'delInstrText', 'tabs', 'Fallback', 'pPr', 'sectPr', 'rPr'])
/** Elements whose character data are words; outside of them there is only white space and numbers of layout. */
const worded = new Set(['t'])

/** Running text of one part (body, header, notes): paragraphs as lines, headings between empty ones, entries of lists after their marks, cells by tabs, text boxes after their paragraph. */
export function wordText(xml: Buffer, lists: WordLists): string {
  const flow = createFlow()
  const paragraphs = createParagraphs(flow, lists)
  let silence = 0
  let words = 0
  let cells = 0
  walkXml(xml, {
    open: (name, attributes) => {
      if (name === 'p') paragraphs.open()
      // Stands in the properties of the paragraph, of which no words are shown.
      paragraphs.property(name, attributes['val'])
      if (silent.has(name)) silence += 1
      if (silence > 0) return
      if (worded.has(name)) words += 1
      else if (name === 'tab' || name === 'ptab') flow.add('\t')
      else if (name === 'br' || name === 'cr') flow.add('\n')
      else if (name === 'noBreakHyphen') paragraphs.add('-')
      else if (name === 'tc') cells += 1
      else if (name === 'txbxContent') flow.float()
    },
    close: (name) => {
      // Second copies of drawings for old readers do not count: they are silent themselves.
      if (name === 'pPr' && silence === 1) paragraphs.propertiesEnd({ inCell: cells > 0 })
      if (name === 'pPrChange') paragraphs.formerEnd()
      if (name === 'p' && silence > 0) paragraphs.drop()
      if (silent.has(name)) silence = Math.max(0, silence - 1)
      else if (silence > 0) return
      else if (worded.has(name)) words = Math.max(0, words - 1)
      else if (name === 'p') paragraphs.end({ inCell: cells > 0 })
      else if (name === 'txbxContent') flow.land()
      else if (name === 'tr') flow.row()
      else if (name === 'tc') {
        cells = Math.max(0, cells - 1)
        flow.cell()
      } else if (name === 'tbl' && cells === 0) flow.paragraph()
    },
    text: (text) => {
      if (silence === 0 && words > 0) paragraphs.add(text)
    },
  })
  return flow.text()
}

/** Texts of parts, each once: sections often repeat the same header. */
function textsOf(zip: Zip, parts: readonly string[], lists: WordLists): string[] {
  return [...new Set(parts.map((part) => wordText(zip.read(part), lists).trim()))].filter((text) => text !== '')
}

/** A word file has no pages of its own. Order: headers, body, footers, then notes and comments. */
export async function parse(input: ParserInput): Promise<void> {
  await withPackage(input, (zip) => {
    tellCoreFacts(input, zip)
    const main = mainPart(zip, 'word/document.xml')
    const lists = wordLists(zip, main)
    const side = (types: readonly string[]) => textsOf(zip, partsOf(zip, main, types), lists)
    const body = wordText(zip.read(main), lists)
    emitText(
      input,
      [
        ...side(['header']),
        body,
        ...side(['footer']),
        ...side(['footnotes', 'endnotes']),
        ...side(['comments']),
        ...partsOf(zip, main, ['chart']).map((part) => chartText(zip.read(part))),
        ...side(['diagramData']),
      ].join('\n\n'),
    )
  })
}
