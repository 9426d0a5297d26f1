import { compoundFile } from './compound.ts'

/** A number under a number format, such as a date, or an outcome of a formula. */
export type ExcelCell = string | number | boolean | { readonly value: number; readonly format: string } | { readonly formula: string | number } | null
export type ExcelSheet = { readonly name: string; readonly hidden?: boolean; readonly header?: string; readonly rows: readonly (readonly ExcelCell[])[] }

const version = 0x0600

function record(type: number, ...parts: Buffer[]): Buffer {
  const data = Buffer.concat(parts)
  const head = Buffer.alloc(4)
  head.writeUInt16LE(type)
  head.writeUInt16LE(data.length, 2)
  return Buffer.concat([head, data])
}
const u16 = (...values: number[]): Buffer => Buffer.concat(values.map((value) => Buffer.from([value & 255, value >> 8])))
const u32 = (value: number): Buffer => u16(value & 0xffff, value >>> 16)
const double = (value: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return bytes
}
const letters = (text: string): Buffer => Buffer.concat([Buffer.from([1]), Buffer.from(text, 'utf16le')])
const begin = (kind: number): Buffer => record(0x809, u16(version, kind, 0, 0), u32(0), u32(6))
const end = record(0x0a)

/** Shared strings. A record holds 8,224 bytes at most, so a string that does not fit goes on in the next, after a byte that says how wide its letters are. */
function sharedStrings(strings: readonly string[]): Buffer {
  const most = 8_224
  const records: Buffer[] = []
  let current: Buffer = Buffer.concat([u32(strings.length), u32(strings.length)])
  const close = () => records.push(record(records.length === 0 ? 0xfc : 0x3c, current))
  for (const text of strings) {
    let rest = Buffer.concat([u16(text.length), letters(text)])
    while (current.length + rest.length > most) {
      // An odd number of bytes would cut a letter: the flags make the head odd.
      const room = Math.max(0, most - current.length - ((most - current.length - 3) % 2))
      const take = room < 5 ? 0 : room
      current = Buffer.concat([current, rest.subarray(0, take)])
      close()
      current = take === 0 ? Buffer.alloc(0) : Buffer.from([1])
      rest = rest.subarray(take)
      if (take > 0 && rest.length + 1 > most) throw new RangeError('a string of more than two records')
    }
    current = Buffer.concat([current, rest])
  }
  close()
  return Buffer.concat(records)
}

/** A workbook of Excel 97 with what carries its cells and no more ([MS-XLS]). */
export function excel97(sheets: readonly ExcelSheet[]): Buffer {
  const strings: string[] = []
  const formats: string[] = []
  const indexIn = (list: string[], value: string) => {
    if (!list.includes(value)) list.push(value)
    return list.indexOf(value)
  }
  const cell = (value: ExcelCell, row: number, column: number): Buffer => {
    const place = (style = 0) => u16(row, column, style)
    if (value === null) return Buffer.alloc(0)
    if (typeof value === 'string') return record(0xfd, place(), u32(indexIn(strings, value)))
    if (typeof value === 'boolean') return record(0x205, place(), Buffer.from([value ? 1 : 0, 0]))
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 28) return record(0x27e, place(), u32((value << 2) | 2))
    if (typeof value === 'number') return record(0x203, place(), double(value))
    if ('format' in value) return record(0x203, place(indexIn(formats, value.format) + 1), double(value.value))
    const outcome = typeof value.formula === 'number' ? double(value.formula) : Buffer.from([0, 0, 0, 0, 0, 0, 0xff, 0xff])
    const formula = record(0x06, place(), outcome, u16(0, 0, 0, 0))
    return typeof value.formula === 'number' ? formula : Buffer.concat([formula, record(0x207, u16(value.formula.length), letters(value.formula))])
  }
  const bodies = sheets.map(({ rows, header = '' }) => Buffer.concat([begin(0x10), ...header === '' ? [] : [record(0x14, u16(header.length), letters(header))], ...rows.flatMap((cells, row) => cells.map((value, column) => cell(value, row, column))), end]))
  const style = (format: number) => record(0xe0, u16(0, format), Buffer.alloc(16))
  const globals = (places: readonly number[]) => Buffer.concat([
    begin(0x05), ...formats.map((code, index) => record(0x41e, u16(170 + index, code.length), letters(code))), style(0), ...formats.map((_, index) => style(170 + index)),
    ...sheets.map(({ name, hidden }, index) => record(0x85, u32(places[index] ?? 0), Buffer.from([hidden === true ? 1 : 0, 0, name.length]), letters(name))),
    sharedStrings(strings), end,
  ])
  let at = globals([]).length
  const places = bodies.map((body) => (at += body.length) - body.length)
  return compoundFile({ Workbook: Buffer.concat([globals(places), ...bodies]) })
}
