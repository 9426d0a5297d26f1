import { createHash } from 'node:crypto'
import { compoundFile } from '../../../../scripts/examples/compound.ts'
import { openCompound } from '../archive/compound.ts'
import { createRc4 } from '../parsers/legacy/rc4.ts'

/** Locks files of Office 97 to 2003 as Office 2002 and 2003 do it, by RC4 CryptoAPI ([MS-OFFCRYPTO] 2.3.5). */

const u16 = (...values: number[]) => Buffer.from(Uint16Array.from(values).buffer)
const u32 = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer)
const sha1 = (...parts: Buffer[]) => createHash('sha1').update(Buffer.concat(parts)).digest()
const salt = Buffer.from('0123456789abcdef')

type Lock = { readonly description: Buffer; readonly cipher: (block: number, ...parts: Buffer[]) => void }

function lockOf(password: string, bits: number): Lock {
  const start = sha1(salt, Buffer.from(password, 'utf16le'))
  const cipher = (block: number, ...parts: Buffer[]) => {
    const key = sha1(start, u32(block)).subarray(0, bits / 8)
    parts.forEach(createRc4(bits === 40 ? Buffer.concat([key, Buffer.alloc(11)]) : key))
  }
  const input = Buffer.alloc(16, 7)
  const output = sha1(input)
  cipher(0, input, output)
  const header = Buffer.concat([u32(4, 0, 0x6801, 0x8004, bits, 1, 0, 0), Buffer.from('RC4\0', 'utf16le')])
  return { cipher, description: Buffer.concat([u16(2, 2), u32(4, header.length), header, u32(16), salt, input, u32(20), output]) }
}

function blocks({ cipher }: Lock, stream: Buffer, blockBytes: number): Buffer {
  const locked = Buffer.from(stream)
  for (let block = 0; block * blockBytes < locked.length; block += 1) cipher(block, locked.subarray(block * blockBytes, (block + 1) * blockBytes))
  return locked
}

function streamOf(file: Buffer, name: string): Buffer {
  const compound = openCompound(file)
  const node = compound.find(name)
  if (node === undefined) throw new Error(`no ${name}`)
  return Buffer.from(compound.read(node))
}

/** A file that `word97` wrote; the description comes before the list of its pieces. */
export function lockedWord(file: Buffer, password: string, bits = 128): Buffer {
  const lock = lockOf(password, bits)
  const main = streamOf(file, 'WordDocument')
  main.writeUInt16LE(main.readUInt16LE(10) | 0x0100, 10)
  main.writeUInt32LE(lock.description.length, 14)
  main.writeUInt32LE(main.readUInt32LE(0x1a2) + lock.description.length, 0x1a2)
  const tables = blocks(lock, Buffer.concat([lock.description, streamOf(file, '1Table')]), 512)
  lock.description.copy(tables)
  return compoundFile({ 'WordDocument': Buffer.concat([main.subarray(0, 68), blocks(lock, main, 512).subarray(68)]), '1Table': tables })
}

const clear = [0x809, 0x2f]
/** What of a record is locked, from where to where, and where its data begins. */
type Change = (book: Buffer, place: { data: number; from: number; to: number }) => void

/** Puts the record in that says how the workbook is locked, and changes what is locked of the data of each record. */
function lockedBook(file: Buffer, filePass: Buffer, change: (plain: Buffer) => Change): Buffer {
  const stream = streamOf(file, 'Workbook')
  const first = 4 + stream.readUInt16LE(2)
  const record = Buffer.concat([u16(0x2f, filePass.length), filePass])
  const book = Buffer.concat([stream.subarray(0, first), record, stream.subarray(first)])
  const starts: { type: number; at: number; next: number }[] = []
  for (let at = 0; at + 4 <= book.length; at += 4 + book.readUInt16LE(at + 2)) starts.push({ type: book.readUInt16LE(at), at, next: at + 4 + book.readUInt16LE(at + 2) })
  for (const { type, at } of starts) if (type === 0x85) book.writeUInt32LE(book.readUInt32LE(at + 4) + record.length, at + 4)
  const apply = change(Buffer.from(book))
  for (const { type, at, next } of starts) if (!clear.includes(type)) apply(book, { data: at + 4, from: at + (type === 0x85 ? 8 : 4), to: next })
  return compoundFile({ Workbook: book })
}

/** A file that `excel97` wrote. */
export function lockedExcel(file: Buffer, password: string, bits = 128): Buffer {
  const lock = lockOf(password, bits)
  return lockedBook(file, Buffer.concat([u16(1), lock.description]), (plain) => {
    const locked = blocks(lock, plain, 1_024)
    return (book, { from, to }) => void locked.copy(book, from, from, to)
  })
}

/** A file that `excel97` wrote, hidden by XOR with the sixteen bytes of a password ([MS-OFFCRYPTO] 2.3.7.2). */
export function hiddenExcel(file: Buffer, { key, verifier, array }: { key: number; verifier: number; array: Buffer }): Buffer {
  return lockedBook(file, u16(0, key, verifier), (plain) => (book, { data, from, to }) => {
    for (let at = from; at < to; at += 1) {
      const byte = plain.readUInt8(at)
      // The turn begins where the record ends.
      book[at] = (((byte << 5) | (byte >> 3)) & 255) ^ (array[(to + at - data) % 16] ?? 0)
    }
  })
}

/** A file that `powerpoint97` wrote; the description is a record of its own, and the last edit names it. */
export function lockedPowerpoint(file: Buffer, password: string, bits = 128): Buffer {
  const lock = lockOf(password, bits)
  const [stream, user] = [streamOf(file, 'PowerPoint Document'), streamOf(file, 'Current User')]
  const edit = stream.subarray(user.readUInt32LE(16))
  const directory = stream.subarray(edit.readUInt32LE(8 + 12), user.readUInt32LE(16))
  const records = stream.subarray(0, edit.readUInt32LE(8 + 12))
  const places = Array.from({ length: directory.readUInt32LE(8) >>> 20 }, (_, index) => directory.readUInt32LE(12 + index * 4))
  places.forEach((at, index) => lock.cipher(index + 1, records.subarray(at, at + 8 + records.readUInt32LE(at + 4))))
  const session = Buffer.concat([u16(15, 0x2f14), u32(lock.description.length), lock.description])
  const all = [...places, records.length]
  const newDirectory = Buffer.concat([u16(0, 6_002), u32(4 + all.length * 4, 1 | (all.length << 20), ...all)])
  const at = records.length + session.length
  const newEdit = Buffer.concat([u16(0, 4_085), u32(32, 0, 0, 0, at, edit.readUInt32LE(8 + 16), all.length, 0, all.length)])
  user.writeUInt32LE(0xf3d1c4df, 12)
  user.writeUInt32LE(at + newDirectory.length, 16)
  return compoundFile({ 'PowerPoint Document': Buffer.concat([records, session, newDirectory, newEdit]), 'Current User': user })
}
