import type { Zip } from '../../archive/zip.ts'
import type { ParserInput } from '../parser.types.ts'
import { createTextBudget, type TextBudget } from './budget.ts'
import { drawingText } from './drawing.ts'
import { mainPart, partsOf, tellCoreFacts, withPackage } from './package.ts'
import { cellLine, emitSheets } from './sheets.ts'
import { walkXml } from './xml.ts'
import { readBook, type Book } from './xlsx-book.ts'
import { marginWords, numberText } from './xlsx-values.ts'

type Cell = { type: string; style: number; value: string }

function cellText({ type, style, value }: Cell, book: Book): string {
  if (type === 's') return book.strings[Number(value)] ?? ''
  if (type === 'b') return value === '1' ? 'TRUE' : 'FALSE'
  if (type === 'str' || type === 'inlineStr' || type === 'e') return value
  if (type === 'd') return value.replace('T', ' ').replace(/ 00:00:00(\.0+)?Z?$/, '')
  return numberText(value.trim(), book.kinds[style] ?? 'number', book.from1904)
}

const isMargin = /^(odd|even|first)(Header|Footer)$/

/** Rows of the cells that hold something, then headers and footers; a range that claims a million empty rows costs nothing. */
export function sheetText(xml: Buffer, book: Book, budget: TextBudget): string {
  const rows: string[] = []
  let row: string[] = []
  let cell: Cell | null = null
  let taking = 0
  const margins = new Set<string>()
  let margin: string | null = null
  walkXml(xml, {
    open: (name, attributes) => {
      if (name === 'c') cell = { type: attributes['t'] ?? 'n', style: Number(attributes['s'] ?? 0), value: '' }
      if (name === 'v' || name === 't') taking += 1
      if (name === 'rPh') taking -= 1_000
      if (isMargin.test(name)) margin = ''
    },
    close: (name) => {
      if (name === 'v' || name === 't') taking -= 1
      if (name === 'rPh') taking += 1_000
      if (name === 'c' && cell !== null) {
        const text = cell.value === '' ? '' : cellLine(cellText(cell, book))
        if (text !== '') row.push(budget.take(text))
        cell = null
      }
      if (margin !== null && isMargin.test(name)) {
        margins.add(budget.take(marginWords(margin)))
        margin = null
      }
      if (name !== 'row') return
      if (row.length > 0) rows.push(row.join('\t'))
      row = []
    },
    text: (text) => {
      if (taking > 0 && cell !== null) cell.value += text
      if (margin !== null) margin += text
    },
  })
  if (row.length > 0) rows.push(row.join('\t'))
  return [...rows, ...margins].filter((line) => line !== '').join('\n')
}

/** Whoever wrote a comment that stands for a thread for old versions: `tc=` and the id of the thread, in whatever language the comment says so. */
export const isThreadAuthor = (name: string): boolean => name.startsWith('tc={')

/** Tells the comments that stand for threads by the numbers of their authors. */
function threadCopies(xml: Buffer): (name: string, attributes: Record<string, string>) => boolean {
  const authors: string[] = []
  let inAuthor = false
  walkXml(xml, {
    open: (name) => {
      inAuthor = name === 'author'
      if (inAuthor) authors.push('')
    },
    close: () => { inAuthor = false },
    text: (text) => { if (inAuthor) authors.push((authors.pop() ?? '') + text) },
  })
  return (name, attributes) => name === 'comment' && isThreadAuthor(authors[Number(attributes['authorId'])] ?? '')
}

/** What stands beside the cells of a sheet: text boxes, titles and labels of charts, and parts of the kinds in `comments`. */
export function besides(zip: Zip, part: string, comments: readonly string[]): string[] {
  const drawings = [...partsOf(zip, part, ['drawing']), ...partsOf(zip, part, comments)]
  const charts = drawings.flatMap((drawing) => partsOf(zip, drawing, ['chart', 'chartEx']))
  const hasThreads = partsOf(zip, part, ['threadedComment']).length > 0
  return [...drawings, ...charts].map((drawing) => {
    const xml = zip.read(drawing)
    return hasThreads ? drawingText(xml, threadCopies(xml)) : drawingText(xml)
  }).filter((text) => text !== '')
}

/** A page a sheet: its name, its rows, and what stands beside them. */
export async function parse(input: ParserInput): Promise<void> {
  await withPackage(input, (zip) => {
    tellCoreFacts(input, zip)
    const book = readBook(zip, mainPart(zip, 'xl/workbook.xml'))
    const budget = createTextBudget(input.limits.outputBytes)
    emitSheets(input, book.sheets, ({ part }) => part === null ? null : [sheetText(zip.read(part), book, budget), ...besides(zip, part, ['comments', 'threadedComment'])])
  })
}
