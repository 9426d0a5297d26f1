import { openCompound } from '../../archive/compound.ts'
import { ExtractionError } from '../../errors.ts'
import { createTextBudget } from '../office/budget.ts'
import type { ParserInput } from '../parser.types.ts'
import { unlockedPresentation } from './ppt-lock.ts'
import { recordAt, recordsOf, textBeside, textOf, types, walk, type PptRecord } from './ppt-records.ts'
import { summaryOf } from './summary.ts'

const lists = { slides: 0, notes: 2 }
/** How the stream of the current user begins when the rest is encrypted ([MS-PPT] 2.3.2). */
const encryptedToken = 0xf3d1c4df
/** A file that is saved again and again tells of all its edits; honest ones of some dozens. */
const maxEdits = 1_000
/** Of a locked file, edits end with the number of the record that says how. */
const sessionEnd = 32

/** Where the newest record of each number lies, the number of the document's, and of that which says how the file is locked. */
type Newest = { places: Map<number, number>; document: number; session: number | null }

/** The newest records; null where the way there is broken. */
function newestRecords(stream: Buffer, currentUser: Buffer): Newest | null {
  const places = new Map<number, number>()
  let document: number | null = null
  let session: number | null = null
  const met = new Set<number>()
  for (let at = currentUser.readUInt32LE(16); at !== 0 && !met.has(at) && met.size < maxEdits;) {
    met.add(at)
    const edit = recordAt(stream, at)
    if (edit?.type !== types.userEdit || edit.data.length < 20) break
    document ??= edit.data.readUInt32LE(16)
    if (edit.data.length >= sessionEnd) session ??= edit.data.readUInt32LE(sessionEnd - 4)
    const directory = recordAt(stream, edit.data.readUInt32LE(12))
    if (directory?.type === types.persistDirectory) notePlaces(directory.data, places)
    at = edit.data.readUInt32LE(8)
  }
  return document === null ? null : { places, document, session }
}

function notePlaces(directory: Buffer, places: Map<number, number>): void {
  for (let at = 0; at + 4 <= directory.length;) {
    const head = directory.readUInt32LE(at)
    at += 4
    for (let [number, left] = [head & 0xfffff, head >>> 20]; left > 0 && at + 4 <= directory.length; number += 1, left -= 1, at += 4) {
      if (!places.has(number)) places.set(number, directory.readUInt32LE(at))
    }
  }
}

/** A slide or its notes as the document lists them: where its record is, its number, and the words that its placeholders refer to. */
type Listed = { readonly place: number | undefined; readonly id: number; readonly outline: string[] }

function listed(document: PptRecord, instance: number, places: ReadonlyMap<number, number>): Listed[] {
  const items: Listed[] = []
  const list = recordsOf(document.data).find((record) => record.type === types.slideList && record.instance === instance)
  for (const record of list === undefined ? [] : recordsOf(list.data)) {
    const text = textOf(record)
    if (text !== null) items.at(-1)?.outline.push(text)
    if (record.type === types.slidePersist && record.data.length >= 16)
      items.push({ place: places.get(record.data.readUInt32LE(0)), id: record.data.readUInt32LE(12), outline: [] })
  }
  return items
}

/** Words of a slide or of notes: those in its shapes, of its footer and comments, and those of the outline, each where a shape refers to it, else at the end. */
function wordsOf(record: PptRecord | null, outline: readonly string[]): string {
  const texts: string[] = []
  const left = new Set(outline.keys())
  walk(record?.data ?? Buffer.alloc(0), (one) => {
    const index = one.type === types.outlineText && one.data.length >= 4 ? one.data.readUInt32LE(0) : null
    if (index !== null && left.delete(index)) texts.push(outline[index] ?? '')
    const text = textOf(one)
    if (text !== null) texts.push(text)
    texts.push(...textBeside(one))
  })
  // A star stands for the number of the slide or the date.
  return [...texts, ...[...left].map((index) => outline[index] ?? '')].filter((text) => text !== '' && text !== '*').join('\n')
}

function slidesOf(stream: Buffer, newest: Newest | null): string[] {
  const document = newest === null ? null : recordAt(stream, newest.places.get(newest.document) ?? -1)
  if (newest === null || document?.type !== types.document) {
    // Without its directory the slides are there all the same, in the order in which they were saved.
    return recordsOf(stream).filter(({ type }) => type === types.slide).map((slide) => wordsOf(slide, []))
  }
  const notes = new Map<number, string>()
  for (const { place, outline } of listed(document, lists.notes, newest.places)) {
    const record = place === undefined ? null : recordAt(stream, place)
    const atom = record?.type === types.notes ? recordsOf(record.data).find(({ type }) => type === types.notesAtom) : undefined
    if (atom !== undefined && atom.data.length >= 4) notes.set(atom.data.readUInt32LE(0), wordsOf(record, outline))
  }
  return listed(document, lists.slides, newest.places).map(({ place, id, outline }) => {
    const record = place === undefined ? null : recordAt(stream, place)
    return [wordsOf(record?.type === types.slide ? record : null, outline), notes.get(id) ?? ''].filter((text) => text !== '').join('\n\n')
  })
}

function unlocked(stream: Buffer, newest: Newest | null, input: ParserInput): Buffer {
  if (newest === null || newest.session === null) throw new ExtractionError('corrupt', 'the presentation does not say how it is locked', { mime: input.mime })
  return unlockedPresentation(stream, { places: newest.places, session: newest.session }, input)
}

/** A page a slide: what is on it, then its notes. What only the master shows is not repeated; macros and objects are left alone. */
export function parse(input: ParserInput): Promise<void> {
  const compound = openCompound(input.file.bytes())
  input.facts(() => summaryOf(compound))
  const [stream, user] = [compound.find('PowerPoint Document'), compound.find('Current User')]
  if (stream === undefined) throw new ExtractionError('corrupt', 'the file has no presentation', { mime: input.mime })
  const currentUser = Buffer.concat([user === undefined ? Buffer.alloc(0) : compound.read(user), Buffer.alloc(20)])
  const bytes = compound.read(stream)
  const newest = newestRecords(bytes, currentUser)
  const slides = slidesOf(currentUser.readUInt32LE(12) === encryptedToken ? unlocked(bytes, newest, input) : bytes, newest)
  if (slides.length === 0) throw new ExtractionError('corrupt', 'the presentation has no slide', { mime: input.mime })
  input.total(slides.length)
  const budget = createTextBudget(input.limits.outputBytes)
  for (const slide of slides) input.page(budget.take(slide))
  return Promise.resolve()
}
