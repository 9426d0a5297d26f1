import { expect, test } from 'vitest'
import { binaryWorkbook, letters, record, u32 } from '../../../../../scripts/examples/xlsb.ts'
import { readHere, textsOf } from '../../testing/read-here.ts'

const relations = (...targets: [type: string, target: string][]) =>
  `<Relationships>${targets.map(([type, target], index) => `<Relationship Id="rId${index + 1}" Type="x/${type}" Target="${target}"/>`).join('')}</Relationships>`

test('each sheet of a binary workbook is a page with its name, a hidden one says so, and dates are dates', async () => {
  const file = binaryWorkbook([
    { name: 'Money', header: '&LConfidential &P', rows: [['shared', 'Šál 東京', 'shared'], [1, -7, 0.1, true], [{ value: 45_443, format: 'yyyy-mm-dd' }, { value: 0.07, format: '0%' }, { formula: 42.5 }, { formula: 'joined' }], [null, 'after a\ngap']] },
    { name: 'Behind', hidden: true, rows: [['seen by nobody']] },
  ])
  const found = await readHere(file, { fileName: 'a.txt' })
  expect(found).toMatchObject({ mime: 'application/vnd.ms-excel.sheet.binary.macroenabled.12', format: 'xlsb' })
  expect(found.pages.map(({ text }) => text)).toEqual([
    'Money\nshared\tŠál 東京\tshared\n1\t-7\t0.1\tTRUE\n2024-05-31\t7%\t42.5\tjoined\nafter a gap\nConfidential', 'Behind (hidden sheet)\nseen by nobody',
  ])
  expect(found.pageWarnings).toEqual({ 2: ['hidden_sheet'] })
})

test('cells that say no column, errors, strings with formatting, comments and charts are read as well', async () => {
  const style = u32(0)
  const sheet = Buffer.concat([
    record(145), record(0, u32(0)), record(2, u32(0), style, u32(((5 << 2) | 2) >>> 0)), record(16, style, Buffer.from(Float64Array.of(2.5).buffer)), record(17, style, letters('beside')),
    record(14, style, Buffer.from([7])), record(62, u32(9), style, Buffer.from([1]), letters('bold'), u32(1, 0)), record(146),
  ])
  const file = binaryWorkbook([{ name: 'Bits', rows: [] }], {
    'xl/worksheets/sheet1.bin': sheet,
    'xl/worksheets/_rels/sheet1.bin.rels': relations(['comments', '../comments1.bin'], ['drawing', '../drawings/drawing1.xml']),
    'xl/comments1.bin': record(637, Buffer.from([0]), letters('Ask Ada')),
    'xl/drawings/drawing1.xml': '<xdr:wsDr xmlns:a="a"><a:p><a:r><a:t>In a box</a:t></a:r></a:p></xdr:wsDr>',
  })
  expect(await textsOf(file)).toEqual(['Bits\n5\t2.5\tbeside\t#DIV/0!\tbold\nIn a box\nAsk Ada'])
})

test('a comment that stands for a thread is left out where the thread is there', async () => {
  const comment = (author: number, text: string) => Buffer.concat([record(635, u32(author), Buffer.alloc(32)), record(637, Buffer.from([0]), letters(text)), record(636)])
  const file = binaryWorkbook([{ name: 'Bits', rows: [['x']] }], {
    'xl/worksheets/_rels/sheet1.bin.rels': relations(['comments', '../comments1.bin'], ['threadedComment', '../threadedComments/t1.xml']),
    'xl/comments1.bin': Buffer.concat([record(632, letters('Ada')), record(632, letters('tc={0}')), comment(1, '[Threaded comment] Is it in?'), comment(0, 'Ask Ada')]),
    'xl/threadedComments/t1.xml': '<ThreadedComments><threadedComment><text>Is it in?</text></threadedComment></ThreadedComments>',
  })
  expect(await textsOf(file)).toEqual(['Bits\nx\nIs it in?\nAsk Ada'])
})

test('days are counted from 1904 where the workbook says so', async () => {
  const rows = [[{ value: 45_443, format: 'yyyy-mm-dd' }]]
  const since1904 = Buffer.concat([record(153, u32(1, 0), letters('')), record(156, u32(0, 1), letters('rId1'), letters('Days'))])
  expect(await textsOf(binaryWorkbook([{ name: 'Days', rows }], { 'xl/workbook.bin': since1904 }))).toEqual(['Days\n2028-06-01'])
})

test('a workbook without a cell is empty, one without a sheet or with a string longer than its record is corrupt', async () => {
  await expect(readHere(binaryWorkbook([{ name: 'Nothing', rows: [] }]))).rejects.toMatchObject({ reason: 'empty' })
  await expect(readHere(binaryWorkbook([]))).rejects.toMatchObject({ reason: 'corrupt' })
  const cut = binaryWorkbook([{ name: 'Cut', rows: [['x']] }], { 'xl/sharedStrings.bin': record(19, Buffer.from([0]), u32(1_000_000), Buffer.from('x')) })
  await expect(readHere(cut)).rejects.toThrow(RangeError)
})

test('a sheet that the workbook lists without a part is a page that could not be read', async () => {
  const sheets = Buffer.concat([record(156, u32(0, 1), letters('rId1'), letters('Here')), record(156, u32(0, 2), letters('rId99'), letters('Gone'))])
  const { pages, pageWarnings } = await readHere(binaryWorkbook([{ name: 'Here', rows: [['x']] }], { 'xl/workbook.bin': sheets }))
  expect([pages.map(({ text }) => text), pageWarnings]).toEqual([['Here\nx', ''], { 2: ['corrupt'] }])
})
