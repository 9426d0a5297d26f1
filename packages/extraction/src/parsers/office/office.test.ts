import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { readHere, textsOf } from '../../testing/read-here.ts'
import { docxFile, odfFile, paragraph, pptxFile, xlsxFile } from '../../testing/sample-files.ts'

test('a hidden sheet of a workbook is read and says that it is hidden', async () => {
  const files = unzipSync(xlsxFile('<row><c t="inlineStr"><is><t>x</t></is></c></row>'))
  const workbook = strFromU8(files['xl/workbook.xml'] ?? new Uint8Array()).replace('name="Second"', 'name="Second" state="veryHidden"')
  const found = await readHere(zipSync({ ...files, 'xl/workbook.xml': strToU8(workbook) }))
  expect(found.pages.map(({ text }) => text)).toEqual(['Figures\nx', 'Second (hidden sheet)\non the second sheet'])
  expect(found.pageWarnings).toEqual({ 2: ['hidden_sheet'] })
})

test('headers and footers of a sheet are words without their codes, each once', async () => {
  const files = unzipSync(xlsxFile('<row><c t="inlineStr"><is><t>x</t></is></c></row>'))
  const margins = '<headerFooter><oddHeader>&amp;LConfidential &amp;P</oddHeader><evenHeader>&amp;CConfidential</evenHeader><oddFooter>&amp;K00FF00Green</oddFooter></headerFooter></worksheet>'
  const sheet = strFromU8(files['xl/worksheets/sheet1.xml'] ?? new Uint8Array()).replace('</worksheet>', margins)
  expect((await textsOf(zipSync({ ...files, 'xl/worksheets/sheet1.xml': strToU8(sheet) })))[0]).toBe('Figures\nx\nConfidential\nGreen')
})

test('a hidden sheet of an OpenDocument says so as well', async () => {
  const sheet = (name: string, style: string) => `<table:table table:name="${name}" table:style-name="${style}"><table:table-row><table:table-cell><text:p>${name} words</text:p></table:table-cell></table:table-row></table:table>`
  const files = unzipSync(odfFile('spreadsheet', sheet('Seen', 'ta1') + sheet('Behind', 'ta2')))
  const styles = '<office:automatic-styles><style:style style:name="ta1"><style:table-properties table:display="true"/></style:style><style:style style:name="ta2"><style:table-properties table:display="false"/></style:style></office:automatic-styles>'
  const content = strFromU8(files['content.xml'] ?? new Uint8Array()).replace('<office:body>', `${styles}<office:body>`)
  const found = await readHere(zipSync({ ...files, 'content.xml': strToU8(content) }))
  expect(found.pages.map(({ text }) => text)).toEqual(['Seen\nSeen words', 'Behind (hidden sheet)\nBehind words'])
  expect(found.pageWarnings).toEqual({ 2: ['hidden_sheet'] })
})

test('a slide of pictures alone says that they were not read; one with nothing on it is blank', async () => {
  const slide = (inside: string) => `<draw:page>${inside}</draw:page>`
  const picture = '<draw:frame><draw:image/></draw:frame>'
  const found = await readHere(odfFile('presentation', slide(picture) + slide('') + slide(`${picture}<text:p>Words</text:p>`)))
  expect(found.pages.map(({ text }) => text)).toEqual(['', '', 'Words'])
  expect(found.pageWarnings).toEqual({ 1: ['pictures_unread'] })
  const shown = unzipSync(pptxFile())
  const empty = (part: string) => strToU8(strFromU8(shown[part] ?? new Uint8Array()).replace(/<a:t>[^<]*<[/]a:t>/, ''))
  const relation = '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="../media/image1.png"/>'
  const slides = await readHere(zipSync({
    ...shown, 'ppt/slides/slide1.xml': empty('ppt/slides/slide1.xml'), 'ppt/media/image1.png': strToU8('x'),
    'ppt/slides/_rels/slide1.xml.rels': strToU8(`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${relation}</Relationships>`),
  }))
  expect(slides.pageWarnings).toEqual({ 2: ['pictures_unread'] })
})

test('headings stand between empty lines, in Word by their style, whatever its language, and in OpenDocument by their element', async () => {
  const styled = (style: string, text: string) => `<w:p><w:pPr><w:pStyle w:val="${style}"/></w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`
  const cell = `<w:tbl><w:tr><w:tc>${styled('Heading1', 'Cell')}</w:tc><w:tc>${paragraph('next')}</w:tc></w:tr></w:tbl>`
  const [word] = await textsOf(docxFile(`${styled('Heading1', 'Term')}${paragraph('Three years.')}${paragraph('No more.')}${styled('berschrift2', 'Rent')}${styled('Normal', 'Due monthly.')}${cell}`))
  expect(word).toContain('Term\n\nThree years.\nNo more.\n\nRent\n\nDue monthly.\nCell\tnext')
  const [open] = await textsOf(odfFile('text', '<text:p>First.</text:p><text:h>Rent</text:h><text:p>Due monthly.</text:p><text:p>Always.</text:p>'))
  expect(open).toContain('First.\n\nRent\n\nDue monthly.\nAlways.')
})

test('what is left of a damaged part is read, and said to be mended, once', async () => {
  const files = unzipSync(docxFile(paragraph('first words')))
  const bytes = Buffer.from(zipSync(files, { level: 0 }))
  for (const words of ['first words', 'Words of the header']) bytes.write('FIVE', bytes.indexOf(words))
  const { pages, warnings } = await readHere(bytes)
  expect(pages[0]?.text).toContain('FIVEt words')
  expect(warnings).toEqual([{ reason: 'repaired_file', pages: [], names: [] }])
  expect((await readHere(zipSync(files))).warnings).toEqual([])
})

test('a slide or a sheet that is listed and not in the file is a page that could not be read', async () => {
  const without = (file: Buffer, part: string) => zipSync(Object.fromEntries(Object.entries(unzipSync(file)).filter(([name]) => name !== part)))
  const show = await readHere(without(pptxFile(), 'ppt/slides/slide1.xml'))
  expect([show.pages.map(({ text }) => text), show.pageWarnings]).toEqual([['Shown first\n\nWords of the notes', ''], { 2: ['corrupt'] }])
  const sheets = ['xl/worksheets/sheet1.xml', 'xl/worksheets/sheet2.xml'] as const
  const book = await readHere(without(xlsxFile(''), sheets[0]))
  expect([book.pages.map(({ text }) => text), book.pageWarnings]).toEqual([['', 'Second\non the second sheet'], { 1: ['corrupt'] }])
  await expect(readHere(without(xlsxFile(''), sheets[1]))).rejects.toMatchObject({ reason: 'corrupt' })
})

test('a note on a cell of an OpenDocument comes after its row, whatever it says of a number', async () => {
  const cell = (value: string, shown: string, note: string) => `<table:table-cell office:value-type="float" office:value="${value}"><office:annotation><dc:creator>Ann</dc:creator><text:p>${note}</text:p></office:annotation><text:p>${shown}</text:p></table:table-cell>`
  const rows = `<table:table-row>${cell('12', '12', 'Ask plant E4 first')}${cell('123400000000000', '1.23E+14', 'Too large?')}</table:table-row><table:table-row><table:table-cell><text:p>CODE3</text:p></table:table-cell></table:table-row>`
  expect(await textsOf(odfFile('spreadsheet', `<table:table table:name="Costs">${rows}</table:table>`))).toEqual(['Costs\n12\t123400000000000\nAsk plant E4 first\nToo large?\nCODE3'])
})

test('a note in a text of an OpenDocument comes after its paragraph, without who wrote it and when', async () => {
  const note = '<office:annotation><dc:creator>Ann Bell</dc:creator><dc:date>2026-01-04T05:48:07</dc:date><meta:creator-initials>AB</meta:creator-initials><text:p>Is this so?</text:p></office:annotation>'
  const [text] = await textsOf(odfFile('text', `<text:p>The pier ${note}holds.</text:p><text:p>Next</text:p>`))
  expect(text?.split('\n').filter((line) => line !== '')).toEqual(['Words of the header', 'The pier holds.', 'Is this so?', 'Next'])
})

test('an OpenDocument as one file of XML is read as the same in a package', async () => {
  const flat = (kind: string, body: string) => `<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="o" xmlns:text="t" xmlns:table="tb" xmlns:draw="d" xmlns:style="s" xmlns:dc="dc" office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.${kind}">
<office:meta><dc:title>Berths of 2026</dc:title><meta:initial-creator>Ann</meta:initial-creator></office:meta>
<office:automatic-styles><style:style style:name="h"><style:table-properties table:display="false"/></style:style></office:automatic-styles>
<office:master-styles><style:header><text:p>Words of the header</text:p></style:header></office:master-styles>
<office:body><office:${kind}>${body}</office:${kind}></office:body></office:document>`
  const text = '<text:h>Berths</text:h><text:p>Words &amp; more</text:p>'
  const read = await readHere(flat('text', text), { fileName: 'berths.xml' })
  expect(read).toMatchObject({ mime: 'application/vnd.oasis.opendocument.text-flat-xml', format: 'odt', facts: { title: 'Berths of 2026', author: 'Ann' } })
  expect(read.pages.map((page) => page.text)).toEqual(await textsOf(odfFile('text', text)))
  const sheets = '<table:table table:name="Pier"><table:table-row><table:table-cell><text:p>7</text:p></table:table-cell></table:table-row></table:table><table:table table:name="Old" table:style-name="h"/>'
  const book = await readHere(flat('spreadsheet', sheets))
  expect([book.format, book.pages.map((page) => page.text), book.pageWarnings]).toEqual(['ods', ['Pier\n7', 'Old (hidden sheet)'], { 2: ['hidden_sheet'] }])
  expect(await textsOf(flat('presentation', '<draw:page><text:p>Roofs</text:p></draw:page><draw:page><text:p>Piers</text:p></draw:page>'))).toEqual(['Roofs', 'Piers'])
  const chart = '<draw:frame><draw:object><office:document><office:body><office:chart><table:table><table:table-row><table:table-cell><text:p>East</text:p></table:table-cell></table:table-row></table:table></office:chart></office:body></office:document></draw:object></draw:frame>'
  expect((await textsOf(flat('text', `<text:p>Before ${chart}the chart</text:p><draw:object xlink:href="./Object 1"/><text:p>After</text:p>`)))[0]).toMatch(/Before the chart\nEast\nAfter$/)
  expect(await textsOf(flat('spreadsheet', `<table:table table:name="Pier"><table:table-row><table:table-cell><text:p>7</text:p>${chart}</table:table-cell></table:table-row></table:table>`))).toEqual(['Pier\n7'])
  await expect(readHere(flat('spreadsheet', '').slice(0, 600))).rejects.toMatchObject({ reason: 'corrupt' })
})

test('words of headers and footers of an OpenDocument stand apart as they are shown', async () => {
  const files = unzipSync(odfFile('text', '<text:p>Body</text:p>'))
  const styles = '<office:document-styles xmlns:office="o" xmlns:style="s" xmlns:text="t"><style:header><text:p>Harbour<text:tab/>Board<text:s text:c="2"/>of trade<text:line-break/>Pier 4</text:p></style:header></office:document-styles>'
  expect(await textsOf(zipSync({ ...files, 'styles.xml': strToU8(styles) }))).toEqual(['Harbour\tBoard  of trade\nPier 4\n\nBody'])
})

test('what stands for the number of a slide of an OpenDocument is no word of it', async () => {
  const number = '<draw:frame><draw:text-box><text:p><text:page-number>&lt;number&gt;</text:page-number></text:p></draw:text-box></draw:frame>'
  const found = await readHere(odfFile('presentation', `<draw:page><text:p>Roofs</text:p>${number}</draw:page><draw:page><draw:frame><draw:image/></draw:frame>${number}</draw:page>`))
  expect(found).toMatchObject({ pages: [{ text: 'Roofs' }, { text: '' }], pageWarnings: { 2: ['pictures_unread'] } })
  expect((await textsOf(odfFile('text', '<text:p>See page <text:page-number>3</text:page-number></text:p>')))[0]).toContain('See page 3')
})

test('a chart of an OpenDocument says its title and what it shows, after the words of its slide or of the text', async () => {
  const row = (...cells: readonly string[]) => `<table:table-row>${cells.map((cell) => `<table:table-cell><text:p>${cell}</text:p></table:table-cell>`).join('')}</table:table-row>`
  const chart = `<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="tb" xmlns:chart="c"><office:body><office:chart><chart:chart><chart:title><text:p>Boats</text:p></chart:title>
    <table:table table:name="local-table">${row('', '2026')}${row('East', '7')}</table:table></chart:chart></office:chart></office:body></office:document-content>`
  const withChart = (kind: 'text' | 'presentation', body: string) => zipSync({ ...unzipSync(odfFile(kind, body)), 'Object 1/content.xml': strToU8(chart) })
  const object = '<draw:frame><draw:object xlink:href="./Object 1"/><draw:image/></draw:frame>'
  expect(await textsOf(withChart('presentation', `<draw:page><text:p>First</text:p></draw:page><draw:page>${object}</draw:page><draw:page><draw:frame><draw:object xlink:href="./Gone"/></draw:frame></draw:page>`)))
    .toEqual(['First', 'Boats\n2026\nEast\t7', ''])
  expect((await textsOf(withChart('text', `<text:p>Before ${object} after</text:p>`)))[0]).toMatch(/Before {1,2}after\n\nBoats\n2026\nEast\t7$/)
})

test('what stands on a slide of an OpenDocument is read in its order, tables between boxes', async () => {
  const box = (words: string) => `<draw:frame><draw:text-box><text:p>${words}</text:p></draw:text-box></draw:frame>`
  const row = (...cells: readonly string[]) => `<table:table-row>${cells.map((cell) => `<table:table-cell><text:p>${cell}</text:p></table:table-cell>`).join('')}</table:table-row>`
  const table = `<draw:frame><table:table>${row('a', 'b')}${row('c', 'd')}</table:table></draw:frame>`
  expect(await textsOf(odfFile('presentation', `<draw:page>${box('Title')}${table}${box('Last')}<office:annotation><dc:creator>Ann</dc:creator><text:p>Comment</text:p></office:annotation><presentation:notes>${box('Notes')}${box('of it')}</presentation:notes></draw:page>`))).toEqual(['Title\na\tb\nc\td\nLast\nComment\nNotes\nof it'])
})

test('rows of an OpenDocument that are written once are there as often as they are shown, and padding is not', async () => {
  const row = (repeats: number, inside: string) => `<table:table-row table:number-rows-repeated="${repeats}">${inside}</table:table-row>`
  const cell = (text: string) => `<table:table-cell table:number-columns-repeated="2"><text:p>${text}</text:p></table:table-cell>`
  const rows = [row(3, cell('7')), row(1_000_000, '<table:table-cell/>'), row(1, cell('8')), row(1_000_000, cell('9'))].join('')
  const [sheet] = await textsOf(odfFile('spreadsheet', `<table:table table:name="S">${rows}</table:table>`))
  expect(sheet?.split('\n')).toEqual(['S', '7\t7', '7\t7', '7\t7', '', '8\t8', ...Array<string>(20).fill('9\t9')])
})

test('a thread of comments is read once, without what stands for it in old versions, and comments beside it are', async () => {
  const files = unzipSync(xlsxFile('<row><c t="inlineStr"><is><t>x</t></is></c></row>'))
  const type = (name: string, target: string, id: number) => `<Relationship Id="r${id}" Type="http://x/${name}" Target="../${target}"/>`
  const comment = (author: number, text: string) => `<comment ref="A1" authorId="${author}"><text><t>${text}</t></text></comment>`
  const comments = `<comments><authors><author>Ada</author><author>tc={0}</author></authors><commentList>${comment(1, '[Comentario encadenado] Is it in?')}${comment(0, 'Ask Ada')}</commentList></comments>`
  const book = (relations: string) => zipSync({
    ...files, 'xl/worksheets/_rels/sheet1.xml.rels': strToU8(`<Relationships>${relations}</Relationships>`), 'xl/comments1.xml': strToU8(comments),
    'xl/threadedComments/t1.xml': strToU8('<ThreadedComments><threadedComment ref="A1"><text>Is it in?</text></threadedComment></ThreadedComments>'),
  })
  expect((await textsOf(book(type('comments', 'comments1.xml', 1) + type('threadedComment', 'threadedComments/t1.xml', 2))))[0]).toBe('Figures\nx\nAsk Ada\nIs it in?')
  expect((await textsOf(book(type('comments', 'comments1.xml', 1))))[0]).toBe('Figures\nx\n[Comentario encadenado] Is it in?\nAsk Ada')
})

test('headings of Word are told by the names of their styles, whatever their ids are called, and by what they are based on', async () => {
  const style = (id: string, name: string, base = '') => `<w:style w:styleId="${id}"><w:name w:val="${name}"/>${base === '' ? '' : `<w:basedOn w:val="${base}"/>`}</w:style>`
  const styles = `<w:styles xmlns:w="w">${style('a', 'Normal')}${style('Nagwek1', 'heading 1', 'a')}${style('1', 'Title', 'a')}${style('Own', 'Chapter', 'Nagwek1')}</w:styles>`
  const styled = (id: string, text: string) => `<w:p><w:pPr><w:pStyle w:val="${id}"/></w:pPr><w:r><w:t>${text}</w:t></w:r></w:p>`
  const [word] = await textsOf(docxFile(`${styled('1', 'Najem')}${styled('a', 'Strony')}${styled('Nagwek1', 'Czynsz')}${styled('a', 'Miesięcznie')}${styled('Own', 'Koniec')}${paragraph('Data')}`, { 'word/styles.xml': strToU8(styles) }))
  expect(word).toContain('Najem\n\nStrony\n\nCzynsz\n\nMiesięcznie\n\nKoniec\n\nData')
})
