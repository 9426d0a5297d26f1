import { describe, expect, test } from 'vitest'
import { compoundFile } from '../../../../../scripts/examples/compound.ts'
import { excel97, type ExcelSheet } from '../../../../../scripts/examples/excel97.ts'
import { powerpoint97 } from '../../../../../scripts/examples/powerpoint97.ts'
import { word97 } from '../../../../../scripts/examples/word97.ts'
import { readHere, textsOf } from '../../testing/read-here.ts'

describe('Word 97', () => {
  test('the stories come one after the other, fields by their results, cells by tabs, and both kinds of pieces are read', async () => {
    const file = word97({
      body: 'Title\rSee \u0013 HYPERLINK "https://example.com" \u0014the page\u0015 of 30 °C.\rleft\u0007right\u0007\u0007below\u0007again\u0007\u0007Zwölf Šál €\r',
      notes: '\u0002 A note\r', margins: 'The header\rThe header\r', comments: 'A comment\r', boxes: 'In a box\r',
    })
    expect(await readHere(file)).toMatchObject({
      mime: 'application/msword', format: 'doc',
      pages: [{ text: 'Title\nSee the page of 30 °C.\nleft\tright\nbelow\tagain\nZwölf Šál €\n\n A note\n\nThe header\n\nA comment\n\nIn a box', needsOcr: false }],
    })
  })

  test('rows end where the file says so, with empty cells wherever they are', async () => {
    const body = 'Table\r\u0007qty\u0007\u0007each\u0007\u0007a\u0007\u0007\u0007\u0007\u0007After €\r'
    const ends = [body.indexOf('each') + 5, body.indexOf('After') - 1]
    const [page] = (await readHere(word97({ body, rowEnds: ends }))).pages
    expect(page?.text).toBe('Table\n\tqty\t\teach\na\nAfter €')
  })

  test('one that claims a lock without a key is not read, and one whose pieces claim to be longer than it is corrupt', async () => {
    const file = word97({ body: 'words '.repeat(100) })
    const main = file.indexOf(Buffer.from([0xec, 0xa5]))
    file.writeUInt16LE(0x0300, main + 10)
    await expect(readHere(file)).rejects.toThrow(RangeError)
    await expect(readHere(compoundFile({ WordDocument: Buffer.alloc(4_096) }))).rejects.toThrow(/./)
    await expect(readHere(compoundFile({ WordDocument: Buffer.alloc(10) }))).rejects.toThrow(RangeError)
  })
})

describe('Excel 97', () => {
  const sheet = (more: Partial<ExcelSheet>): ExcelSheet => ({ name: 'Money', rows: [], ...more })

  test('each sheet is a page with its name, hidden ones say so, and dates are dates', async () => {
    const file = excel97([
      sheet({ rows: [['shared', 'Šál', 'shared'], [1, -7, 0.1, true], [{ value: 45_443, format: 'yyyy-mm-dd' }, { value: 0.07, format: '0%' }, { formula: 42.5 }, { formula: 'joined' }], [null, 'after a gap']] }),
      sheet({ name: 'Behind', hidden: true, rows: [['seen by nobody']] }),
    ])
    expect((await readHere(file)).pages.map(({ text }) => text)).toEqual([
      'Money\nshared\tŠál\tshared\n1\t-7\t0.1\tTRUE\n2024-05-31\t7%\t42.5\tjoined\nafter a gap', 'Behind (hidden sheet)\nseen by nobody',
    ])
  })

  test('headers are words without their codes', async () => {
    expect(await textsOf(excel97([sheet({ header: '&L&"Arial,Bold"&12Confidential&CQ&&A&RPage &P', rows: [['x']] })]))).toEqual(['Money\nx\nConfidential Q&A Page'])
  })

  test('shared strings that go on in the next record are whole', async () => {
    const rows = Array.from({ length: 40 }, (_, index) => [`${index}:${'abcdefgh'.repeat(120)}`])
    expect(await textsOf(excel97([sheet({ rows })]))).toEqual([['Money', ...rows.map(([text]) => text)].join('\n')])
  })

  test('a workbook without any cell is empty, one without its strings is corrupt', async () => {
    await expect(readHere(excel97([sheet({})]))).rejects.toMatchObject({ reason: 'empty' })
    const cut = compoundFile({ Workbook: Buffer.concat([Buffer.from('090804000006050085000000fc000800ffffffffffffffff', 'hex')]) })
    await expect(readHere(cut)).rejects.toThrow(/./)
  })
})

describe('PowerPoint 97', () => {
  test('slides come in the order of the list, with the words of outline and shapes and their notes', async () => {
    const file = powerpoint97([{ title: 'First Šál', body: 'Body one\rsecond line' }, { title: 'Second', body: 'Body two', notes: 'Say this\u000bslowly', footer: 'At the foot', comment: 'Ada: shorter!' }])
    expect(await textsOf(file)).toEqual(['First Šál\nBody one\nsecond line', 'Second\nBody two\nAt the foot\nAda: shorter!\n\nSay this\nslowly'])
  })

  test('without its directory the slides are there in the order of the file', async () => {
    const file = powerpoint97([{ title: 'First', body: 'Body one' }, { title: 'Second', body: 'Body two' }])
    const user = file.indexOf(Buffer.from([0x5f, 0xc0, 0x91, 0xe3]))
    file.writeUInt32LE(0x7fffff, user + 4)
    expect(await textsOf(file)).toEqual(['Body two', 'Body one'])
    file.writeUInt32LE(0xf3d1c4df, user)
    await expect(readHere(file)).rejects.toMatchObject({ reason: 'corrupt' })
  })
})

test('what is embedded in a workbook does not make it a text', async () => {
  const file = compoundFile({ Workbook: Buffer.alloc(5_000), MBD00A1: { WordDocument: Buffer.from('x') } })
  await expect(readHere(file)).rejects.toMatchObject({ reason: 'corrupt', message: expect.stringContaining('workbook') as string })
})
