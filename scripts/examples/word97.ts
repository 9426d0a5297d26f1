import { compoundFile } from './compound.ts'

/** Stories of a document: its body, what stands at the foot, in the margins, in comments, at the end, and in boxes. */
export type Stories = { readonly body: string; readonly notes?: string; readonly margins?: string; readonly comments?: string; readonly boxes?: string }

const textStart = 1_024

/**
 * A Word 97 file with what carries its text and no more ([MS-DOC]): the body's first half in letters of one byte, the rest in two, so that there are two pieces.
 * Word's own signs are: CR a paragraph, U+0007 a cell, U+0013 … U+0014 … U+0015 a field.
 */
export function word97({ body, notes = '', margins = '', comments = '', boxes = '' }: Stories): Buffer {
  const text = [body, notes, margins, comments, boxes].join('')
  const half = Math.floor(body.length / 2)
  const [narrow, wide] = [Buffer.from(text.slice(0, half), 'latin1'), Buffer.from(text.slice(half), 'utf16le')]
  const wideStart = textStart + narrow.length + (narrow.length % 2)
  const main = Buffer.alloc(Math.max(4_096, wideStart + wide.length))
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
  const table = Buffer.concat([Buffer.alloc(16), head, pieces])
  main.writeUInt32LE(16, 0x1a2)
  main.writeUInt32LE(table.length - 16, 0x1a6)
  return compoundFile({ WordDocument: main, '1Table': table })
}
