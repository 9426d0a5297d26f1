import { codePageDecoder } from '../../text/code-pages.ts'

/** One record of a workbook of Excel 5 to 2003 ([MS-XLS] 2.1.4). */
export type BiffRecord = { readonly type: number; readonly data: Buffer; readonly next: number }

export const types = {
  formula: 0x06, eof: 0x0a, header: 0x14, footer: 0x15, note: 0x1c, filePass: 0x2f, date1904: 0x22, continued: 0x3c, codePage: 0x42, sheet: 0x85, multiRk: 0xbd, richString: 0xd6,
  format: 0xe0, sharedStrings: 0xfc, sharedString: 0xfd, textObject: 0x1b6, number: 0x203, label: 0x204, boolean: 0x205, string: 0x207, rk: 0x27e,
  numberFormat: 0x41e, begin: 0x809,
} as const

/** The record at `at`; null at the end, or where the file is cut. */
export function recordAt(stream: Buffer, at: number): BiffRecord | null {
  if (at < 0 || at + 4 > stream.length) return null
  const length = stream.readUInt16LE(at + 2)
  const next = at + 4 + length
  return next > stream.length ? null : { type: stream.readUInt16LE(at), data: stream.subarray(at + 4, next), next }
}

/** A record with those that continue it. */
export function continuedFrom(stream: Buffer, first: BiffRecord): Buffer[] {
  const parts = [first.data]
  for (let record = recordAt(stream, first.next); record?.type === types.continued; record = recordAt(stream, record.next)) parts.push(record.data)
  return parts
}

/** Reads strings that may go on in the next record, where the width of their letters is said again. */
export type StringReader = {
  u16(): number
  u32(): number
  /** A string: `count` letters after a byte of flags, then what is said of its formatting and reading, which is passed over. */
  string(): string
  /** Whether everything is read. */
  atEnd(): boolean
}

export function createStringReader(parts: readonly Buffer[]): StringReader {
  let index = 0
  let at = 0
  const part = () => parts[index] ?? Buffer.alloc(0)
  const onward = () => {
    while (index < parts.length && at >= part().length) {
      at -= part().length
      index += 1
    }
  }
  const byte = () => {
    onward()
    const value = part()[at]
    if (value === undefined) throw new RangeError('the strings of the workbook end too early')
    at += 1
    return value
  }
  const u16 = () => byte() + byte() * 256
  const u32 = () => u16() + u16() * 65_536
  const letters = (count: number, flags: number) => {
    let wide = (flags & 1) !== 0
    let text = ''
    for (let left = count; left > 0;) {
      if (at >= part().length) {
        onward()
        wide = (byte() & 1) !== 0
      }
      const take = Math.min(left, Math.floor((part().length - at) / (wide ? 2 : 1)))
      if (take === 0) throw new RangeError('a string of the workbook is cut')
      text += part().toString(wide ? 'utf16le' : 'latin1', at, at + take * (wide ? 2 : 1))
      at += take * (wide ? 2 : 1)
      left -= take
    }
    return text
  }
  return {
    u16, u32,
    string: () => {
      const [count, flags] = [u16(), byte()]
      const [runs, reading] = [flags & 8 ? u16() : 0, flags & 4 ? u32() : 0]
      const text = letters(count, flags)
      at += runs * 4 + reading
      onward()
      return text
    },
    atEnd: () => {
      onward()
      return index >= parts.length
    },
  }
}

/** A string within one record: its length in one or two bytes, then, in files of Excel 97 and later, a byte of flags. */
export function shortString(data: Buffer, options: { at: number; lengthBytes: 1 | 2; codePage: number | null }): string {
  const { at, lengthBytes, codePage } = options
  const count = lengthBytes === 1 ? data.readUInt8(at) : data.readUInt16LE(at)
  const from = at + lengthBytes
  if (codePage !== null) return codePageDecoder(codePage).decode(data.subarray(from, from + count))
  const wide = (data.readUInt8(from) & 1) !== 0
  return data.toString(wide ? 'utf16le' : 'latin1', from + 1, from + 1 + count * (wide ? 2 : 1))
}

/** A number in 30 bits: a whole one or the upper half of a double, and maybe hundredths. */
export function rkNumber(rk: number): number {
  const half = Buffer.alloc(8)
  half.writeUInt32LE((rk & 0xfffffffc) >>> 0, 4)
  const value = rk & 2 ? rk >> 2 : half.readDoubleLE(0)
  return rk & 1 ? value / 100 : value
}
