import { numeral, type NumberFormat } from '../text/list-numbers.ts'

type Attributes = Readonly<Record<string, string>>
/** `next`: the number of the next entry; null where entries are not numbered. `bare`: they have no mark at all. */
type List = { next: number | null; readonly step: 1 | -1; readonly format: NumberFormat; readonly bare: boolean }

/** What `type` of an ordered list asks for, where sizes of letters matter, or its style. */
const formats: ReadonlyMap<string, NumberFormat> = new Map([
  ['a', 'lowerLetter'], ['A', 'upperLetter'], ['i', 'lowerRoman'], ['I', 'upperRoman'], ['lower-alpha', 'lowerLetter'], ['lower-latin', 'lowerLetter'], ['upper-alpha', 'upperLetter'],
  ['upper-latin', 'upperLetter'], ['lower-roman', 'lowerRoman'], ['upper-roman', 'upperRoman'], ['decimal-leading-zero', 'decimalZero'],
])

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\s*[-+]?\d{1,9}\s*$/.test(text) ? Number(text) : null
}

/** The lists of a page of HTML that are open, one within another, and the marks of their entries. */
export function createHtmlLists() {
  const lists: List[] = []
  return {
    open(name: string, attributes: Attributes): void {
      const style = /(?:^|;)\s*list-style(?:-type)?\s*:\s*([a-z-]+)/i.exec(attributes['style'] ?? '')?.[1]?.toLowerCase()
      if (name === 'ul' || name === 'menu') lists.push({ next: null, step: 1, format: 'decimal', bare: style === 'none' })
      if (name !== 'ol') return
      const isReversed = attributes['reversed'] !== undefined
      // One that counts down begins with how many entries there are, which is not known here: without a start its entries are not numbered.
      const start = wholeNumber(attributes['start']) ?? (isReversed ? null : 1)
      lists.push({ next: start, step: isReversed ? -1 : 1, format: formats.get(style ?? '') ?? formats.get(attributes['type'] ?? '') ?? 'decimal', bare: style === 'none' })
    },
    close(name: string): void {
      if (name === 'ul' || name === 'menu' || name === 'ol') lists.pop()
    },
    /** What an entry begins with: its number as its list writes it, or a dash. */
    mark(attributes: Attributes): string {
      const list = lists.at(-1)
      if (list?.bare === true) return ''
      if (list === undefined || list.next === null) return '-'
      const number = wholeNumber(attributes['value']) ?? list.next
      list.next = number + list.step
      return `${numeral(list.format, number)}.`
    },
  }
}
