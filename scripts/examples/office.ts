import { createRequire } from 'node:module'
import { Document, HeadingLevel, Packer, Paragraph } from 'docx'
import { strFromU8, strToU8, unzipSync, zipSync, type Zippable } from 'fflate'
import type pptxgenjs from 'pptxgenjs'
import type { contract, slides } from './archive-office.ts'

type Cells = (string | number)[][]

/** The package's types describe its CommonJS face, so that is the one used. */
const Presentation: typeof pptxgenjs.default = createRequire(import.meta.url)('pptxgenjs')

const mtime = new Date('2026-01-20T12:00:00Z')
const stamp = '2026-01-20T12:00:00Z'
export const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'

const escape = (text: string | number): string => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Packs with fixed times and in a fixed order; `stored` names go in uncompressed, as OpenDocument wants its first entry. */
export function pack(files: Record<string, string | Uint8Array>, stored: string[] = []): Buffer {
  const entries: Zippable = {}
  for (const [name, content] of Object.entries(files)) {
    entries[name] = [typeof content === 'string' ? strToU8(content) : content, { mtime, level: stored.includes(name) ? 0 : 9 }]
  }
  return Buffer.from(zipSync(entries))
}

/** What an office library wrote, with its times of day replaced, so that two runs give the same bytes. */
function steady(bytes: Uint8Array): Buffer {
  const files: Record<string, string | Uint8Array> = {}
  for (const [name, content] of Object.entries(unzipSync(bytes)).sort(([a], [b]) => a.localeCompare(b, 'en'))) {
    if (name.endsWith('/')) continue
    files[name] = name === 'docProps/core.xml' ? strFromU8(content).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, stamp) : content
  }
  return pack(files)
}

export async function docx(sections: typeof contract): Promise<Buffer> {
  const children = sections.flatMap(({ heading, paragraphs }) => [
    new Paragraph({ text: heading, heading: HeadingLevel.HEADING_1 }), ...paragraphs.map((text) => new Paragraph({ text })),
  ])
  return steady(await Packer.toBuffer(new Document({ title: 'Repair agreement', creator: 'Lighthaven Boatyard', sections: [{ children }] })))
}

export async function pptx(deck: typeof slides): Promise<Buffer> {
  const presentation = new Presentation()
  presentation.title = deck[0]?.title ?? ''
  for (const { title, points } of deck) {
    const slide = presentation.addSlide()
    slide.addText(title, { x: 0.5, y: 0.3, w: 9, h: 1, fontSize: 28, bold: true })
    slide.addText(points.map((text) => ({ text, options: { bullet: true, breakLine: true } })), { x: 0.5, y: 1.5, w: 9, h: 3.5, fontSize: 18 })
  }
  return steady(new Uint8Array(await presentation.write({ outputType: 'arraybuffer' }) as ArrayBuffer))
}

const column = (index: number): string => String.fromCharCode(65 + index)

function sheet(rows: Cells): string {
  const cell = (value: string | number, row: number, at: number): string => typeof value === 'number'
    ? `<c r="${column(at)}${row}"><v>${value}</v></c>`
    : `<c r="${column(at)}${row}" t="inlineStr"><is><t>${escape(value)}</t></is></c>`
  const lines = rows.map((row, index) => `<row r="${index + 1}">${row.map((value, at) => cell(value, index + 1, at)).join('')}</row>`)
  return `${declaration}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${lines.join('')}</sheetData></worksheet>`
}

/** A workbook with one sheet for each name. */
export function xlsx(sheets: Record<string, Cells>): Buffer {
  const names = Object.keys(sheets)
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const packageRelations = 'http://schemas.openxmlformats.org/package/2006/relationships'
  const types = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
  return pack({
    '[Content_Types].xml': `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${types}.sheet.main+xml"/>${names.map((_, at) => `<Override PartName="/xl/worksheets/sheet${at + 1}.xml" ContentType="${types}.worksheet+xml"/>`).join('')}</Types>`,
    '_rels/.rels': `${declaration}<Relationships xmlns="${packageRelations}"><Relationship Id="rId1" Type="${relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `${declaration}<workbook xmlns="${main}" xmlns:r="${relations}"><sheets>${names.map((name, at) => `<sheet name="${escape(name)}" sheetId="${at + 1}" r:id="rId${at + 1}"/>`).join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `${declaration}<Relationships xmlns="${packageRelations}">${names.map((_, at) => `<Relationship Id="rId${at + 1}" Type="${relations}/worksheet" Target="worksheets/sheet${at + 1}.xml"/>`).join('')}</Relationships>`,
    ...Object.fromEntries(names.map((name, at) => [`xl/worksheets/sheet${at + 1}.xml`, sheet(sheets[name] ?? [])])),
  })
}

const openOffice = 'urn:oasis:names:tc:opendocument:xmlns'

function openDocument(kind: 'text' | 'spreadsheet' | 'presentation', body: string): Buffer {
  const mime = `application/vnd.oasis.opendocument.${kind}`
  const spaces = ['office', 'text', ...(kind === 'text' ? [] : ['table', 'drawing'])].map((name) => `xmlns:${name === 'drawing' ? 'draw' : name}="${openOffice}:${name}:1.0"`).join(' ')
  return pack({
    mimetype: mime,
    'META-INF/manifest.xml': `${declaration}<manifest:manifest xmlns:manifest="${openOffice}:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="${mime}"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>`,
    'content.xml': `${declaration}<office:document-content ${spaces} office:version="1.3"><office:body><office:${kind}>${body}</office:${kind}></office:body></office:document-content>`,
  }, ['mimetype'])
}

/** A text document: the first line is its heading. */
export function odt([title, ...paragraphs]: string[]): Buffer {
  return openDocument('text', `<text:h text:outline-level="1">${escape(title ?? '')}</text:h>${paragraphs.map((text) => `<text:p>${escape(text)}</text:p>`).join('')}`)
}

/** An OpenDocument workbook with one sheet for each name. */
export function ods(sheets: Record<string, Cells>): Buffer {
  const cell = (value: string | number) => typeof value === 'number'
    ? `<table:table-cell office:value-type="float" office:value="${value}"><text:p>${value}</text:p></table:table-cell>` : `<table:table-cell office:value-type="string"><text:p>${escape(value)}</text:p></table:table-cell>`
  return openDocument('spreadsheet', Object.entries(sheets).map(([name, rows]) =>
    `<table:table table:name="${escape(name)}">${rows.map((row) => `<table:table-row>${row.map(cell).join('')}</table:table-row>`).join('')}</table:table>`).join(''))
}

/** An OpenDocument presentation. */
export function odp(deck: typeof slides): Buffer {
  return openDocument('presentation', deck.map(({ title, points }, index) => `<draw:page draw:name="${index + 1}">${[title, ...points].map((text) =>
    `<draw:frame><draw:text-box><text:p>${escape(text)}</text:p></draw:text-box></draw:frame>`).join('')}</draw:page>`).join(''))
}

/** An Office file as one that carries macros says it is one; the macros themselves are a few bytes that nobody could run. */
export function withMacros(bytes: Buffer): Buffer {
  const types: Record<string, string> = {
    'openxmlformats-officedocument.wordprocessingml.document.main': 'ms-word.document.macroEnabled.main',
    'openxmlformats-officedocument.spreadsheetml.sheet.main': 'ms-excel.sheet.macroEnabled.main',
    'openxmlformats-officedocument.presentationml.presentation.main': 'ms-powerpoint.presentation.macroEnabled.main',
  }
  const files: Record<string, string | Uint8Array> = { ...unzipSync(bytes), 'macros/vbaProject.bin': 'no macro' }
  let list = strFromU8(files['[Content_Types].xml'] as Uint8Array)
  for (const [plain, macros] of Object.entries(types)) list = list.replace(plain, macros)
  return pack({ ...files, '[Content_Types].xml': list })
}

/** A book in the format of electronic ones: a chapter for each pair of heading and text. */
export function epub(title: string, chapters: { heading: string; text: string }[]): Buffer {
  const names = chapters.map((_, index) => `chapter-${index + 1}.xhtml`)
  return pack({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml': `${declaration}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
    'book.opf': `${declaration}<package version="3.0" xmlns="http://www.idpf.org/2007/opf" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">lighthaven-book</dc:identifier><dc:title>${escape(title)}</dc:title><dc:creator>Lighthaven Boatyard</dc:creator><dc:language>en</dc:language></metadata><manifest>${names.map((name) => `<item id="${name}" href="${name}" media-type="application/xhtml+xml"/>`).join('')}</manifest><spine>${names.map((name) => `<itemref idref="${name}"/>`).join('')}</spine></package>`,
    ...Object.fromEntries(chapters.map(({ heading, text }, index) => [names[index] ?? '', `${declaration}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>${escape(heading)}</title></head><body><h1>${escape(heading)}</h1><p>${escape(text)}</p></body></html>`])),
  }, ['mimetype'])
}

/** A zip archive of files. */
export const zip = (files: Record<string, Uint8Array>): Buffer => pack(files)
