import { expect, test } from 'vitest'
import { readHere } from '../../testing/read-here.ts'
import { pdfFile } from '../../testing/sample-files.ts'
import { withParagraphs } from './paragraphs.ts'

const at = (x: number, y: number, size: number, words: string) => `BT /F1 ${size} Tf ${x} ${y} Td (${words}) Tj ET`

const fonts = { fonts: '/F2 6 0 R', more: ['<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>'] }

async function read(...lines: string[]) {
  const { pages: [page], boxes: [boxes = []] } = await readHere(pdfFile([lines.join('\n')], fonts))
  return { text: page?.text ?? '', words: boxes.map(({ start, end }) => page?.text.slice(start, end)) }
}

test('paragraphs are told apart by the room between them, and words keep their places', async () => {
  const { text, words } = await read(
    at(60, 700, 12, 'The yard opened at seven'), at(60, 686, 12, 'and closed at nine.'), at(60, 660, 12, 'Boats came in'), at(60, 646, 12, 'with the tide.'), at(60, 632, 12, 'Nobody waited.'),
  )
  expect(text).toBe('The yard opened at seven\nand closed at nine.\n\nBoats came in\nwith the tide.\nNobody waited.')
  expect(words).toEqual(text.split(/\s+/))
})

test('a heading in larger letters stands by itself, and so does what goes on at the top of a column', async () => {
  const { text, words } = await read(
    at(60, 700, 20, 'Storm damage'), at(60, 678, 12, 'The roof went'), at(60, 664, 12, 'in the night'), at(60, 650, 12, 'of the twelfth'),
    at(320, 678, 12, 'and was found'), at(320, 664, 12, 'on the quay'),
  )
  expect(text).toBe('Storm damage\n\nThe roof went\nin the night\nof the twelfth\n\nand was found\non the quay')
  expect(words).toEqual(text.split(/\s+/))
})

test('lines as far apart as all others are one paragraph, however wide they stand', async () => {
  const { text } = await read(at(60, 700, 12, 'one'), at(60, 670, 12, 'two'), at(60, 640, 12, 'three'))
  expect(text).toBe('one\ntwo\nthree')
})

test('an empty line that the file has itself is not doubled, so that the words after it keep their places', () => {
  const text = 'one\n\ntwo\nthree'
  const word = (start: number, end: number, top: number, bottom: number) => ({ start, end, character: start, left: 0.1, right: 0.3, top, bottom })
  const boxes = [word(0, 3, 0.1, 0.12), word(5, 8, 0.3, 0.34), word(9, 14, 0.5, 0.52)]
  const placed = withParagraphs({ text, boxes }, { isBold: () => false })
  expect(placed.text).toBe('one\n\ntwo\n\nthree')
  expect(placed.boxes.map(({ start, end }) => placed.text.slice(start, end))).toEqual(['one', 'two', 'three'])
})

test('an entry of a list whose mark is larger than its letters is one paragraph', async () => {
  const { text } = await read(at(60, 700, 12, 'Bring along'), at(60, 686, 18, '-'), at(80, 686, 12, 'the key of'), at(80, 672, 12, 'the yard'))
  expect(text).toBe('Bring along\n- the key of\nthe yard')
})

const bold = (x: number, y: number, words: string) => at(x, y, 12, words).replace('/F1', '/F2')

test('a short line in bold letters is a heading; bold words within sentences are none, nor is a page of nothing else', async () => {
  const { text, words } = await read(
    at(60, 700, 12, 'The yard opened at seven'), bold(60, 686, 'Storm damage'), bold(60, 672, 'of the twelfth'), at(60, 658, 12, 'The roof went, as'), bold(60, 644, 'was to be expected,'), at(60, 630, 12, 'in the night.'),
  )
  expect(text).toBe('The yard opened at seven\n\nStorm damage\nof the twelfth\n\nThe roof went, as\nwas to be expected,\nin the night.')
  expect(words).toEqual(text.split(/\s+/))
  expect((await read(bold(60, 700, 'All of it'), bold(60, 686, 'In bold letters'))).text).toBe('All of it\nIn bold letters')
})
