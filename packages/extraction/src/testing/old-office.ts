import { strToU8, zipSync } from 'fflate'

/** Files of office programs that no reader of ours knows, with what carries their words and no more. */

const u16 = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer)
const double = (value: number) => Buffer.from(Float64Array.of(value).buffer)
const record = (type: number, ...parts: Buffer[]) => {
  const data = Buffer.concat(parts)
  return Buffer.concat([u16(type, data.length), data])
}
type Cells = readonly (readonly (string | number)[])[]
const cellsOf = <T>(rows: Cells, cell: (value: string | number, row: number, column: number) => T): T[] => rows.flatMap((row, at) => row.map((value, column) => cell(value, at, column)))

/** A document of WordPerfect 5.1: a head of sixteen bytes, then letters. */
export const wordPerfect = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0x57, 0x50, 0x43, 16, 0, 0, 0, 1, 0x0a, 0, 1, 0, 0, 0, 0]), Buffer.from(text, 'latin1')])

/** A sheet of Lotus 1-2-3 release 2. */
export const lotus = (rows: Cells): Buffer => Buffer.concat([
  record(0, u16(0x0406)),
  ...cellsOf(rows, (value, row, column) => typeof value === 'number'
    ? record(14, Buffer.from([0xff]), u16(column, row), double(value))
    : record(15, Buffer.from([0xff]), u16(column, row), Buffer.from(`'${value}\0`, 'latin1'))),
  record(1),
])

/** A sheet of Excel 4. */
export const excel4 = (rows: Cells): Buffer => Buffer.concat([
  record(0x409, u16(4, 0x10, 0)),
  ...cellsOf(rows, (value, row, column) => typeof value === 'number'
    ? record(0x203, u16(row, column, 0), double(value))
    : record(0x204, u16(row, column, 0, value.length), Buffer.from(value, 'latin1'))),
  record(0x0a),
])

/** A text of OpenOffice.org 1. */
export const openOffice1 = (...paragraphs: string[]): Buffer => Buffer.from(zipSync({
  'mimetype': [strToU8('application/vnd.sun.xml.writer'), { level: 0 }],
  'content.xml': strToU8(`<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="http://openoffice.org/2000/office" xmlns:text="http://openoffice.org/2000/text" office:class="text" office:version="1.0"><office:body>${paragraphs.map((text) => `<text:p>${text}</text:p>`).join('')}</office:body></office:document-content>`),
  'META-INF/manifest.xml': strToU8('<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="http://openoffice.org/2001/manifest"><manifest:file-entry manifest:media-type="application/vnd.sun.xml.writer" manifest:full-path="/"/><manifest:file-entry manifest:media-type="text/xml" manifest:full-path="content.xml"/></manifest:manifest>'),
}))
