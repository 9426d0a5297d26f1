import { openCompound, type Compound } from '../../archive/compound.ts'
import { ExtractionError } from '../../errors.ts'
import { decodeUnknown } from '../../text/decode-unknown.ts'
import { emitText } from '../emit-text.ts'
import type { ParserInput } from '../parser.types.ts'
import { rowEnds } from './doc-rows.ts'
import { summaryOf } from './summary.ts'
import { lockReasons, openBlocks, openLegacyLock } from './lock.ts'

/** Offsets of the file information block ([MS-DOC] 2.5) and the numbers in it. */
const fib = { version: 2, flags: 10, lockBytes: 14, textStart: 24, textEnd: 28, lengths: 76, pieces: 0x1a2 }
const flags = { complex: 0x0004, encrypted: 0x0100, secondTable: 0x0200, obfuscated: 0x8000 }
/** Files of Word 6 and 95 have smaller numbers, letters of one byte, and no stream of tables. */
const firstUnicodeVersion = 0xc1
/** Of a locked file, the head stays open, and the rest is locked in blocks ([MS-DOC] 2.2.6). */
const [openBytes, blockBytes] = [68, 512]
/** Lengths in characters, one after the other: body, notes at the foot, headers, macros (never used), comments, notes at the end, text boxes, those in headers. */
const stories = 8
/** Stands for the sign that ends a row, which is that of a cell in the file. */
const rowEnd = '\u001c'

/** The text of the file in the order of its characters: pieces of the main stream, each of one or two bytes a character. */
function textOfPieces(main: Buffer, tables: Buffer): string {
  const [start, length] = [main.readUInt32LE(fib.pieces), main.readUInt32LE(fib.pieces + 4)]
  const list = tables.subarray(start, start + length)
  let at = 0
  // What comes before the pieces are changes of formatting.
  while (list[at] === 1) at += 3 + list.readUInt16LE(at + 1)
  if (list[at] !== 2) throw new ExtractionError('corrupt', 'the file has no list of pieces')
  const size = Math.min(list.readUInt32LE(at + 1), list.length - at - 5)
  const plc = list.subarray(at + 5, at + 5 + size)
  const count = Math.floor((size - 4) / 12)
  const ansi = new TextDecoder('windows-1252')
  const parts: string[] = []
  const rows = rowEnds(main, tables)
  let room = main.length
  for (let index = 0; index < count; index += 1) {
    const characters = plc.readUInt32LE(index * 4 + 4) - plc.readUInt32LE(index * 4)
    const place = plc.readUInt32LE((count + 1) * 4 + index * 8 + 2)
    const narrow = (place & 0x40000000) !== 0
    const from = narrow ? (place & 0x3fffffff) >> 1 : place & 0x3fffffff
    const piece = main.subarray(from, from + Math.max(0, characters) * (narrow ? 1 : 2))
    // Honest pieces never overlap: together they are no longer than the stream.
    room -= piece.length
    if (room < 0) throw new ExtractionError('corrupt', 'the pieces of the text overlap')
    const text = narrow ? ansi.decode(piece) : piece.toString('utf16le')
    parts.push(rows.size === 0 ? text : text.replace(/\u0007/g, (sign, index: number) => (rows.has(from + (index + 1) * (narrow ? 1 : 2)) ? rowEnd : sign)))
  }
  return parts.join('')
}

/** Words as a reader meets them: results of fields without their instructions, cells apart by tabs, rows and paragraphs by line ends. */
export function wordsOf(text: string): string {
  const instructions: boolean[] = []
  let out = ''
  for (const part of text.split(/([\u0013-\u0015])/)) {
    if (part === '\u0013') instructions.push(true)
    else if (part === '\u0014' && instructions.length > 0) instructions[instructions.length - 1] = false
    else if (part === '\u0015') instructions.pop()
    else if (!instructions.includes(true)) out += part
  }
  // Where the file does not say which signs end rows, one behind another does, although the last cell may be empty.
  const rows = out.includes(rowEnd) ? out.replaceAll(rowEnd, '\n') : out.replace(/\u0007\u0007/g, '\n')
  return rows.replaceAll('\u0007', '\t').replace(/[\r\u000b\u000c]/g, '\n').replaceAll('\u001e', '-').replaceAll('\u001f', '')
}

function storiesOf(main: Buffer, text: string): string[] {
  let from = 0
  const parts: string[] = []
  for (let story = 0; story < stories; story += 1) {
    const length = main.readUInt32LE(fib.lengths + story * 4)
    parts.push(wordsOf(text.slice(from, from + length)).trim())
    from += length
  }
  // A headline that each section repeats is there once.
  const [body = '', notes = '', headers = '', , ...rest] = parts
  return [body, notes, [...new Set(headers.split('\n'))].join('\n'), ...rest].filter((part) => part !== '')
}

/** The streams of a locked file as its password opens them; how it is locked stands at the start of the tables. */
function unlockedStreams(main: Buffer, tables: Buffer, { mime, password }: ParserInput): { main: Buffer; tables: Buffer } {
  if (main.readUInt16LE(fib.flags) & flags.obfuscated) throw lockReasons.unknown(mime, 'XOR')
  const key = openLegacyLock(tables.subarray(0, main.readUInt32LE(fib.lockBytes)), { mime, password })
  return { main: Buffer.concat([main.subarray(0, openBytes), openBlocks(main, blockBytes, key).subarray(openBytes)]), tables: openBlocks(tables, blockBytes, key) }
}

async function textOf(compound: Compound, input: ParserInput): Promise<string> {
  const stream = compound.find('WordDocument')
  if (stream === undefined) throw new ExtractionError('corrupt', 'the file has no text')
  const main = compound.read(stream)
  const flag = main.readUInt16LE(fib.flags)
  const isLocked = (flag & flags.encrypted) !== 0
  if (main.readUInt16LE(fib.version) < firstUnicodeVersion) {
    if (isLocked) throw lockReasons.unknown(input.mime, 'as in Word 95')
    if (flag & flags.complex) throw new ExtractionError('unsupported_type', 'a file of Word 6 that was saved in a hurry')
    return wordsOf(await decodeUnknown(main.subarray(main.readUInt32LE(fib.textStart), main.readUInt32LE(fib.textEnd))))
  }
  const tables = compound.find(flag & flags.secondTable ? '1Table' : '0Table')
  if (tables === undefined) throw new ExtractionError('corrupt', 'the file has no tables')
  const streams = { main, tables: compound.read(tables) }
  const open = isLocked ? unlockedStreams(streams.main, streams.tables, input) : streams
  return storiesOf(open.main, textOfPieces(open.main, open.tables)).join('\n\n')
}

/** A Word 97 file has no pages of its own. Order: body, notes, headers and footers, comments, text boxes. Macros and objects are left alone. */
export async function parse(input: ParserInput): Promise<void> {
  const compound = openCompound(input.file.bytes())
  input.facts(() => summaryOf(compound))
  emitText(input, await textOf(compound, input))
}
