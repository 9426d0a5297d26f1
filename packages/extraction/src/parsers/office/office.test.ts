import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { textsOf } from '../../testing/read-here.ts'
import { odfFile, xlsxFile } from '../../testing/sample-files.ts'

test('a hidden sheet of a workbook is read and says that it is hidden', async () => {
  const files = unzipSync(xlsxFile('<row><c t="inlineStr"><is><t>x</t></is></c></row>'))
  const workbook = strFromU8(files['xl/workbook.xml'] ?? new Uint8Array()).replace('name="Second"', 'name="Second" state="veryHidden"')
  expect(await textsOf(zipSync({ ...files, 'xl/workbook.xml': strToU8(workbook) }))).toEqual(['Figures\nx', 'Second (hidden sheet)\non the second sheet'])
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
  expect(await textsOf(zipSync({ ...files, 'content.xml': strToU8(content) }))).toEqual(['Seen\nSeen words', 'Behind (hidden sheet)\nBehind words'])
})
