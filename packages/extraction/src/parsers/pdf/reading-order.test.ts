import { describe, expect, test } from 'vitest'
import { readHere } from '../../testing/read-here.ts'
import { pdfFile } from '../../testing/sample-files.ts'

type Line = readonly [x: number, y: number, words: string]
const content = (lines: readonly Line[], size = 10) => lines.map(([x, y, words]) => `BT /F1 ${size} Tf ${x} ${y} Td (${words.replace(/[()\\]/g, '\\$&')}) Tj ET`).join('\n')

/** The text of a page, after each word that has a place was found where its box says. */
async function read(lines: readonly Line[], options: Parameters<typeof pdfFile>[1] = {}) {
  const { pages: [page], boxes: [boxes = []] } = await readHere(pdfFile([content(lines)], options))
  const text = page?.text ?? ''
  expect(boxes.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text.replace(/\s/g, ''))
  return { text, boxes }
}

const left = ['The yard opened at seven and the', 'boats were lifted until noon. After', 'that the crane stood still for the', 'rest of the day, as nobody had a', 'licence to drive it, and the men', 'went to mend nets in the loft.']
const right = ['In the spring a new driver came', 'who had learned his trade on the', 'coast of Norway. He lifted more', 'boats in a week than the others', 'had lifted in a month, and the', 'harbour master was pleased.']
/** Both columns, line by line across them. */
const across = (a: readonly string[], b: readonly string[], y = 700): Line[] =>
  a.flatMap((words, line): Line[] => [[60, y - line * 12, words], ...(b[line] === undefined ? [] : [[320, y - line * 12, b[line]] as const])])

describe('columns that the file writes across', () => {
  test('are read one after another, and words keep their places', async () => {
    const { text, boxes } = await read(across(left, right))
    expect(text).toBe(`${left.join('\n')}\n\n${right.join('\n')}`)
    const of = (word: string) => boxes.find(({ start, end }) => text.slice(start, end) === word)
    expect(of('licence')?.left).toBeLessThan(0.2)
    expect(of('Norway.')?.left).toBeGreaterThan(0.5)
    expect(of('Norway.')?.top).toBeCloseTo(of('that')?.top ?? 0, 3)
  })

  test('three of them, between a heading and a foot that go across', async () => {
    const narrow = (words: readonly string[], x: number) => words.map((line, at): Line => [x, 680 - at * 12, line.slice(0, 24)])
    const [a, b, c] = [narrow(left, 60), narrow(right, 220), narrow(left.toReversed(), 380)]
    const lines = a.flatMap((line, at) => [line, ...[b[at], c[at]].filter((other) => other !== undefined)])
    const { text } = await read([[60, 720, 'Everything about the harbour of the town and about the people who work in it from day to day'], ...lines, [60, 560, 'Printed by the harbour office of the town, which is open on all days of the week but Sundays'], [60, 548, 'and on holidays']])
    const column = (of: readonly Line[]) => of.map(([, , words]) => words.trim()).join('\n')
    expect(text).toBe(`Everything about the harbour of the town and about the people who work in it from day to day\n\n${column(a)}\n\n${column(b)}\n\n${column(c)}\n\nPrinted by the harbour office of the town, which is open on all days of the week but Sundays\nand on holidays`)
  })

  test('also on a page that is turned as it is shown', async () => {
    const lines = across(left, right).map(([x, y, words]) => `BT /F1 10 Tf 0 1 -1 0 ${792 - y} ${x} Tm (${words}) Tj ET`)
    const { pages: [page] } = await readHere(pdfFile([lines.join('\n')], { pageKeys: '/Rotate 90' }))
    expect(page?.text).toBe(`${left.join('\n')}\n\n${right.join('\n')}`)
  })

  test('words divided at the ends of their lines are whole again', async () => {
    const [a, b] = [[...left.slice(0, 3), 'rest of the day, as nobody had a li-', 'cence to drive it, and the men'], [...right.slice(0, 3), 'boats in a week than all the oth-', 'ers had lifted in a month, and the']]
    const { text } = await read(across(a, b))
    expect(text).toContain('nobody had a licence to drive')
    expect(text).toContain('all the others had lifted')
    expect(text).not.toContain('-')
  })

  test('the longer one goes on to its end', async () => {
    const { text } = await read(across([...left, 'Nets of cotton rot, those of', 'nylon do not.'], right))
    expect(text).toBe(`${[...left, 'Nets of cotton rot, those of', 'nylon do not.'].join('\n')}\n\n${right.join('\n')}`)
  })

  test('cells that hold sentences are read row by row', async () => {
    const rows = [0, 1, 2].flatMap((row) => across(left.slice(row * 2, row * 2 + 2), right.slice(row * 2, row * 2 + 2), 700 - row * 40))
    const row = (at: number) => `${left.slice(at, at + 2).join(' ')}\t${right.slice(at, at + 2).join(' ')}`
    expect((await read(rows)).text).toBe([row(0), row(2), row(4)].join('\n'))
  })
})

describe('the order of the file stays', () => {
  const inTurn = (a: readonly string[], b: readonly string[]): Line[] => [...a.map((words, at): Line => [60, 700 - at * 12, words]), ...b.map((words, at): Line => [320, 700 - at * 12, words])]

  test('where it has a column after another', async () => {
    expect((await read(inTurn(left, right))).text).toBe(`${left.join('\n')}\n\n${right.join('\n')}`)
  })

  test('where sentences have wide spaces that do not stand below each other', async () => {
    const lines = left.flatMap((words, at): Line[] => [[60, 700 - at * 12, words.slice(0, 12).trim()], [140 + (at % 3) * 40, 700 - at * 12, words.slice(12).trim()]])
    const { text } = await read(lines)
    expect(text.replaceAll('\n', ' ')).toBe(lines.map(([, , words]) => words).join(' '))
  })

  test('where letters run from right to left', async () => {
    const font = '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Type /Encoding /Differences [65 /afii57664 /afii57665 /afii57666] >> >>'
    const lines = across(Array.from({ length: 6 }, () => 'ABC CBA BAC ABC CBA BAC'), Array.from({ length: 6 }, () => 'BAC ABC CBA BAC ABC CBA'))
    const { pages: [page] } = await readHere(pdfFile([content(lines).replaceAll('/F1', '/F2')], { more: [font], fonts: '/F2 6 0 R' }))
    expect(page?.text.split('\n').map((line) => /^[א-ת]/.test(line) && line.length > 40)).toEqual(Array.from({ length: 6 }, () => true))
  })
})

describe('tables', () => {
  const rows = [['Berth', 'Length', 'Fee a year'], ['North quay', '12 m', '840.00'], ['Old basin', '9.5 m', '615.00'], ['Slip', '7 m', '402.50']]
  const edges = [60, 200, 300]
  const lines = rows.flatMap((cells, row) => cells.map((words, column): Line => [edges[column] ?? 0, 700 - row * 20, words]))
  const shown = rows.map((cells) => cells.join('\t')).join('\n')

  test('are rows with tabs between their cells', async () => {
    const { text } = await read([[60, 740, 'Fees of the berths in the coming year'], ...lines, [60, 600, 'Fees are due in March.']])
    expect(text).toBe(`Fees of the berths in the coming year\n\n${shown}\n\nFees are due in March.`)
  })

  test('also where cells stand a little higher or lower than their neighbours', async () => {
    const { text } = await read(lines.map(([x, y, words], at): Line => [x, y + (at % 3) * 2, words]))
    expect(text).toBe(shown)
  })

  test('a cell that takes two lines stays one', async () => {
    const { text } = await read([...lines.slice(0, 6), [60, 660, 'Slip'], [200, 660, '7 m'], [300, 660, 'from 402.50 to 500 by'], [300, 648, 'the weight of the boat'], [60, 630, 'Pier'], [200, 630, '5 m'], [300, 630, '300.00']])
    expect(text).toContain('Slip\t7 m\tfrom 402.50 to 500 by the weight of the boat\nPier\t5 m\t300.00')
  })

  test('that the file has cell by cell, each with all its lines, are rows as well', async () => {
    const cell = (x: number, y: number, ...words: string[]) => words.map((line, at): Line => [x, y - at * 12, line])
    const table = [
      [cell(60, 700, 'Berth'), cell(220, 700, 'Remarks'), cell(420, 700, 'Fee')],
      [cell(60, 680, 'North quay, where the old', 'crane stood until it was sold'), cell(220, 680, 'Deep enough for all boats but', 'open to the swell'), cell(420, 680, '840.00')],
      [cell(60, 638, 'Old basin'), cell(220, 650, 'Dries out at low water so that', 'boats lie on their side for some', 'hours'), cell(420, 638, '615.00')],
    ]
    const { text } = await read([...table.flat(2), [60, 600, 'Fees are due in March, and the harbour master keeps the boats of']])
    expect(text).toBe('Berth\tRemarks\tFee\nNorth quay, where the old crane stood until it was sold\tDeep enough for all boats but open to the swell\t840.00\n'
      + 'Old basin\tDries out at low water so that boats lie on their side for some hours\t615.00\n\nFees are due in March, and the harbour master keeps the boats of')
  })

  test('two rows are none', async () => {
    expect((await read(lines.slice(0, 6))).text).not.toContain('\t')
  })
})
