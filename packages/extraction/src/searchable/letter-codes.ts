/** Codes of two bytes stand for the letters of the first plane; those of surrogates, which are none, for as many letters beyond it as a document has. */
const [firstSpare, spares] = [0xd800, 2_048]
const firstPlane = 0xffff
const replacement = 0xfffd

export type LetterCodes = {
  /** The code that the letter is written by. U+FFFD where a document has too many letters beyond the first plane. */
  codeOf(letter: number): number
  /** A CMap (PDF 32000-1, 9.10.3) that tells the letter of each code. Of the letters that were asked for. */
  toUnicode(): string
}

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(4, '0')
const utf16 = (letter: number): string => [...String.fromCodePoint(letter)].flatMap((one) => one.split('')).map((unit) => hex(unit.charCodeAt(0))).join('')

/** Sections of a CMap have 100 lines at most. */
const mostLines = 100
function* sections(kind: string, lines: readonly string[]): Generator<string> {
  for (let at = 0; at < lines.length; at += mostLines) {
    const some = lines.slice(at, at + mostLines)
    yield [`${some.length} begin${kind}`, ...some, `end${kind}`].join('\n')
  }
}

/** A code for each letter of Unicode that a document has. */
export function createLetterCodes(): LetterCodes {
  const beyond = new Map<number, number>()
  return {
    codeOf: (letter) => {
      if (letter <= firstPlane) return letter >= firstSpare && letter < firstSpare + spares ? replacement : letter
      const known = beyond.get(letter)
      if (known !== undefined) return known
      if (beyond.size === spares) return replacement
      beyond.set(letter, firstSpare + beyond.size)
      return firstSpare + beyond.size - 1
    },
    toUnicode: () => {
      // A range may differ in its last byte only.
      const rows = Array.from({ length: 256 }, (_, row) => row * 256).filter((row) => row < firstSpare || row >= firstSpare + spares)
      const ranges = rows.map((row) => `<${hex(row)}> <${hex(row + 255)}> <${hex(row)}>`)
      const singles = [...beyond].map(([letter, code]) => `<${hex(code)}> <${utf16(letter)}>`)
      return [
        '/CIDInit /ProcSet findresource begin', '12 dict begin', 'begincmap', '/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def',
        '/CMapName /Adobe-Identity-UCS def', '/CMapType 2 def', '1 begincodespacerange', '<0000> <FFFF>', 'endcodespacerange',
        ...sections('bfrange', ranges), ...sections('bfchar', singles), 'endcmap', 'CMapName currentdict /CMap defineresource pop', 'end', 'end', '',
      ].join('\n')
    },
  }
}
