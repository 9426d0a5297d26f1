import type { Flow } from './flow.ts'
import { isHeadingStyle, listMarks, type WordLists } from './word-lists.ts'

type Paragraph = { style: string | null; list: string | null; level: number | null; isHeading: boolean; mark: string }

/** The paragraphs of a part of a Word file that are open, one within another where a text box is in one: headings stand between empty lines, entries of lists behind their marks. */
export function createParagraphs(flow: Flow, lists: WordLists) {
  const marks = listMarks(lists)
  const open: Paragraph[] = []
  let former = 0
  return {
    open: (): void => { open.push({ style: null, list: null, level: null, isHeading: false, mark: '' }) },
    /** An element may say of the open paragraph what it is; what it was before a change does not count. */
    property(name: string, value: string | undefined): void {
      if (name === 'pPrChange') former += 1
      const paragraph = open.at(-1)
      if (paragraph === undefined || former > 0) return
      if (name === 'pStyle') paragraph.style = value ?? null
      else if (name === 'numId') paragraph.list = value ?? null
      else if (name === 'ilvl') paragraph.level = Number(value) || 0
    },
    formerEnd: (): void => { former = Math.max(0, former - 1) },
    propertiesEnd({ inCell }: { inCell: boolean }): void {
      const paragraph = open.at(-1)
      if (paragraph === undefined || former > 0) return
      paragraph.mark = marks(paragraph)
      paragraph.isHeading = !inCell && isHeadingStyle(paragraph.style, lists)
      if (paragraph.isHeading) flow.gap()
    },
    /** Words of the open paragraph. Its mark comes with the first of them, so that an empty one has none. */
    add(text: string): void {
      const paragraph = open.at(-1)
      if (paragraph !== undefined && paragraph.mark !== '') {
        flow.add(`${paragraph.mark} `)
        paragraph.mark = ''
      }
      flow.add(text)
    },
    end({ inCell }: { inCell: boolean }): void {
      const paragraph = open.pop()
      if (inCell) return flow.add(' ')
      flow.paragraph()
      if (paragraph?.isHeading === true) flow.gap()
    },
    /** Ends one of which nothing is shown. */
    drop: (): void => { open.pop() },
  }
}
