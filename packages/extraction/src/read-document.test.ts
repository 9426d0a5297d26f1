import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import PdfKit from 'pdfkit'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { strToU8 } from 'fflate'
import { createDocumentReader, identify, unpackBoxes, type DocumentReader, type Limits, type ReadResult } from './index.ts'
import { docxFile, odfFile, paragraph, pdfFile, pptxFile, textContent, xlsxFile } from './testing/sample-files.ts'

let folder = ''
let count = 0
let reader: DocumentReader
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'read-test-'))
  reader = createDocumentReader({ tempDir: folder })
})
afterAll(async () => {
  await reader.close()
  await rm(folder, { recursive: true, force: true })
})

async function saved(bytes: Buffer | string): Promise<string> {
  count += 1
  const path = join(folder, `file-${count}`)
  await writeFile(path, bytes)
  return path
}

async function read(bytes: Buffer | string, options: { fileName?: string; password?: string; limits?: Partial<Limits> } = {}): Promise<ReadResult> {
  const workDir = await mkdtemp(join(folder, 'work-'))
  const { fileName = 'file', limits, ...rest } = options
  const path = await saved(bytes)
  const input = { owner: 'one', path, fileName, workDir, signal: new AbortController().signal, ...rest }
  if (limits === undefined) return reader.readDocument(input)
  const limited = createDocumentReader({ tempDir: folder, limits })
  try {
    return await limited.readDocument(input)
  } finally {
    await limited.close()
  }
}

const textOf = async (bytes: Buffer | string, fileName?: string) =>
  (await read(bytes, fileName === undefined ? {} : { fileName })).pages.map((page) => page.text).join('\n¶\n')

async function lockedPdf(): Promise<Buffer> {
  const pdf = new PdfKit({ userPassword: 'open sesame', ownerPassword: 'other', pdfVersion: '1.7ext3' })
  pdf.text('Behind the lock')
  pdf.end()
  const chunks: Buffer[] = []
  for await (const chunk of pdf) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

describe('text', () => {
  test('text comes as it is, without control characters and with plain line ends', async () => {
    const result = await read('first\r\nsecond\u0000\u0007 line\r\n\r\n\r\n\r\nlast  \n')
    expect(result).toMatchObject({ mime: 'text/plain', format: 'text', pages: [{ number: 1, needsOcr: false, text: 'first\nsecond line\n\nlast' }] })
  })

  test.each([
    ['UTF-16 with a mark', Buffer.from('\ufeffGrüße aus Köln', 'utf16le')],
    ['UTF-16 without one', Buffer.from('Grüße aus Köln, ein ganzer Satz in breiten Zeichen', 'utf16le')],
    ['UTF-8 with a mark', Buffer.from('\ufeffGrüße aus Köln')],
    ['windows-1252', Buffer.from('Viele schöne Grüße aus Köln, wir würden uns über einen Besuch sehr freuen', 'latin1')],
  ])('%s is understood', async (_name, bytes) => {
    expect(await textOf(bytes)).toContain('Grüße aus Köln')
  })

  test('a long text becomes pages of about 3,000 characters, cut between paragraphs, and no word is lost', async () => {
    const paragraphs = Array.from({ length: 100 }, (_, index) => `Paragraph ${index} ${'lorem ipsum dolor '.repeat(8).trim()}.`)
    const { pages } = await read(paragraphs.join('\n\n'))
    expect(pages.length).toBeGreaterThan(4)
    expect(Math.max(...pages.map((page) => page.text.length))).toBeLessThanOrEqual(3_600)
    expect(pages.map((page) => page.text).join('\n\n')).toBe(paragraphs.join('\n\n'))
    expect(pages.every((page) => page.text.startsWith('Paragraph'))).toBe(true)
  })

  test('html gives its words without scripts, styles and comments, and cells stay apart', async () => {
    const html =
      '<!doctype html><html><head><title>The title</title><style>p { color: red }</style></head><body><script>alert("gone")</script>' +
      '<p>One &amp; two<br>three</p><!-- gone --><table><tr><td>left</td><td>right</td></tr></table><template>gone</template>' +
      '<div hidden>gone<p>gone</div><p style="color: red; display:none">gone<br>gone</p><br hidden><span>seen</span><img alt="A picture of a cat"></body></html>'
    const text = await textOf(html)
    expect(text).toBe('The title\n\nOne & two\nthree\n\nleft\tright\n\nseen A picture of a cat')
  })

  test('csv keeps cells with delimiters, line ends and quotes together', async () => {
    expect(await textOf('name;note\n"Silva; Ana";"says ""hi""\nand more"\nragged;1;2\n', 'list.csv')).toBe(
      'name\tnote\nSilva; Ana\tsays "hi" and more\nragged\t1\t2',
    )
  })

  test('markdown is text with its own type', async () => {
    expect(await read('# Title\n\nSome [link](https://example.com) and **bold**.\n')).toMatchObject({ mime: 'text/markdown', format: 'markdown' })
  })

  test('the language is told where there is enough text, and is null where there is not', async () => {
    expect((await read('A empresa apresentou os resultados do ano e a direção agradeceu a todos os trabalhadores pela dedicação.')).language).toBe(
      'pt',
    )
    expect((await read('The committee met on Tuesday and decided to publish the report before the end of the month.')).language).toBe('en')
    expect((await read('4711')).language).toBeNull()
  })
})

describe('mail', () => {
  const mail = [
    'From: Ana Silva <ana@example.com>',
    'To: bob@example.com',
    'Subject: =?utf-8?q?Relat=C3=B3rio?=',
    'Date: Mon, 01 Jun 2026 10:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/html; charset=utf-8',
    '',
    '<p>Please read the <b>attached</b> note.</p>',
    '--b',
    'Content-Type: text/plain; name="../../etc/passwd"',
    'Content-Disposition: attachment; filename="../../etc/passwd"',
    'Content-Transfer-Encoding: base64',
    '',
    'QXR0YWNoZWQgd29yZHM=',
    '--b--',
    '',
  ].join('\r\n')

  test('a mail gives its headers and words; what is attached lies in the work folder under a name of ours', async () => {
    const workDir = await mkdtemp(join(folder, 'mail-'))
    const result = await reader.readDocument({ owner: 'one', path: await saved(mail), fileName: 'x', workDir, signal: new AbortController().signal })
    expect(result.pages[0]?.text).toBe(
      'Subject: Relatório\nFrom: Ana Silva <ana@example.com>\nTo: bob@example.com\nDate: 2026-06-01T10:00:00.000Z\n\nPlease read the attached note.',
    )
    const [attachment] = result.attachments
    expect(attachment?.fileName).toContain('passwd')
    expect(attachment?.path.startsWith(join(workDir, 'sandbox-'))).toBe(true)
    expect(await readFile(attachment?.path ?? '', 'utf8')).toBe('Attached words')
    expect(await readdir(workDir)).toHaveLength(1)
  })
})

describe('office files', () => {
  test('a Word file gives header, body, footer, notes and comments; deleted words and field codes are gone; text boxes follow their paragraph', async () => {
    const box =
      '<mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent></mc:Choice>' +
      '<mc:Fallback><w:txbxContent><w:p><w:r><w:t>In a box</w:t></w:r></w:p></w:txbxContent></mc:Fallback>' +
      '</mc:AlternateContent>'
    const body =
      `<w:p><w:pPr><w:tabs><w:tab/></w:tabs></w:pPr><w:r><w:t>Before </w:t></w:r><w:r>${box}</w:r><w:del><w:r>` +
      `<w:delText>deleted</w:delText></w:r></w:del><w:r><w:instrText>HYPERLINK</w:instrText></w:r><w:r><w:t>after</w:t></w:r>` +
      `</w:p>` +
      `<w:tbl><w:tr><w:tc>${paragraph('a')}</w:tc><w:tc>${paragraph('b')}</w:tc></w:tr></w:tbl>`
    expect(await textOf(docxFile(body))).toBe(
      'Words of the header\n\nBefore after\nIn a box\na\tb\n\nWords of the footer\n\nWords of a footnote\n\nWords of a comment',
    )
  })

  test('a Word file with macros is read like one without', async () => {
    expect(await read(docxFile(paragraph('With macros'), {}, 'ms-word.document.macroEnabled.main'))).toMatchObject({ format: 'docx' })
  })

  test('a sheet keeps the digits of its numbers, shows dates and shares, and its claimed range costs nothing', async () => {
    const rows =
      '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>123456789012345</v></c><c r="C1"><v>0.1000000000000000055</v></c>' +
      '<c r="D1"><v>1.2345678901234E+16</v></c></row>' +
      '<row r="2"/><row r="1048576"><c r="A9" s="1"><v>45443</v></c><c r="B9" s="1"><v>45443.5625</v></c><c r="C9" s="2">' +
      '<v>0.07</v></c><c r="D9" t="b"><v>1</v></c><c r="XFD9" t="s"><v>1</v></c></row>'
    const { pages } = await read(xlsxFile(rows))
    expect(pages.map((page) => page.text)).toEqual([
      'Figures\nshared words\t123456789012345\t0.1\t12345678901234000\n2024-05-31\t2024-05-31 13:30\t7%\tTRUE\t東京',
      'Second\non the second sheet',
    ])
  })

  test('slides come in the order of the show, with their notes', async () => {
    expect((await read(pptxFile())).pages.map((page) => page.text)).toEqual(['Shown first\n\nWords of the notes', 'Shown last'])
  })

  test('an OpenDocument text gives its words with notes after their paragraph and without deleted ones', async () => {
    const body =
      '<text:tracked-changes><text:p>deleted</text:p></text:tracked-changes><text:h>Heading</text:h>' +
      '<text:p>One<text:s text:c="2"/>two<text:note><text:note-citation>1</text:note-citation><text:note-body>' +
      '<text:p>Words of a note</text:p></text:note-body></text:note> three</text:p>'
    expect(await textOf(odfFile('text', body))).toBe('Words of the header\n\nHeading\n\nOne  two three\nWords of a note')
  })

  test('an OpenDocument sheet is a page a sheet, and repeated cells and rows are bounded', async () => {
    const body =
      '<table:table table:name="Money"><table:table-row>' +
      '<table:table-cell office:value-type="float" office:value="123456789012345"><text:p>1.23E+14</text:p></table:table-cell>' +
      '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>' +
      '<table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16000">' +
      '<text:p>x</text:p></table:table-cell></table:table-row></table:table>'
    const text = await textOf(odfFile('spreadsheet', body))
    expect(text.startsWith('Money\n123456789012345\nx\tx')).toBe(true)
    expect(text.length).toBeLessThan(1_000)
  })

  test('an OpenDocument presentation is a page a slide', async () => {
    const page = (text: string) => `<draw:page><draw:frame><draw:text-box><text:p>${text}</text:p></draw:text-box></draw:frame></draw:page>`
    expect((await read(odfFile('presentation', page('first') + page('second')))).pages.map((one) => one.text)).toEqual(['first', 'second'])
  })

  test('entities are never expanded and nothing outside the file is read', async () => {
    const bomb = `<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]><w:document xmlns:w="w"><w:body>${paragraph('start &b; &c; end')}</w:body></w:document>`
    const text = await textOf(docxFile('', { 'word/document.xml': strToU8(bomb) }))
    expect(text).toContain('start &b; &c; end')
    expect(text).not.toContain('root:')
  })

  test('an archive that unpacks to far more than it is, is refused before it is unpacked', async () => {
    const bomb = docxFile(paragraph('small'), { 'word/media/zeros.bin': new Uint8Array(80_000_000) })
    await expect(read(bomb)).rejects.toMatchObject({ reason: 'output_limit' })
    await expect(read(docxFile(paragraph('word '.repeat(50_000))), { limits: { unpackedBytes: 100_000 } })).rejects.toMatchObject({
      reason: 'output_limit',
    })
  })

  test('a directory that lies about a size gains nothing', async () => {
    const honest = docxFile(paragraph('word '.repeat(10_000)))
    const at = honest.lastIndexOf('word/document.xml') - 46
    honest.writeUInt32LE(1_000, at + 24)
    await expect(read(honest)).rejects.toMatchObject({ reason: 'corrupt' })
  })

  test('a cut-off or damaged archive is corrupt', async () => {
    const file = docxFile(paragraph('x'))
    await expect(read(file.subarray(0, 400))).rejects.toMatchObject({ reason: 'corrupt' })
  })
})

describe('PDF', () => {
  test('text comes by page, and a blank page stays a page', async () => {
    const { pages } = await read(pdfFile([textContent(['Line one', 'Line two']), '', textContent(['Third page'])]))
    expect(pages.map(({ number, text, needsOcr }) => [number, text, needsOcr])).toEqual([[1, 'Line one\nLine two', false], [2, '', false], [3, 'Third page', false]])
    expect(pages.map(({ text, boxes }) => boxes && unpackBoxes(boxes).map(({ start, end }) => text.slice(start, end)))).toEqual([['Line', 'one', 'Line', 'two'], undefined, ['Third', 'page']])
  })

  test('a page whose words are only in an image is marked for OCR', async () => {
    const image = 'q 600 0 0 780 6 6 cm BI /W 2 /H 2 /BPC 8 /CS /G ID \u0000\u00ff\u00ff\u0000 EI Q'
    expect(
      (await read(pdfFile([image, `${image} ${textContent(['Scanned 7'])}`, textContent(['Words'])]))).pages.map((page) => page.needsOcr),
    ).toEqual([true, true, false])
  })

  test('values of form fields and notes are part of the text', async () => {
    const file = pdfFile([textContent(['A form'])], {
      annotations: '/Annots [6 0 R 7 0 R]',
      catalog: '/AcroForm << /Fields [6 0 R] >>',
      more: [
        '<< /Type /Annot /Subtype /Widget /FT /Tx /T (city) /TU (City) /V (Lisboa) /Rect [100 100 200 120] >>',
        '<< /Type /Annot /Subtype /Text /Contents (A sticky note) /Rect [10 10 30 30] >>',
      ],
    })
    expect(await textOf(file)).toBe('A form\nCity: Lisboa\nA sticky note')
  })

  test('a locked file asks for its password, refuses a wrong one and opens with the right one', async () => {
    const file = await lockedPdf()
    await expect(read(file)).rejects.toMatchObject({ reason: 'password_required', mime: 'application/pdf' })
    await expect(read(file, { password: 'wrong' })).rejects.toMatchObject({ reason: 'password_wrong' })
    expect((await read(file, { password: 'open sesame' })).pages[0]?.text).toBe('Behind the lock')
  })

  test('a broken file is corrupt, a mendable one is mended', async () => {
    const whole = pdfFile([textContent(['Still here'])]).toString('latin1')
    const mended = await read(Buffer.from(whole.replace(/startxref\n\d+/, 'startxref\n7').replace(/^xref/m, 'xxxx'), 'latin1'))
    expect(mended).toMatchObject({ pages: [{ text: 'Still here' }], warnings: [{ reason: 'repaired_file' }] })
    expect((await read(whole)).warnings).toEqual([])
    await expect(read('%PDF-1.7\nnothing follows\n')).rejects.toMatchObject({ reason: 'corrupt' })
  })

  test('of more pages than are allowed the first are read, and the others named', async () => {
    const pagesOf = (count: number) => read(pdfFile(Array.from({ length: count }, (_, at) => textContent([`page ${at + 1}`]))), { limits: { pages: 3 } })
    const { pages, warnings } = await pagesOf(5)
    expect(pages.map(({ text }) => text)).toEqual(['page 1', 'page 2', 'page 3'])
    expect(warnings).toEqual([{ reason: 'pages_beyond_limit', pages: [{ from: 4, to: 5 }], names: [] }])
    expect((await pagesOf(3)).warnings).toEqual([])
  })
})

test('an image of more pixels than allowed is refused before it is decoded', async () => {
  const header = Buffer.from('89504e470d0a1a0a0000000d494844520000ea600000ea600800000000', 'hex')
  await expect(read(Buffer.concat([header, Buffer.alloc(4), Buffer.from('0000000049444154', 'hex')]))).rejects.toMatchObject({
    reason: 'pixel_limit',
  })
})

test('an empty file is empty, and so is one of blanks', async () => {
  await expect(read('')).rejects.toMatchObject({ reason: 'empty' })
  await expect(read(' \n\t\n ')).rejects.toMatchObject({ reason: 'empty' })
})

test('identify tells the type in a child of its own, from the bytes', async () => {
  expect(await identify(await saved(pdfFile([''])), 'holiday.jpg')).toEqual({ mime: 'application/pdf', format: 'pdf' })
  await expect(identify(await saved('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'a.txt')).rejects.toMatchObject({ reason: 'unsupported_type', mime: 'image/svg+xml' })
})
