import { compoundFile } from './compound.ts'

/** Stories of a document: its body, what stands at the foot, in the margins, in comments, at the end, and in boxes. `rowEnds`: up to fourteen characters of the body that end rows of tables. */
export type Stories = { readonly body: string; readonly notes?: string; readonly margins?: string; readonly comments?: string; readonly boxes?: string; readonly rowEnds?: readonly number[] }

const textStart = 1_024

/**
 * A Word 97 file with what carries its text and no more ([MS-DOC]): the body's first half in letters of one byte, the rest in two, so that there are two pieces.
 * Word's own signs are: CR a paragraph, U+0007 a cell, U+0013 … U+0014 … U+0015 a field.
 */
export function word97({ body, notes = '', margins = '', comments = '', boxes = '', rowEnds = [] }: Stories): Buffer {
  const text = [body, notes, margins, comments, boxes].join('')
  const half = Math.floor(body.length / 2)
  const [narrow, wide] = [Buffer.from(text.slice(0, half), 'latin1'), Buffer.from(text.slice(half), 'utf16le')]
  const wideStart = textStart + narrow.length + (narrow.length % 2)
  const used = Math.max(4_096, wideStart + wide.length)
  const rowPage = Math.ceil(used / 512)
  const main = Buffer.alloc(rowEnds.length > 0 ? (rowPage + 1) * 512 : used)
  ;[0xa5ec, 0xc1].forEach((value, index) => main.writeUInt16LE(value, index * 2))
  main.writeUInt16LE(0x0200, 10)
  main.writeUInt16LE(14, 32)
  main.writeUInt16LE(22, 62)
  ;[body, notes, margins, '', comments, '', boxes].forEach((story, index) => main.writeUInt32LE(story.length, 76 + index * 4))
  main.writeUInt16LE(0x5d, 152)
  narrow.copy(main, textStart)
  wide.copy(main, wideStart)
  const pieces = Buffer.alloc(28)
  ;[0, half, text.length].forEach((position, index) => pieces.writeUInt32LE(position, index * 4))
  pieces.writeUInt32LE((textStart * 2) | 0x40000000, 14)
  pieces.writeUInt32LE(wideStart, 22)
  const head = Buffer.alloc(5)
  head.writeUInt8(2)
  head.writeUInt32LE(pieces.length, 1)
  main.writeUInt32LE(16, 0x1a2)
  main.writeUInt32LE(head.length + pieces.length, 0x1a6)
  const pages = Buffer.alloc(rowEnds.length > 0 ? 12 : 0)
  if (rowEnds.length > 0) {
    const offsetOf = (position: number) => (position < half ? textStart + position : wideStart + (position - half) * 2)
    rowProperties(rowEnds.flatMap((position) => [offsetOf(position), offsetOf(position) + (position < half ? 1 : 2)])).copy(main, rowPage * 512)
    pages.writeUInt32LE(rowPage, 8)
    main.writeUInt32LE(16 + head.length + pieces.length, 0x102)
    main.writeUInt32LE(pages.length, 0x106)
  }
  const table = Buffer.concat([Buffer.alloc(16), head, pieces, pages])
  return compoundFile({ WordDocument: main, '1Table': table })
}

/** A page with the properties of paragraphs, of which every second one, from the second on, ends a row ([MS-DOC] 2.9.175); what stands between `bounds` is a paragraph each. */
function rowProperties(bounds: readonly number[]): Buffer {
  const page = Buffer.alloc(512)
  const places = [textStart, ...bounds]
  places.forEach((place, index) => page.writeUInt32LE(place, index * 4))
  // Two bytes of a style, a level of outline that nobody asked for, and that the paragraph ends a row.
  Buffer.from([5, 0, 0, 0x40, 0x26, 9, 0x17, 0x24, 1]).copy(page, 480)
  for (let index = 1; index < bounds.length; index += 2) page.writeUInt8(240, places.length * 4 + index * 13)
  page.writeUInt8(bounds.length, 511)
  return page
}
