import type { ExcelCell, ExcelSheet } from './excel97.ts'
import { declaration, pack } from './office.ts'

/** A number in groups of seven bits, the lowest first. */
function groups(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0))
    if (rest <= 0x7f) return Buffer.from(bytes)
  }
}

/** One record ([MS-XLSB] 2.1.4). */
export function record(type: number, ...parts: Buffer[]): Buffer {
  const data = Buffer.concat(parts)
  return Buffer.concat([groups(type), groups(data.length), data])
}
export const u32 = (...values: number[]): Buffer => Buffer.from(Uint32Array.from(values).buffer)
const u16 = (...values: number[]): Buffer => Buffer.from(Uint16Array.from(values).buffer)
const double = (value: number): Buffer => Buffer.from(Float64Array.of(value).buffer)
export const letters = (text: string): Buffer => Buffer.concat([u32(text.length), Buffer.from(text, 'utf16le')])
const none = u32(0xffffffff)
const flags = (value: number): Buffer => Buffer.from([value])

const noFormula = Buffer.concat([u16(0), u32(0, 0)])

type Lists = { strings: string[]; formats: string[] }

function indexIn(list: string[], value: string): number {
  if (!list.includes(value)) list.push(value)
  return list.indexOf(value)
}

function cell(value: ExcelCell, column: number, { strings, formats }: Lists): Buffer {
  const place = (style = 0) => u32(column, style)
  if (value === null) return Buffer.alloc(0)
  if (typeof value === 'string') return record(7, place(), u32(indexIn(strings, value)))
  if (typeof value === 'boolean') return record(4, place(), flags(value ? 1 : 0))
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 28) return record(2, place(), u32(((value << 2) | 2) >>> 0))
  if (typeof value === 'number') return record(5, place(), double(value))
  if ('format' in value) return record(5, place(indexIn(formats, value.format) + 1), double(value.value))
  return typeof value.formula === 'number' ? record(9, place(), double(value.formula), noFormula) : record(8, place(), letters(value.formula), noFormula)
}

function sheetPart({ rows, header = '' }: ExcelSheet, lists: Lists): Buffer {
  const widest = Math.max(1, ...rows.map((row) => row.length))
  const lines = rows.flatMap((row, index) => [record(0, u32(index, 0), u16(300, 0), flags(0), u32(1, 0, Math.max(0, row.length - 1))), ...row.map((value, column) => cell(value, column, lists))])
  const margins = header === '' ? [] : [record(479, u16(0), letters(header), none, none, none, none, none), record(480)]
  return Buffer.concat([record(129), record(148, u32(0, Math.max(0, rows.length - 1), 0, widest - 1)), record(145), ...lines, record(146), ...margins, record(130)])
}

/** Formats of the cells: the plain one, then those in use. Fonts, fills and borders are one each, as readers want them. */
function stylesPart(formats: readonly string[]): Buffer {
  const style = (format: number, parent: number) => record(47, u16(parent, format, 0, 0, 0), flags(0), flags(0), u16(0x1010), u16(0))
  const font = record(43, u16(220, 0, 400, 0), Buffer.from([0, 2, 0, 0]), Buffer.from([1, 1, 0, 0, 0, 0, 0, 255]), flags(0), letters('Calibri'))
  const colour = Buffer.from([1, 64, 0, 0, 0, 0, 0, 255])
  const fill = record(45, u32(0), colour, colour, u32(0), Buffer.alloc(40), u32(0))
  const line = Buffer.concat([flags(0), flags(0), colour])
  const border = record(46, flags(0), line, line, line, line, line)
  const list = (begin: number, end: number, items: readonly Buffer[]) => [record(begin, u32(items.length)), ...items, record(end)]
  return Buffer.concat([
    record(278), ...list(615, 616, formats.map((code, index) => record(44, u16(170 + index), letters(code)))), ...list(611, 612, [font]), ...list(603, 604, [fill]),
    ...list(613, 614, [border]), ...list(626, 627, [style(0, 0xffff)]), ...list(617, 618, [style(0, 0), ...formats.map((_, index) => style(170 + index, 0))]), record(279),
  ])
}

const stringsPart = (strings: readonly string[]): Buffer =>
  Buffer.concat([record(159, u32(strings.length, strings.length)), ...strings.map((text) => record(19, flags(0), letters(text))), record(160)])

const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const related = (targets: readonly (readonly [type: string, target: string])[]): string =>
  `${declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${targets.map(([type, target], index) => `<Relationship Id="rId${index + 1}" Type="${relations}/${type}" Target="${target}"/>`).join('')}</Relationships>`

/** A binary workbook with what carries its cells and no more ([MS-XLSB]); `more` are further parts by name. */
export function binaryWorkbook(sheets: readonly ExcelSheet[], more: Record<string, string | Uint8Array> = {}): Buffer {
  const lists: Lists = { strings: [], formats: [] }
  const parts = sheets.map((sheet) => sheetPart(sheet, lists))
  const name = (index: number) => `worksheets/sheet${index + 1}.bin`
  const bundle = sheets.map(({ name: title, hidden }, index) => record(156, u32(hidden === true ? 1 : 0, index + 1), letters(`rId${index + 1}`), letters(title)))
  const types = 'application/vnd.ms-excel'
  const override = (part: string, type: string) => `<Override PartName="/xl/${part}" ContentType="${types}.${type}"/>`
  return pack({
    '[Content_Types].xml': `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="bin" ContentType="${types}.sheet.binary.macroEnabled.main"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${sheets.map((_, index) => override(name(index), 'worksheet')).join('')}${override('sharedStrings.bin', 'sharedStrings')}${override('styles.bin', 'styles')}</Types>`,
    '_rels/.rels': related([['officeDocument', 'xl/workbook.bin']]),
    'xl/workbook.bin': Buffer.concat([record(131), record(153, u32(0, 0), letters('')), record(143), ...bundle, record(144), record(132)]),
    'xl/_rels/workbook.bin.rels': related([...sheets.map((_, index) => ['worksheet', name(index)] as const), ['sharedStrings', 'sharedStrings.bin'], ['styles', 'styles.bin']]),
    ...Object.fromEntries(parts.map((part, index) => [`xl/${name(index)}`, part])),
    'xl/sharedStrings.bin': stringsPart(lists.strings),
    'xl/styles.bin': stylesPart(lists.formats),
    ...more,
  })
}
