import { openCompound } from '../../archive/compound.ts'
import { ExtractionError } from '../../errors.ts'
import { createTextBudget } from '../office/budget.ts'
import { cellLine, emitSheets, errorText, truthText } from '../office/sheets.ts'
import { marginWords, numberText } from '../office/xlsx-values.ts'
import type { ParserInput } from '../parser.types.ts'
import { continuedFrom, createStringReader, recordAt, rkNumber, shortString, types, type BiffRecord } from './biff.ts'
import { readBook, type XlsBook } from './xls-book.ts'
import { unlockedWorkbook } from './xls-lock.ts'
import { summaryOf } from './summary.ts'

type Put = (row: number, column: number, text: string) => void
type Numbers = (value: number, style: number) => string

const truth = (isError: boolean, value: number) => isError ? errorText(value) : truthText(value)

/** The outcome of a formula as it was when the workbook was saved; null: a string, in the record after it. */
function formulaText(data: Buffer, numbers: Numbers): string | null {
  if (data.readUInt16LE(12) !== 0xffff) return numbers(data.readDoubleLE(6), data.readUInt16LE(4))
  const kind = data.readUInt8(6)
  return kind === 0 ? null : kind === 1 || kind === 2 ? truth(kind === 2, data.readUInt8(8)) : ''
}

function cellsOf({ type, data }: BiffRecord, book: XlsBook, numbers: Numbers, put: Put): void {
  const [row, column] = data.length < 6 ? [0, 0] : [data.readUInt16LE(0), data.readUInt16LE(2)]
  if (type === types.sharedString) put(row, column, book.strings[data.readUInt32LE(6)] ?? '')
  else if (type === types.label || type === types.richString) put(row, column, shortString(data, { at: 6, lengthBytes: 2, codePage: book.codePage }))
  else if (type === types.number) put(row, column, numbers(data.readDoubleLE(6), data.readUInt16LE(4)))
  else if (type === types.rk) put(row, column, numbers(rkNumber(data.readInt32LE(6)), data.readUInt16LE(4)))
  else if (type === types.boolean) put(row, column, truth(data.readUInt8(7) === 1, data.readUInt8(6)))
  else if (type === types.multiRk) {
    for (let at = 4; at + 6 <= data.length - 2; at += 6) put(row, column + (at - 4) / 6, numbers(rkNumber(data.readInt32LE(at + 2)), data.readUInt16LE(at)))
  }
}

/** Words of a comment or a text box: in the record that continues the object's. */
function objectText(stream: Buffer, record: BiffRecord): string {
  const count = record.data.length < 12 ? 0 : record.data.readUInt16LE(10)
  const [, letters] = continuedFrom(stream, record)
  if (count === 0 || letters === undefined) return ''
  const head = Buffer.alloc(2)
  head.writeUInt16LE(count)
  return createStringReader([Buffer.concat([head, letters])]).string()
}

/** Rows of the cells that hold something, then the words of headers, footers, comments and boxes. */
function sheetText(stream: Buffer, from: number, book: XlsBook, take: (text: string) => string): string {
  const rows = new Map<number, { column: number; text: string }[]>()
  const beside: string[] = []
  const numbers: Numbers = (value, style) => numberText(String(value), book.kinds[style] ?? 'number', book.from1904)
  const put: Put = (row, column, raw) => {
    const text = cellLine(raw)
    if (text === '') return
    const cells = rows.get(row) ?? []
    cells.push({ column, text: take(text) })
    rows.set(row, cells)
  }
  let formula: { row: number; column: number } | null = null
  // Charts stand within a sheet as parts of their own.
  let depth = 0
  for (let record = recordAt(stream, from); record !== null; record = recordAt(stream, record.next)) {
    const { type, data } = record
    if (type === types.begin) depth += 1
    else if (type === types.eof) depth -= 1
    else if ((type === types.header || type === types.footer) && data.length > 3) beside.push(take(marginWords(shortString(data, { at: 0, lengthBytes: book.codePage === null ? 2 : 1, codePage: book.codePage }))))
    else if (type === types.textObject) beside.push(take(objectText(stream, record)))
    else if (type === types.formula && data.length >= 14) {
      const [row, column, text] = [data.readUInt16LE(0), data.readUInt16LE(2), formulaText(data, numbers)]
      formula = text === null ? { row, column } : null
      if (text !== null) put(row, column, text)
    } else if (type === types.string && formula !== null) {
      put(formula.row, formula.column, book.codePage === null ? createStringReader(continuedFrom(stream, record)).string() : shortString(data, { at: 0, lengthBytes: 2, codePage: book.codePage }))
      formula = null
    } else cellsOf(record, book, numbers, put)
    if (depth <= 0) break
  }
  const lines = [...rows].toSorted(([a], [b]) => a - b).map(([, cells]) => cells.toSorted((a, b) => a.column - b.column).map(({ text }) => text).join('\t'))
  return [...lines, ...beside.map((text) => text.trim()).filter((text) => text !== '')].join('\n')
}

/** A page a sheet, as in newer workbooks. Formulas are their last outcome; macros are never looked at. */
export function parse(input: ParserInput): Promise<void> {
  const compound = openCompound(input.file.bytes())
  input.facts(() => summaryOf(compound))
  const stream = compound.find('Workbook') ?? compound.find('Book')
  if (stream === undefined) throw new ExtractionError('corrupt', 'the file has no workbook', { mime: input.mime })
  const bytes = unlockedWorkbook(compound.read(stream), input)
  const book = readBook(bytes)
  const budget = createTextBudget(input.limits.outputBytes)
  emitSheets(input, book.sheets, (sheet) => [sheetText(bytes, sheet.at, book, budget.take)])
  return Promise.resolve()
}
