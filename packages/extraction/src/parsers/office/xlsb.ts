import type { Zip } from '../../archive/zip.ts'
import { rkNumber } from '../legacy/biff.ts'
import type { ParserInput } from '../parser.types.ts'
import { createTextBudget, type TextBudget } from './budget.ts'
import { mainPart, partsOf, relationsOf, tellCoreFacts, withPackage } from './package.ts'
import { cellLine, emitSheets, errorText, truthText } from './sheets.ts'
import { besides, isThreadAuthor } from './xlsx.ts'
import type { Book, Sheet } from './xlsx-book.ts'
import { kindOfFormat, marginWords, numberText, type NumberKind } from './xlsx-values.ts'
import { recordsOf, richStringAt, stringAt, types } from './xlsb-records.ts'

/** What the numbers under each cell style mean, by the style's index. */
function stylesOf(part: Buffer): NumberKind[] {
  const codes = new Map<number, string>()
  const kinds: NumberKind[] = []
  let inCells = false
  for (const { type, data } of recordsOf(part)) {
    if (type === types.numberFormat) codes.set(data.readUInt16LE(0), stringAt(data, 2).text)
    else if (type === types.cellStyles) inCells = true
    else if (type === types.cellStylesEnd) inCells = false
    else if (type === types.style && inCells) kinds.push(kindOfFormat(data.readUInt16LE(2), codes.get(data.readUInt16LE(2))))
  }
  return kinds
}

function sharedStrings(part: Buffer): string[] {
  const strings: string[] = []
  for (const { type, data } of recordsOf(part)) if (type === types.sharedItem) strings.push(richStringAt(data, 0))
  return strings
}

/** The workbook: its sheets in their order (hidden ones too), shared strings and styles. */
function readBook(zip: Zip, main: string): Book {
  const byId = new Map(relationsOf(zip, main).map(({ id, target }) => [id, target]))
  const one = (type: string): Buffer | null => partsOf(zip, main, [type]).map((part) => zip.read(part))[0] ?? null
  const sheets: Sheet[] = []
  let from1904 = false
  for (const { type, data } of recordsOf(zip.read(main))) {
    if (type === types.bookProperties) from1904 = (data.readUInt32LE(0) & 1) !== 0
    if (type !== types.sheet) continue
    const relation = stringAt(data, 8)
    const part = byId.get(relation.text) ?? ''
    sheets.push({ name: stringAt(data, relation.next).text, hidden: data.readUInt32LE(0) !== 0, part: zip.has(part) ? part : null })
  }
  const [strings, styles] = [one('sharedStrings'), one('styles')]
  return { sheets, from1904, strings: strings === null ? [] : sharedStrings(strings), kinds: styles === null ? [] : stylesOf(styles) }
}

/** Cells say their column and style before what they hold; short ones stand beside the cell before them and say only the style. */
const [cellHead, shortHead] = [8, 4]
const isShort = (type: number) => type >= types.shortBlank && type <= types.shortShared

/** What a cell holds; null for a record that is no cell, and for an empty one. Formulas are their last outcome. */
function cellText(type: number, data: Buffer, book: Book): string | null {
  const at = isShort(type) ? shortHead : cellHead
  const number = (value: number) => numberText(String(value), book.kinds[data.readUIntLE(at - 4, 3)] ?? 'number', book.from1904)
  switch (type) {
    case types.rk: case types.shortRk: return number(rkNumber(data.readInt32LE(at)))
    case types.real: case types.shortReal: case types.formulaNumber: return number(data.readDoubleLE(at))
    case types.shared: case types.shortShared: return book.strings[data.readUInt32LE(at)] ?? ''
    case types.string: case types.shortString: case types.formulaString: return stringAt(data, at).text
    case types.richString: return richStringAt(data, at)
    case types.bool: case types.shortBool: case types.formulaBool: return truthText(data.readUInt8(at))
    case types.error: case types.shortError: case types.formulaError: return errorText(data.readUInt8(at))
    default: return null
  }
}

/** Headers and footers: those of all pages, of even ones and of the first, after two bytes of flags. */
function marginsIn(data: Buffer): string[] {
  const texts: string[] = []
  for (let at = 2; at + 4 <= data.length;) {
    const { text, next } = stringAt(data, at)
    texts.push(marginWords(text))
    at = next
  }
  return texts
}

/** Rows of the cells that hold something, then headers and footers. */
function sheetText(part: Buffer, book: Book, budget: TextBudget): string {
  const rows: string[] = []
  const margins = new Set<string>()
  let row: string[] = []
  const endRow = () => {
    if (row.length > 0) rows.push(row.join('\t'))
    row = []
  }
  for (const { type, data } of recordsOf(part)) {
    if (type === types.row) endRow()
    else if (type === types.margins) for (const words of marginsIn(data)) margins.add(budget.take(words))
    else {
      const text = cellLine(cellText(type, data, book) ?? '')
      if (text !== '') row.push(budget.take(text))
    }
  }
  endRow()
  return [...rows, ...margins].filter((line) => line !== '').join('\n')
}

/** Comments are records here; threads of them are XML as in xlsx, and so are drawings and charts. Those that stand for a thread are left out where it is there. */
function commentsOf(zip: Zip, part: string, budget: TextBudget): string[] {
  const hasThreads = partsOf(zip, part, ['threadedComment']).length > 0
  const texts: string[] = []
  for (const comments of partsOf(zip, part, ['comments'])) {
    const authors: string[] = []
    let author = ''
    for (const { type, data } of recordsOf(zip.read(comments))) {
      if (type === types.commentAuthor) authors.push(stringAt(data, 0).text)
      else if (type === types.comment) author = authors[data.readUInt32LE(0)] ?? ''
      else if (type === types.commentText && !(hasThreads && isThreadAuthor(author))) texts.push(budget.take(richStringAt(data, 0).trim()))
    }
  }
  return texts
}

/** A page a sheet of a binary workbook, as in xlsx. Macros are never looked at. */
export async function parse(input: ParserInput): Promise<void> {
  await withPackage(input, (zip) => {
    tellCoreFacts(input, zip)
    const book = readBook(zip, mainPart(zip, 'xl/workbook.bin'))
    const budget = createTextBudget(input.limits.outputBytes)
    emitSheets(input, book.sheets, ({ part }) => part === null ? null : [sheetText(zip.read(part), book, budget), ...besides(zip, part, ['threadedComment']), ...commentsOf(zip, part, budget)])
  })
}
