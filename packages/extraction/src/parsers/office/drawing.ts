import { createFlow } from './flow.ts'
import { walkXml } from './xml.ts'

/** The second copy of a shape for old readers, and fields that only number the slide. */
const silent = new Set(['Fallback', 'rPh'])
const spaced = new Set(['tab'])

type Without = (name: string, attributes: Record<string, string>) => boolean

/** Words of a drawing: a slide, notes, a chart, comments, a diagram. Paragraphs as lines, table cells by tabs. Elements of `without` have no words; none of them is within another of its name. */
export function drawingText(xml: Buffer, without: Without = () => false): string {
  const flow = createFlow()
  let silence = 0
  let left: string | null = null
  let words = 0
  let cells = 0
  let numbering = 0
  walkXml(xml, {
    open: (name, attributes) => {
      if (left === null && without(name, attributes)) left = name
      if (silent.has(name) || name === left) silence += 1
      if (name === 'fld') numbering = attributes['type'] === 'slidenum' ? 1 : 0
      if (silence > 0) return
      if (name === 't' || name === 'text') words += 1
      else if (spaced.has(name)) flow.add('\t')
      else if (name === 'br') flow.add('\n')
      else if (name === 'tc') cells += 1
    },
    close: (name) => {
      if (name === 'fld') numbering = 0
      if (silent.has(name) || name === left) {
        silence = Math.max(0, silence - 1)
        if (name === left) left = null
      } else if (silence > 0) return
      else if (name === 't' || name === 'text') words = Math.max(0, words - 1)
      else if (name === 'p' || name === 'comment' || name === 'cm') {
        if (cells > 0) flow.add(' ')
        else flow.paragraph()
      } else if (name === 'tr') flow.row()
      else if (name === 'tc') {
        cells = Math.max(0, cells - 1)
        flow.cell()
      }
    },
    text: (text) => {
      if (silence === 0 && words > 0 && numbering === 0) flow.add(text)
    },
  })
  return flow.text().replace(/\n{2,}/g, '\n').trim()
}
