import { fstatSync, readSync, writeSync } from 'node:fs'
import type { About } from '../types.ts'
import { infoEntries, pdfString, xmpPacket } from './about.ts'

/** How the engine ends a file: a table of objects, and what leads to it. */
const ending = /trailer\r?\n<<(.*)>>\r?\nstartxref\r?\n(\d{1,12})\r?\n%%EOF\s*$/s
const tailBytes = 4_096
/** Of a catalog; one that is longer stays as it is. */
const mostBytes = 1024 ** 2

const read = (fd: number, from: number, length: number): string => {
  const bytes = Buffer.alloc(length)
  return bytes.toString('latin1', 0, readSync(fd, bytes, 0, length, from))
}

/** Where an object stands, as the table tells; null where it does not. */
function offsetIn(table: string, number: number): number | null {
  for (const [, first = '', rows = ''] of table.matchAll(/(\d+) \d+\r?\n((?:\d{10} \d{5} [nf][ \r]\n)+)/g)) {
    const at = (number - Number(first)) * 20
    if (at >= 0 && at < rows.length) return rows[at + 17] === 'n' ? Number(rows.slice(at, at + 10)) : null
  }
  return null
}

/** The inside of an object that is a dictionary. */
function dictionaryAt(fd: number, offset: number): string | null {
  return /^\d+ \d+ obj\r?\n<<(.*?)>>\r?\nendobj\r?\n/s.exec(read(fd, offset, mostBytes))?.[1] ?? null
}

/**
 * Appends to a file that the engine wrote what it does not say of itself yet: title, language, XMP (ISO 32000-1, 7.5.6). What it says stays; of a locked file all does, as what
 * is added would have to be locked too, and so does a file whose end is not as the engine writes it.
 */
export function addAbout(fd: number, about: About, { now, isLocked }: { now: Date; isLocked: boolean }): void {
  const length = fstatSync(fd).size
  const [, trailer = '', start = ''] = ending.exec(read(fd, Math.max(0, length - tailBytes), tailBytes)) ?? []
  const [root, info, size] = ['Root', 'Info', 'Size'].map((name) => Number(new RegExp(`/${name} (\\d+)`).exec(trailer)?.[1] ?? Number.NaN))
  if (isLocked || root === undefined || size === undefined || !(root > 0 && size > 0)) return
  const at = offsetIn(read(fd, Number(start), Math.max(0, length - Number(start))), root)
  const catalog = at === null ? null : dictionaryAt(fd, at)
  if (catalog === null || /\/Metadata\b/.test(catalog)) return
  const objects = new Map([[size, stream(xmpPacket(about, now))]])
  const language = about.language === null || /\/Lang\b/.test(catalog) ? '' : ` /Lang ${pdfString(about.language)}`
  objects.set(root, Buffer.from(`<<${catalog} /Metadata ${size} 0 R${language}>>`, 'latin1'))
  if (info === undefined || Number.isNaN(info)) objects.set(size + 1, Buffer.from(`<< ${infoEntries(about, now)} >>`, 'latin1'))
  append(fd, { objects, trailer: trailerOf(trailer, { size: size + 2, prev: Number(start), info: objects.has(size + 1) ? size + 1 : null }) }, length)
}

const stream = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from(`<< /Type /Metadata /Subtype /XML /Length ${bytes.length} >>\nstream\n`, 'latin1'), bytes, Buffer.from('\nendstream', 'latin1')])
const trailerOf = (before: string, { size, prev, info }: { size: number; prev: number; info: number | null }): string =>
  `<<${before.replace(/\/Size \d+/, `/Size ${size}`)} /Prev ${prev}${info === null ? '' : ` /Info ${info} 0 R`}>>`

function append(fd: number, { objects, trailer }: { objects: ReadonlyMap<number, Buffer>; trailer: string }, length: number): void {
  const parts: Buffer[] = [Buffer.from('\n', 'latin1')]
  let at = length + 1
  const rows: string[] = []
  for (const [number, body] of objects) {
    const object = Buffer.concat([Buffer.from(`${number} 0 obj\n`, 'latin1'), body, Buffer.from('\nendobj\n', 'latin1')])
    rows.push(`${number} 1\n${String(at).padStart(10, '0')} 00000 n \n`)
    parts.push(object)
    at += object.length
  }
  parts.push(Buffer.from(`xref\n${rows.join('')}trailer\n${trailer}\nstartxref\n${at}\n%%EOF\n`, 'latin1'))
  const bytes = Buffer.concat(parts)
  for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done, bytes.length - done, length + done)
}
