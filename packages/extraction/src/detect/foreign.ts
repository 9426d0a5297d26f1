/** Kinds of old office files that no reader of ours knows and LibreOffice does, by how their bytes begin. */
const kinds: readonly { mime: string; bytes: readonly number[] }[] = [
  // A document (0x0a) of WordPerfect (1), behind where its text begins.
  { mime: 'application/vnd.wordperfect', bytes: [0xff, 0x57, 0x50, 0x43, NaN, NaN, NaN, NaN, 1, 0x0a] },
  // Lotus 1-2-3 from 1A to 97.
  { mime: 'application/vnd.lotus-1-2-3', bytes: [0, 0, 2, 0, 4, 4] },
  { mime: 'application/vnd.lotus-1-2-3', bytes: [0, 0, 2, 0, 6, 4] },
  { mime: 'application/vnd.lotus-1-2-3', bytes: [0, 0, 0x1a, 0, 0, 0x10, 4, 0] },
  { mime: 'application/vnd.lotus-1-2-3', bytes: [0, 0, 0x1a, 0, 2, 0x10, 4, 0] },
  // Sheets of Excel 2, 3 and 4, which are no compound files.
  { mime: 'application/vnd.ms-excel', bytes: [9, 0, 4, 0, NaN, NaN, 0x10, 0] },
  { mime: 'application/vnd.ms-excel', bytes: [9, 2, 6, 0, NaN, NaN, 0x10, 0] },
  { mime: 'application/vnd.ms-excel', bytes: [9, 4, 6, 0, NaN, NaN, 0x10, 0] },
]

/** What an old office file is; null for all others. */
export function detectForeign(head: Buffer): string | null {
  return kinds.find(({ bytes }) => bytes.every((byte, index) => Number.isNaN(byte) || head[index] === byte))?.mime ?? null
}
