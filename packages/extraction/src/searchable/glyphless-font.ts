/** Of the one glyph of the font, in units of which its em has `unitsPerEm`: letters are placed and stretched by whoever writes them. */
export const advance = 500
export const unitsPerEm = 1_000

const glyphs = 2
const [magic, sumOfAll] = [0x5f0f3cf5, 0xb1b0afba]

const words = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [(value >> 8) & 255, value & 255]))
const longs = (...values: number[]): Buffer => Buffer.from(values.flatMap((value) => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]))
const zeros = (bytes: number): Buffer => Buffer.alloc(bytes)

/** A line that goes to the upper right corner and back: it covers nothing, and still the glyph has a size, without which some readers drop letters that stand upright. */
const glyph = Buffer.concat([words(1, 0, 0, advance, unitsPerEm, 1, 0), Buffer.from([1, 1]), words(0, advance, 0, unitsPerEm)])

/** The tables that a TrueType font must have (ISO/IEC 14496-22), in the order of their tags. */
const tables = (): [string, Buffer][] => [
  // One subtable, of format 4 without a letter: which glyph a letter has is told by the PDF.
  ['cmap', Buffer.concat([words(0, 1, 3, 1), longs(12), words(4, 24, 0, 2, 2, 0, 0, 0xffff, 0, 0xffff, 1, 0)])],
  ['glyf', glyph],
  ['head', Buffer.concat([longs(0x10000, 0x10000, 0, magic), words(0, unitsPerEm), zeros(16), words(0, 0, advance, unitsPerEm, 0, 8, 2, 0, 0)])],
  ['hhea', Buffer.concat([longs(0x10000), words(unitsPerEm, 0, 0, advance), zeros(6), words(1, 0, 0), zeros(10), words(1)])],
  ['hmtx', words(advance, 0, 0)],
  ['loca', words(0, 0, glyph.length / 2)],
  ['maxp', Buffer.concat([longs(0x10000), words(glyphs, 2, 1, 0, 0, 1), zeros(16)])],
  ['name', words(0, 0, 6)],
  ['post', Buffer.concat([longs(0x30000), zeros(28)])],
]

const padded = (table: Buffer): Buffer => Buffer.concat([table, zeros(-table.length & 3)])

/** The sum of a table's 32-bit words. */
function sumOf(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += 4) sum = (sum + bytes.readUInt32BE(at)) >>> 0
  return sum
}

/** A TrueType font whose glyphs show nothing: text in it can be selected, searched and copied over a picture of the same words. Half as wide as high, without descent. */
export function glyphlessFont(): Buffer {
  const all = tables()
  const power = 2 ** Math.floor(Math.log2(all.length))
  const head = Buffer.concat([longs(0x10000), words(all.length, power * 16, Math.log2(power), (all.length - power) * 16)])
  let offset = head.length + all.length * 16
  let headAt = 0
  const directory = all.map(([tag, table]) => {
    const entry = Buffer.concat([Buffer.from(tag, 'latin1'), longs(sumOf(padded(table)), offset, table.length)])
    if (tag === 'head') headAt = offset
    offset += padded(table).length
    return entry
  })
  const font = Buffer.concat([head, ...directory, ...all.map(([, table]) => padded(table))])
  // In the place that `head` has for it.
  font.writeUInt32BE((sumOfAll - sumOf(font)) >>> 0, headAt + 8)
  return font
}

/** Which glyph a code has: each the one that shows nothing. Two bytes a code. */
export const glyphOfEachCode = (): Buffer => Buffer.alloc(65_536 * 2, Buffer.from([0, 1]))
