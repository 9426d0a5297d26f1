import { ExtractionError } from '../../errors.ts'
import { kindOfFormat, type NumberKind } from '../office/xlsx-values.ts'
import { continuedFrom, createStringReader, recordAt, shortString, types, type BiffRecord } from './biff.ts'

export type XlsSheet = { readonly name: string; readonly hidden: boolean; readonly at: number }
/** `codePage` is null where letters are Unicode (Excel 97 and later). */
export type XlsBook = { sheets: XlsSheet[]; strings: string[]; kinds: NumberKind[]; from1904: boolean; codePage: number | null }

const unicodeVersion = 0x0600
const [worksheet, macroSheet] = [0, 1]

function sharedStrings(stream: Buffer, record: BiffRecord): string[] {
  const reader = createStringReader(continuedFrom(stream, record))
  reader.u32()
  const count = reader.u32()
  const strings: string[] = []
  while (strings.length < count && !reader.atEnd()) strings.push(reader.string())
  return strings
}

/** What the first part of a workbook says: its sheets in their order, strings that cells share, and what numbers mean under each style. */
export function readBook(stream: Buffer): XlsBook {
  const first = recordAt(stream, 0)
  if (first?.type !== types.begin) throw new ExtractionError('corrupt', 'the workbook does not begin as one')
  const book: XlsBook = { sheets: [], strings: [], kinds: [], from1904: false, codePage: first.data.readUInt16LE(0) >= unicodeVersion ? null : 1_252 }
  const codes = new Map<number, string>()
  const styles: number[] = []
  for (let record = recordAt(stream, first.next); record !== null && record.type !== types.eof; record = recordAt(stream, record.next)) {
    const { type, data } = record
    if (type === types.date1904) book.from1904 = data.readUInt16LE(0) === 1
    else if (type === types.codePage && book.codePage !== null) book.codePage = data.readUInt16LE(0)
    else if (type === types.sharedStrings) book.strings = sharedStrings(stream, record)
    else if (type === types.numberFormat) {
      codes.set(data.readUInt16LE(0), shortString(data, { at: 2, lengthBytes: book.codePage === null ? 2 : 1, codePage: book.codePage }))
    } else if (type === types.format) styles.push(data.readUInt16LE(2))
    else if (type === types.sheet && [worksheet, macroSheet].includes(data.readUInt8(5))) {
      const name = shortString(data, { at: 6, lengthBytes: 1, codePage: book.codePage })
      book.sheets.push({ name, hidden: (data.readUInt8(4) & 3) !== 0, at: data.readUInt32LE(0) })
    }
  }
  book.kinds = styles.map((id) => kindOfFormat(id, codes.get(id)))
  return book
}
