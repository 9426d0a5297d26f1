/** Where the list of pages with the properties of paragraphs stands ([MS-DOC] 2.5.6), and how those are laid out (2.9.175). */
const [pagesAt, pageBytes, mostParagraphs, boxBytes] = [0x102, 512, 29, 13]
/** What the properties of a paragraph that ends a row say, or that they are too long for a page, as only those of rows are. */
const endsRow = new Set([0x2417, 0x6646])
/** The definition of a table alone has a length of two bytes. */
const tableDefinition = 0xd608
/** Bytes of what a property says, by its kind; of the sixth kind a byte says so. */
const operandBytes = [1, 1, 2, 4, 2, 2, null, 3]

/** The properties of the paragraph whose place on its page is `at`. */
function propertiesAt(page: Buffer, at: number): Buffer {
  const words = page[at] ?? 0
  const [start, length] = words === 0 ? [at + 2, (page[at + 1] ?? 0) * 2] : [at + 1, words * 2 - 1]
  // Before them stands the number of the style.
  return page.subarray(start + 2, start + length)
}

function saysRowEnds(properties: Buffer): boolean {
  for (let at = 0; at + 3 <= properties.length;) {
    const property = properties.readUInt16LE(at)
    if (endsRow.has(property)) return properties[at + 2] !== 0
    const said = property === tableDefinition ? (properties[at + 2] ?? 0) + ((properties[at + 3] ?? 0) << 8) + 1 : operandBytes[property >> 13] ?? (properties[at + 2] ?? 0) + 1
    at += 2 + said
  }
  return false
}

/** Offsets in the main stream behind the signs that end rows of tables; none where the file does not say. What is damaged of this is left out. */
export function rowEnds(main: Buffer, tables: Buffer): ReadonlySet<number> {
  const ends = new Set<number>()
  const [start, length] = [main.readUInt32LE(pagesAt), main.readUInt32LE(pagesAt + 4)]
  const list = tables.subarray(start, start + length)
  const count = Math.max(0, Math.floor((list.length - 4) / 8))
  const numbers = new Set(Array.from({ length: count }, (_, index) => list.readUInt32LE((count + 1 + index) * 4) & 0x3fffff))
  for (const number of numbers) {
    const page = main.subarray(number * pageBytes, (number + 1) * pageBytes)
    const paragraphs = Math.min(mostParagraphs, page[pageBytes - 1] ?? 0)
    for (let index = 0; index < paragraphs; index += 1) {
      const at = (page[(paragraphs + 1) * 4 + index * boxBytes] ?? 0) * 2
      if (at > 0 && saysRowEnds(propertiesAt(page, at))) ends.add(page.readUInt32LE((index + 1) * 4))
    }
  }
  return ends
}
