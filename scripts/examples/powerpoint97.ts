import { compoundFile } from './compound.ts'

export type OldSlide = { readonly title: string; readonly body: string; readonly notes?: string; readonly footer?: string; readonly comment?: string }

function record(type: number, content: Buffer | Buffer[], instance = 0): Buffer {
  const data = Array.isArray(content) ? Buffer.concat(content) : content
  const head = Buffer.alloc(8)
  head.writeUInt16LE((instance << 4) | (Array.isArray(content) ? 15 : 0))
  head.writeUInt16LE(type, 2)
  head.writeUInt32LE(data.length, 4)
  return Buffer.concat([head, data])
}
const u32 = (...values: number[]): Buffer => {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32LE(value >>> 0, index * 4))
  return bytes
}
const wide = (text: string): Buffer => record(4_000, Buffer.from(text, 'utf16le'))
/** A shape with words of its own, or with those of the outline. */
const shape = (content: Buffer): Buffer => record(0xf004, [record(0xf00d, [content])])
const drawing = (...shapes: Buffer[]): Buffer => record(1_036, [record(0xf002, [record(0xf003, shapes)])])
const persist = (number: number, id: number): Buffer => record(1_011, u32(number, 0, 0, id, 0))

const string = (text: string, instance: number): Buffer => record(4_026, Buffer.from(text, 'utf16le'), instance)
/** A footer, and a comment where versions since 2002 keep it: in a block of bytes for programs that know it. */
const besides = (footer?: string, comment?: string): Buffer[] => [
  ...footer === undefined ? [] : [record(4_057, [string(footer, 2)])],
  ...comment === undefined ? [] : [record(5_000, [record(5_002, [string('___PPT10', 0), record(5_003, record(12_000, [string('Ada', 0), string(comment, 1)]))])])],
]

/**
 * A presentation of PowerPoint 97 with what carries its words and no more ([MS-PPT]). Titles stand in the outline, and the shapes refer to them; bodies stand in
 * their shapes. The slides lie in the file in reverse, so that only the document's list tells their order.
 */
export function powerpoint97(slides: readonly OldSlide[]): Buffer {
  const id = (index: number) => 256 + index
  const noted = slides.flatMap(({ notes }, index) => notes === undefined ? [] : [{ notes, index }])
  const numbers = { document: 1, slide: (index: number) => 2 + index, notes: (index: number) => 2 + slides.length + index }
  const parts: { number: number; bytes: Buffer }[] = [
    ...slides.map(({ body, footer, comment }, index) => ({
      number: numbers.slide(index), bytes: record(1_006, [record(1_007, Buffer.alloc(24)), drawing(shape(record(3_998, u32(0))), shape(record(4_008, Buffer.from(body, 'latin1')))), ...besides(footer, comment)]),
    })).toReversed(),
    ...noted.map(({ notes, index }, position) => ({ number: numbers.notes(position), bytes: record(1_008, [record(1_009, u32(id(index), 0)), drawing(shape(wide(notes)))]) })),
    {
      number: numbers.document,
      bytes: record(1_000, [
        record(4_080, slides.flatMap(({ title }, index) => [persist(numbers.slide(index), id(index)), record(3_999, u32(0)), wide(title)])),
        record(4_080, noted.map((_, position) => persist(numbers.notes(position), id(position))), 2),
      ]),
    },
  ]
  const places = new Map<number, number>()
  let at = 0
  for (const { number, bytes } of parts) {
    places.set(number, at)
    at += bytes.length
  }
  const all = [...places.keys()].toSorted((a, b) => a - b)
  const directory = record(6_002, u32(1 | (all.length << 20), ...all.map((number) => places.get(number) ?? 0)))
  const edit = record(4_085, u32(0, 0, 0, at, numbers.document, all.length, 0))
  const user = record(4_086, u32(20, 0xe391c05f, at + directory.length, 0, 0))
  return compoundFile({ 'PowerPoint Document': Buffer.concat([...parts.map(({ bytes }) => bytes), directory, edit]), 'Current User': user })
}
