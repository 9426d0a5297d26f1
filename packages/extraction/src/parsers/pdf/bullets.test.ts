import { expect, test } from 'vitest'
import { readHere } from '../../testing/read-here.ts'
import { pdfFile } from '../../testing/sample-files.ts'

const at = (x: number, y: number, words: string, font = 'F1') => `BT /${font} 12 Tf ${x} ${y} Td (${words}) Tj ET`
/** A font whose `A` is a bullet to whoever looks: `name` is what it is called, `sign` what it says the letter is. */
const signs = (name: string, sign: string) => ({
  fonts: '/F2 6 0 R',
  more: [
    `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding /ToUnicode 7 0 R >>`,
    ((map: string) => `<< /Length ${map.length} >>\nstream\n${map}\nendstream`)(`1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <41> <${sign}> endbfchar`),
  ],
})

async function read(contents: readonly string[], options = {}) {
  const { pages: [page], boxes: [boxes = []] } = await readHere(pdfFile([contents.join('\n')], options))
  const text = page?.text ?? ''
  expect(boxes.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text.replace(/\s/g, ''))
  return text
}

const entries = [at(60, 714, 'Bring along'), at(60, 700, 'A', 'F2'), at(80, 700, 'the key'), at(60, 686, 'A', 'F2'), at(80, 686, 'the card')]

test.each([['Wingdings-Regular', 'F0A7'], ['Wingdings-Regular', '00A7'], ['SymbolMT', 'F0B7']])('a sign of %s that the file calls %s is a bullet, on the line of its entry', async (font, sign) => {
  expect(await read(entries, signs(font, sign))).toBe('Bring along\n• the key\n• the card')
})

test('the same letter in letters for reading stays', async () => {
  expect(await read(entries, signs('Helvetica', '00A7'))).toBe('Bring along\n§ the key\n§ the card')
})

test('marks that stand far from their entries are on their lines, and make no table', async () => {
  const lines = ['1.', '2.', '3.'].flatMap((mark, row) => [at(60, 700 - row * 14, mark), at(90, 700 - row * 14, `entry ${mark}`)])
  expect(await read(lines)).toBe('1. entry 1.\n2. entry 2.\n3. entry 3.')
})
