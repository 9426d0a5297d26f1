import { createFlow, type Flow } from './flow.ts'
import { createOdfCells } from './odf-cells.ts'
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
  // Of a flat file, which has all parts in one; their headers and footers are read on their own.
  'master-styles',
])
const paragraphs = new Set(['p', 'h'])
/** An object has words of its own in a flat file only. */
const floating = new Set(['note', 'text-box', 'notes', 'object'])
const maxSpaces = 100

export type OdfVisitor = {
  /** A table or slide begins. */
  onPart?(name: 'table' | 'page', attributes: Record<string, string>): void
  onPartEnd?(name: 'table' | 'page'): void
  onPicture?(): void
  /** A chart, or a document within the document, that stands in a folder of the package. */
  onObject?(folder: string): void
}

/** Blanks that an element stands for, as runs of them in the text are one. */
const spaces = (attributes: Record<string, string>) => ' '.repeat(Math.min(maxSpaces, Math.max(1, Number(attributes['c'] ?? 1) || 1)))

/** Where the words of a part go; without `lists` their marks are left out, and so are the words of elements of the name `mute`. */
export type OdfTarget = { flow: Flow; readonly lists?: OdfLists; readonly mute?: string | undefined }

/** The notes and boxes that are open, and where their words go. */
function createAsides(into: OdfTarget, cells: ReturnType<typeof createOdfCells>, openParagraphs: () => number) {
  /** Of the notes how many paragraphs were open as each began: who wrote it and when stands beside its own. `moved`: it comes after what it stands in. */
  const notes: { readonly outside: number; readonly moved: boolean }[] = []
  /** Whether each of the boxes stands within a paragraph, behind which it comes then. */
  const floats: boolean[] = []
  return {
    isWord: (): boolean => openParagraphs() > (notes.at(-1)?.outside ?? 0),
    /** False: it is something else that begins, or ends. */
    open(name: string): boolean {
      if (name === 'annotation') {
        const moved = cells.takes() || openParagraphs() > 0
        notes.push({ outside: openParagraphs(), moved })
        if (moved) cells.note()
      } else if (floating.has(name) && !cells.takes()) {
        floats.push(openParagraphs() > 0)
        if (floats.at(-1) === true) into.flow.float()
      } else return false
      return true
    },
    close(name: string): boolean {
      if (name === 'annotation') {
        if (notes.pop()?.moved === true) cells.noteEnd()
      } else if (floating.has(name) && !cells.takes()) {
        if (floats.pop() === true) into.flow.land()
      } else return false
      return true
    },
  }
}

/**
 * Runs through an OpenDocument part and collects its words into `into.flow`, which the visitor may exchange between parts.
 * White space is as the format defines it: runs are one space.
 */
export function walkOdf(xml: Buffer, into: OdfTarget, visitor: OdfVisitor = {}): void {
  let silence = 0
  /** Of the paragraphs that are open the marks of lists that their words come after: an empty entry has none. */
  const marks: string[] = []
  const cells = createOdfCells(() => into.flow)
  const asides = createAsides(into, cells, () => marks.length)
  const add = (words: string) => {
    const mark = marks.at(-1) ?? ''
    const text = mark === '' ? words : `${mark} ${words.trimStart()}`
    if (mark !== '') marks[marks.length - 1] = ''
    if (cells.takes()) cells.add(text)
    else into.flow.add(text)
  }
  const last = () => (cells.takes() ? cells.last() : into.flow.last())
  const isSilent = (name: string) => silent.has(name) || name === into.mute
  walkXml(xml, {
    open: (name, attributes) => {
      if (isSilent(name)) silence += 1
      if (silence > 0) return
      if (name === 'object' && attributes['href'] !== undefined) visitor.onObject?.(attributes['href'].replace(/^\.\//, ''))
      if (paragraphs.has(name)) {
        if (name === 'h' && !cells.takes()) into.flow.gap()
        marks.push(into.lists?.mark() ?? '')
      } else if (name === 's') add(spaces(attributes))
      else if (name === 'tab') add('\t')
      else if (name === 'line-break') add(cells.takes() ? ' ' : '\n')
      else if (name === 'table-row') cells.row(attributes)
      else if (name === 'table-cell' || name === 'covered-table-cell') cells.open(attributes)
      else if (asides.open(name)) return
      else if (name === 'table' || name === 'page') visitor.onPart?.(name, attributes)
      else if (name === 'image') visitor.onPicture?.()
      else into.lists?.open(name, attributes)
    },
    close: (name) => {
      if (isSilent(name)) silence = Math.max(0, silence - 1)
      else if (silence > 0) return
      else if (paragraphs.has(name)) {
        marks.pop()
        if (cells.takes()) add(' ')
        else into.flow.paragraph()
        if (name === 'h' && !cells.takes()) into.flow.gap()
      } else if (name === 'table-cell' || name === 'covered-table-cell') cells.end()
      else if (name === 'table-row') cells.endRow()
      else if (asides.close(name)) return
      else if (name === 'table' || name === 'page') visitor.onPartEnd?.(name)
      else into.lists?.close(name)
    },
    text: (text) => {
      if (silence > 0 || !asides.isWord()) return
      const words = text.replace(/\s+/g, ' ')
      const shown = /^\s?$/.test(last()) ? words.replace(/^ /, '') : words
      if (shown !== '') add(shown)
    },
  })
}

/** Words of headers and footers, which stand with the page styles; each text once. */
export function marginTexts(styles: Buffer): { headers: string[]; footers: string[] } {
  const texts = { headers: new Set<string>(), footers: new Set<string>() }
  let flow: Flow | null = null
  let paragraph = 0
  walkXml(styles, {
    open: (name, attributes) => {
      if (/^(header|footer)(-left|-first)?$/.test(name)) flow = createFlow()
      if (paragraphs.has(name)) paragraph += 1
      else if (name === 's') flow?.add(spaces(attributes))
      else if (name === 'tab') flow?.add('\t')
      else if (name === 'line-break') flow?.add('\n')
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
