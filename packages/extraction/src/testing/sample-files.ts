import { strToU8, zipSync, type Zippable } from 'fflate'

/** Files that tests read; made here, so that each test shows what is in them. */

const xml = (text: string) => strToU8(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>${text}`)
const relations = (...targets: [id: string, type: string, target: string][]) =>
  xml(
    `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${targets
      .map(
        ([id, type, target]) =>
          `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`,
      )
      .join('')}</Relationships>`,
  )
const contentTypes = (part: string, type: string) =>
  xml(
    `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
    `<Override PartName="/${part}" ContentType="application/vnd.${type}+xml"/></Types>`,
  )

export const paragraph = (text: string) => `<w:p><w:r><w:t>${text}</w:t></w:r></w:p>`
const wordPart = (name: string, body: string) => xml(`<w:${name} xmlns:w="w" xmlns:r="r" xmlns:mc="mc">${body}</w:${name}>`)

/** A Word file with the given body, and a header, a footer, a footnote and a comment. */
export function docxFile(body: string, more: Zippable = {}, type = 'openxmlformats-officedocument.wordprocessingml.document.main'): Buffer {
  return Buffer.from(
    zipSync({
      '[Content_Types].xml': contentTypes('word/document.xml', type),
      '_rels/.rels': relations(['r1', 'officeDocument', 'word/document.xml']),
      'word/_rels/document.xml.rels': relations(
        ['r1', 'header', 'header1.xml'],
        ['r2', 'footer', 'footer1.xml'],
        ['r3', 'footnotes', 'footnotes.xml'],
        ['r4', 'comments', 'comments.xml'],
        ['r5', 'numbering', 'numbering.xml'],
        ['r6', 'styles', 'styles.xml'],
      ),
      'word/document.xml': wordPart('document', `<w:body>${body}</w:body>`),
      'word/header1.xml': wordPart('hdr', paragraph('Words of the header')),
      'word/footer1.xml': wordPart('ftr', paragraph('Words of the footer')),
      'word/footnotes.xml': wordPart('footnotes', `<w:footnote>${paragraph('Words of a footnote')}</w:footnote>`),
      'word/comments.xml': wordPart('comments', `<w:comment>${paragraph('Words of a comment')}</w:comment>`),
      ...more,
    }),
  )
}

/** A workbook with two sheets; `rows` is the inside of the first one's sheetData. Styles: 1 a date, 2 a share. */
export function xlsxFile(rows: string): Buffer {
  return Buffer.from(
    zipSync({
      '[Content_Types].xml': contentTypes('xl/workbook.xml', 'openxmlformats-officedocument.spreadsheetml.sheet.main'),
      '_rels/.rels': relations(['r1', 'officeDocument', 'xl/workbook.xml']),
      'xl/workbook.xml': xml(
        '<workbook xmlns:r="r"><sheets><sheet name="Figures" sheetId="1" r:id="r1"/><sheet name="Second" sheetId="2" r:id="r2"/></sheets></workbook>',
      ),
      'xl/_rels/workbook.xml.rels': relations(
        ['r1', 'worksheet', 'worksheets/sheet1.xml'],
        ['r2', 'worksheet', 'worksheets/sheet2.xml'],
        ['r3', 'sharedStrings', 'sharedStrings.xml'],
        ['r4', 'styles', 'styles.xml'],
      ),
      'xl/sharedStrings.xml': xml('<sst><si><t>shared words</t></si><si><r><t>東京</t></r><rPh><t>とうきょう</t></rPh></si></sst>'),
      'xl/styles.xml': xml(
        '<styleSheet><numFmts><numFmt numFmtId="170" formatCode="dd/mm/yyyy"/></numFmts><cellXfs><xf numFmtId="0"/>' +
        '<xf numFmtId="170"/><xf numFmtId="9"/></cellXfs></styleSheet>',
      ),
      'xl/worksheets/sheet1.xml': xml(`<worksheet><dimension ref="A1:XFD1048576"/><sheetData>${rows}</sheetData></worksheet>`),
      'xl/worksheets/sheet2.xml': xml(
        '<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>on the second sheet</t></is></c></row></sheetData></worksheet>',
      ),
    }),
  )
}

const shape = (text: string) => `<p:sp><p:txBody><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:txBody></p:sp>`
const slide = (text: string, name = 'sld') =>
  xml(`<p:${name} xmlns:p="p" xmlns:a="a"><p:cSld><p:spTree>${shape(text)}</p:spTree></p:cSld></p:${name}>`)

/** Two slides, shown in the order second file, first file; the one shown first has notes. */
export function pptxFile(): Buffer {
  return Buffer.from(
    zipSync({
      '[Content_Types].xml': contentTypes('ppt/presentation.xml', 'openxmlformats-officedocument.presentationml.presentation.main'),
      '_rels/.rels': relations(['r1', 'officeDocument', 'ppt/presentation.xml']),
      'ppt/presentation.xml': xml(
        '<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="r2"/><p:sldId id="257" r:id="r1"/>' +
        '</p:sldIdLst></p:presentation>',
      ),
      'ppt/_rels/presentation.xml.rels': relations(['r1', 'slide', 'slides/slide1.xml'], ['r2', 'slide', 'slides/slide2.xml']),
      'ppt/slides/slide1.xml': slide('Shown last'),
      'ppt/slides/slide2.xml': slide('Shown first'),
      'ppt/slides/_rels/slide2.xml.rels': relations(['r1', 'notesSlide', '../notesSlides/notesSlide1.xml']),
      'ppt/notesSlides/notesSlide1.xml': slide('Words of the notes', 'notes'),
    }),
  )
}

/** An OpenDocument file of `kind` with the given content of its body. */
export function odfFile(kind: 'text' | 'spreadsheet' | 'presentation', body: string): Buffer {
  return Buffer.from(
    zipSync({
      mimetype: [strToU8(`application/vnd.oasis.opendocument.${kind}`), { level: 0 }],
      'content.xml': xml(
        `<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="tb" xmlns:draw="d"><office:body>` +
        `<office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
      ),
      'styles.xml': xml(
        '<office:document-styles xmlns:office="o" xmlns:style="s" xmlns:text="t"><style:header>' +
        '<text:p>Words of the header</text:p></style:header></office:document-styles>',
      ),
    }),
  )
}

/** A PDF of one page for each content stream, in Helvetica, with a table of contents that is right. `more` are further objects, from number 4 + 2 x pages; `fonts` names those of them that are fonts. */
export function pdfFile(
  contents: readonly string[],
  options: { annotations?: string; more?: readonly string[]; fonts?: string; catalog?: string; pageKeys?: string } = {},
): Buffer {
  const kids = contents.map((_content, index) => `${4 + index * 2} 0 R`).join(' ')
  const objects = [
    `<< /Type /Catalog /Pages 2 0 R ${options.catalog ?? ''} >>`,
    `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    ...contents.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R ${options.fonts ?? ''} >> >> ` +
      `/Contents ${5 + index * 2} 0 R ${options.annotations ?? ''} ${options.pageKeys ?? ''} >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ]),
    ...(options.more ?? []),
  ]
  let file = '%PDF-1.7\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return offset
  })
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')
  return Buffer.from(
    `${file}xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} ` +
    `/Root 1 0 R >>\nstartxref\n${file.length}\n%%EOF\n`,
    'latin1',
  )
}

/** Content of a page: lines of text from the top, at a size in points. */
export function textContent(lines: readonly string[], size = 12): string {
  return `BT /F1 ${size} Tf ${size * 1.4} TL 60 720 Td ${lines.map((line) => `(${line.replace(/[()\\]/g, '\\$&')}) Tj T*`).join(' ')} ET`
}
