import { unaskedPassword } from '../office/locked.ts'
import { recordAt, types } from './biff.ts'
import { lockReasons, openBlocks, openLegacyLock } from './lock.ts'
import { openXor } from './xor.ts'

/** Records that stand as they are in a locked workbook ([MS-XLS] 2.2.10). */
const clear = new Set<number>([types.begin, types.filePass, 0x194, 0x195, 0xe1, 0x196, 0x138])
const blockBytes = 1_024
const headBytes = 4
/** Of the record that names a sheet, where it is stays as it is. */
const placeBytes = 4
const unicodeVersion = 0x0600
const ways = { xor: 0, rc4: 1 }

type Secret = { mime: string; password: string | null }

function filePassOf(stream: Buffer): { description: Buffer; isOld: boolean } | null {
  const first = recordAt(stream, 0)
  const isOld = first !== null && first.data.length >= 2 && first.data.readUInt16LE(0) < unicodeVersion
  for (let record = first; record !== null && record.type !== types.eof; record = recordAt(stream, record.next)) {
    if (record.type === types.filePass) return { description: record.data, isOld }
  }
  return null
}

/** Calls `change` with what is locked of each record: from where to where, and how long the record's data is. */
function eachLocked(stream: Buffer, change: (from: number, to: number, length: number) => void): void {
  for (let [at, record] = [0, recordAt(stream, 0)]; record !== null; at = record.next, record = recordAt(stream, record.next)) {
    const from = at + headBytes + (record.type === types.sheet ? placeBytes : 0)
    if (!clear.has(record.type) && from < record.next) change(from, record.next, record.data.length)
  }
}

function openByXor(stream: Buffer, description: Buffer, { mime, password }: Secret): Buffer {
  const told = { key: description.readUInt16LE(0), verifier: description.readUInt16LE(2) }
  const xor = (password === null ? null : openXor(password, told)) ?? openXor(unaskedPassword, told)
  if (xor === null) throw password === null ? lockReasons.required(mime) : lockReasons.wrong(mime)
  const open = Buffer.from(stream)
  eachLocked(stream, (from, to, length) => xor(open.subarray(from, to), from + length))
  return open
}

/**
 * The workbook's stream as it is to be read: itself, or, where it is locked, what the password opens. Heads of records are never locked.
 *
 * @throws ExtractionError `password_required`, `password_wrong`, `unsupported_type` (locked in another way)
 */
export function unlockedWorkbook(stream: Buffer, secret: Secret): Buffer {
  const lock = filePassOf(stream)
  if (lock === null) return stream
  const way = lock.isOld ? ways.xor : lock.description.readUInt16LE(0)
  const description = lock.isOld ? lock.description : lock.description.subarray(2)
  if (way === ways.xor) return openByXor(stream, description, secret)
  if (way !== ways.rc4) throw lockReasons.unknown(secret.mime, `way ${way}`)
  const open = openBlocks(stream, blockBytes, openLegacyLock(description, { ...secret, unasked: unaskedPassword }))
  const book = Buffer.from(stream)
  eachLocked(stream, (from, to) => void open.copy(book, from, from, to))
  return book
}
