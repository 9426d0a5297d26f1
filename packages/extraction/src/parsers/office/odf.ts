import { createFlow, type Flow } from './flow.ts'
import type { OdfLists } from './odf-lists.ts'
import { walkXml } from './xml.ts'

/** Deleted revisions, the numbers of notes, and what a formula or an object says of itself. */
const silent = new Set([
  'tracked-changes',
  'note-citation',
  'settings',
  'automatic-styles',
  'font-face-decls',
  'scripts',
  'tracked-change',
  'desc',
  'binary-data',
])
const paragraphs = new Set(['p', 'h'])
const floating = new Set(['note', 'annotation', 'text-box', 'notes'])
/** Repeated cells and rows beyond these are padding of the sheet, not words. */
const maxRepeats = 20
const maxSpaces = 100

export type OdfVisitor = {
  /** A table or slide begins. */
  onPart?(name: 'table' | 'page', attributes: Record<string, string>): void
  onPartEnd?(name: 'table' | 'page'): void
  onPicture?(): void
}

const repeated = (value: string | undefined) => Math.min(maxRepeats, Math.max(1, Number(value ?? 1) || 1))

/** Where the words of a part go; without `lists` their marks are left out. */
export type OdfTarget = { flow: Flow; readonly lists?: OdfLists }

/**
 * Runs through an OpenDocument part and collects its words into `into.flow`, which the visitor may exchange between parts.
 * White space is as the format defines it: runs are one space.
 */
export function walkOdf(xml: Buffer, into: OdfTarget, visitor: OdfVisitor = {}): void {
  let silence = 0
  /** Of the paragraphs that are open the marks of lists that their words come after: an empty entry has none. */
  const marks: string[] = []
  const cells: OpenCell[] = []
  const add = (words: string) => {
    const mark = marks.at(-1) ?? ''
    const text = mark === '' ? words : `${mark} ${words.trimStart()}`
    if (mark !== '') marks[marks.length - 1] = ''
    const cell = cells.at(-1)
    if (cell === undefined) into.flow.add(text)
    else cell.text += text
  }
  const last = () => (cells.length === 0 ? into.flow.last() : (cells.at(-1)?.text.slice(-1) ?? ''))
  walkXml(xml, {
    open: (name, attributes) => {
      if (silent.has(name)) silence += 1
      if (silence > 0) return
      if (paragraphs.has(name)) {
        if (name === 'h' && cells.length === 0) into.flow.gap()
        marks.push(into.lists?.mark() ?? '')
      } else if (name === 's') add(' '.repeat(Math.min(maxSpaces, Number(attributes['c'] ?? 1) || 1)))
      else if (name === 'tab') add('\t')
      else if (name === 'line-break') add(cells.length === 0 ? '\n' : ' ')
      else if (name === 'table-cell' || name === 'covered-table-cell') {
        cells.push({ repeats: repeated(attributes['number-columns-repeated']), text: '', value: exactValue(attributes) })
      } else if (floating.has(name) && cells.length === 0) into.flow.float()
      else if (name === 'table' || name === 'page') visitor.onPart?.(name, attributes)
      else if (name === 'image') visitor.onPicture?.()
      else into.lists?.open(name, attributes)
    },
    close: (name) => {
      if (silent.has(name)) silence = Math.max(0, silence - 1)
      else if (silence > 0) return
      else if (paragraphs.has(name)) {
        marks.pop()
        if (cells.length > 0) add(' ')
        else into.flow.paragraph()
        if (name === 'h' && cells.length === 0) into.flow.gap()
      } else if (name === 'table-cell' || name === 'covered-table-cell') endCell(cells.pop(), into.flow, cells.at(-1))
      else if (name === 'table-row') into.flow.row()
      else if (floating.has(name) && cells.length === 0) into.flow.land()
      else if (name === 'table' || name === 'page') visitor.onPartEnd?.(name)
      else into.lists?.close(name)
    },
    text: (text) => {
      if (silence > 0 || marks.length === 0) return
      const words = text.replace(/\s+/g, ' ')
      const shown = /^\s?$/.test(last()) ? words.replace(/^ /, '') : words
      if (shown !== '') add(shown)
    },
  })
}

type OpenCell = { repeats: number; text: string; value: string | undefined }

function endCell(cell: OpenCell | undefined, flow: Flow, outer: OpenCell | undefined): void {
  const text = (cell?.text ?? '').trim()
  if (cell === undefined || text === '') return
  // `1.23E+14` and `###` are how a narrow column shows a number that the file knows exactly.
  const shown = cell.value !== undefined && /E[+-]?\d|^#+$/.test(text) ? cell.value : text
  if (outer !== undefined) {
    outer.text += `${shown} `
    return
  }
  for (let times = 0; times < cell.repeats; times += 1) {
    flow.add(shown)
    flow.cell()
  }
}

function exactValue(attributes: Record<string, string>): string | undefined {
  return attributes['value-type'] === 'float' ? attributes['value'] : undefined
}

/** Words of headers and footers, which stand with the page styles; each text once. */
export function marginTexts(styles: Buffer): { headers: string[]; footers: string[] } {
  const texts = { headers: new Set<string>(), footers: new Set<string>() }
  let flow: Flow | null = null
  let paragraph = 0
  walkXml(styles, {
    open: (name) => {
      if (/^(header|footer)(-left|-first)?$/.test(name)) flow = createFlow()
      if (paragraphs.has(name)) paragraph += 1
    },
    close: (name) => {
      if (paragraphs.has(name)) {
        paragraph -= 1
        flow?.paragraph()
      }
      if (flow === null || !/^(header|footer)(-left|-first)?$/.test(name)) return
      const text = flow.text().trim()
      if (text !== '') texts[name.startsWith('header') ? 'headers' : 'footers'].add(text)
      flow = null
    },
    text: (text) => {
      if (paragraph > 0) flow?.add(text.replace(/\s+/g, ' '))
    },
  })
  return { headers: [...texts.headers], footers: [...texts.footers] }
}
