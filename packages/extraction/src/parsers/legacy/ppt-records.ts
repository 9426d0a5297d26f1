/** One record of a presentation of PowerPoint 97 to 2003 ([MS-PPT] 2.3.1). `data` of a container is its records. */
export type PptRecord = { readonly type: number; readonly instance: number; readonly container: boolean; readonly data: Buffer; readonly next: number }

export const types = {
  document: 1_000, slide: 1_006, notes: 1_008, notesAtom: 1_009, slidePersist: 1_011, outlineText: 3_998, chars: 4_000, bytes: 4_008, string: 4_026, slideList: 4_080,
  userEdit: 4_085, binaryTag: 5_003, persistDirectory: 6_002, comment: 12_000, session: 12_052,
} as const

const headBytes = 8
/** Groups of shapes stand within each other; honest ones by a few levels. */
const maxDepth = 64

/** The record at `at`; null at the end. One that is longer than what there is, is cut. */
export function recordAt(bytes: Buffer, at: number): PptRecord | null {
  if (at < 0 || at + headBytes > bytes.length) return null
  const head = bytes.readUInt16LE(at)
  const end = Math.min(bytes.length, at + headBytes + bytes.readUInt32LE(at + 4))
  return { type: bytes.readUInt16LE(at + 2), instance: head >> 4, container: (head & 15) === 15, data: bytes.subarray(at + headBytes, end), next: end }
}

export function recordsOf(bytes: Buffer): PptRecord[] {
  const records: PptRecord[] = []
  for (let record = recordAt(bytes, 0); record !== null; record = recordAt(bytes, record.next)) records.push(record)
  return records
}

/** Calls `visit` for every record that is no container, in the order of the file. */
export function walk(bytes: Buffer, visit: (record: PptRecord) => void, depth = 0): void {
  for (let record = recordAt(bytes, 0); record !== null; record = recordAt(bytes, record.next)) {
    if (!record.container) visit(record)
    else if (depth < maxDepth) walk(record.data, visit, depth + 1)
  }
}

/** What strings say that stand beside the shapes, by their instance. */
const strings = { comment: 1, footer: 2 }

/** Footers of a slide, and the comments on it: they lie in what versions since 2002 add, which is no container to older ones. */
export function textBeside(record: PptRecord): string[] {
  if (record.type === types.string && record.instance === strings.footer) return [record.data.toString('utf16le').trim()]
  if (record.type !== types.binaryTag) return []
  return recordsOf(record.data).filter(({ type }) => type === types.comment).flatMap(({ data }) => recordsOf(data))
    .filter(({ type, instance }) => type === types.string && instance === strings.comment).map(({ data }) => data.toString('utf16le').trim())
}

/** Words of a record of text; null for any other. Letters of one byte are the first 256 of Unicode. */
export function textOf({ type, data }: PptRecord): string | null {
  if (type !== types.chars && type !== types.bytes) return null
  const text = data.toString(type === types.chars ? 'utf16le' : 'latin1')
  return text.replace(/[\r\u000b]/g, '\n').trim()
}
