/** One record of a part of a binary workbook ([MS-XLSB] 2.1.4). */
export type XlsbRecord = { readonly type: number; readonly data: Buffer }

/** Numbers of the records that carry words, numbers and what they mean ([MS-XLSB] 2.3.1). */
export const types = {
  row: 0, rk: 2, error: 3, bool: 4, real: 5, string: 6, shared: 7, formulaString: 8, formulaNumber: 9, formulaBool: 10, formulaError: 11,
  shortBlank: 12, shortRk: 13, shortError: 14, shortBool: 15, shortReal: 16, shortString: 17, shortShared: 18,
  sharedItem: 19, numberFormat: 44, style: 47, richString: 62, bookProperties: 153, sheet: 156, margins: 479, cellStyles: 617, cellStylesEnd: 618, commentAuthor: 632, comment: 635, commentText: 637,
} as const

const longestType = 2
const longestSize = 4
/** A string that is none. */
const noString = 0xffffffff

/** A number in groups of seven bits, the lowest first; the highest bit of a byte says that another follows. Null where the part is cut. */
function groupsAt(part: Buffer, at: number, longest: number): { value: number; next: number } | null {
  let value = 0
  for (let index = 0; index < longest; index += 1) {
    const byte = part[at + index]
    if (byte === undefined) return null
    value |= (byte & 0x7f) << (7 * index)
    if ((byte & 0x80) === 0) return { value, next: at + index + 1 }
  }
  return { value, next: at + longest }
}

/** The records of a part, until its end or where it is cut. */
export function* recordsOf(part: Buffer): Generator<XlsbRecord, void> {
  for (let at = 0; ;) {
    const type = groupsAt(part, at, longestType)
    const size = type === null ? null : groupsAt(part, type.next, longestSize)
    if (type === null || size === null || size.next + size.value > part.length) return
    at = size.next + size.value
    yield { type: type.value, data: part.subarray(size.next, at) }
  }
}

/** A string after its count of letters, and where it ends. @throws RangeError when it is longer than its record */
export function stringAt(data: Buffer, at: number): { text: string; next: number } {
  const count = data.readUInt32LE(at)
  if (count === noString) return { text: '', next: at + 4 }
  const next = at + 4 + count * 2
  if (next > data.length) throw new RangeError('a string of the workbook is cut')
  return { text: data.toString('utf16le', at + 4, next), next }
}

/** The words of a string with formatting: after a byte of flags; what follows them formats and says how they are spoken. */
export const richStringAt = (data: Buffer, at: number): string => stringAt(data, at + 1).text
