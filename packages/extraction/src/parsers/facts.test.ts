import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { compoundFile } from '../../../../scripts/examples/compound.ts'
import { excel97 } from '../../../../scripts/examples/excel97.ts'
import { openCompound } from '../archive/compound.ts'
import { readHere } from '../testing/read-here.ts'
import { pdfFile, textContent } from '../testing/sample-files.ts'

const examples = join(import.meta.dirname, '../../../../examples')
const nothing = { title: null, author: null, createdAt: null, modifiedAt: null }
const factsOf = async (bytes: Uint8Array | string, fileName = 'file') => (await readHere(bytes, { fileName })).facts
const at = '2026-01-20T12:00:00.000Z'

test.each([
  ['annual-report-2025.pdf', { title: 'Annual report 2025', author: 'Lighthaven Boatyard', createdAt: at, modifiedAt: at }],
  ['repair-agreement.docx', { title: 'Repair agreement', author: 'Lighthaven Boatyard', createdAt: at, modifiedAt: at }],
  ['solar-roof.pptx', { title: 'Solar roof for the heated hall', author: 'PptxGenJS', createdAt: at, modifiedAt: at }],
  ['price-list-2026.xlsx', nothing], ['workshop-rules.odt', nothing], ['board-meeting.md', nothing], ['formats/mailbox.mbox', nothing],
  ['formats/workshop-rules.epub', { ...nothing, title: 'Workshop rules of Lighthaven Boatyard', author: 'Lighthaven Boatyard' }],
  ['services.html', { ...nothing, title: 'Lighthaven Boatyard: what we do' }],
  ['leaking-seam.eml', { ...nothing, title: 'Petrel: a seam weeps again after the repair', author: 'Greta Olsen <greta.olsen@petrel.example>', createdAt: '2026-01-09T10:12:00.000Z' }],
  ['formats/leaking-seam.msg', { ...nothing, title: 'Petrel: a seam weeps again after the repair', author: 'Greta Olsen <greta.olsen@petrel.example>', createdAt: '2026-01-09T10:12:00.000Z' }],
])('%s says of itself what it says', async (name, facts) => {
  expect(await factsOf(await readFile(join(examples, name)), name)).toEqual(facts)
})

test('a page says it in its head, in whatever order and however often; pictures within it have titles of their own', async () => {
  const page = `<!doctype html><html><head><svg><title>icon</title></svg><meta name="Author" content="A &amp; B"><meta property="article:published_time" content="2025-03-14T09:26:53+01:00">
    <meta name="author" content="somebody else"><title>  The\n storm </title><meta name="last-modified" content="soon"></head><body><p>words</p></body></html>`
  expect(await factsOf(page, 'a.html')).toEqual({ ...nothing, title: 'The storm', author: 'A & B', createdAt: '2025-03-14T08:26:53.000Z' })
})

const content = '<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text><text:p>words</text:p></office:text></office:body></office:document-content>'
const odt = (meta: string) => zipSync({
  mimetype: [Buffer.from('application/vnd.oasis.opendocument.text'), { level: 0 }], 'content.xml': Buffer.from(content), 'meta.xml': Buffer.from(meta),
})

test('an OpenDocument file names whoever wrote it first, and a damaged part costs its words nothing', async () => {
  const meta = `<office:meta><dc:title>Rules</dc:title><meta:initial-creator>First</meta:initial-creator><dc:creator>Last</dc:creator>
    <meta:creation-date>2025-03-14T09:26:53.123456789</meta:creation-date><dc:date>2025-03-15T00:00:00</dc:date></office:meta>`
  expect(await factsOf(odt(meta))).toEqual({ title: 'Rules', author: 'First', createdAt: '2025-03-14T09:26:53.123Z', modifiedAt: '2025-03-15T00:00:00.000Z' })
  const broken = odt(meta)
  const place = Buffer.from(broken).lastIndexOf(Buffer.from('PK\u0003\u0004'))
  // Its compressed bytes, behind the name.
  broken.fill(0xff, place + 30 + 'meta.xml'.length, place + 60)
  expect(await readHere(broken)).toMatchObject({ facts: nothing, pages: [{ text: 'words' }] })
})

const xmp = Buffer.from(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description xmp:CreateDate="2025-03-14T09:26:53Z">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">From &amp; XMP</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>One</rdf:li><rdf:li>Two</rdf:li></rdf:Seq></dc:creator>
<xmp:ModifyDate>2025-03-15</xmp:ModifyDate></rdf:Description></rdf:RDF></x:xmpmeta>`)

test('what the information of a PDF does not say is taken from its XMP', async () => {
  expect(await factsOf(Buffer.concat([pdfFile([textContent(['words'], 20)]), xmp])))
    .toEqual({ title: 'From & XMP', author: 'One, Two', createdAt: '2025-03-14T09:26:53.000Z', modifiedAt: '2025-03-15T00:00:00.000Z' })
  expect(await factsOf(Buffer.concat([await readFile(join(examples, 'annual-report-2025.pdf')), xmp]))).toMatchObject({ title: 'Annual report 2025', createdAt: at })
})

/** A property set of [MS-OLEPS] with these values, by number of the property. */
function propertySet(values: Readonly<Record<number, Buffer>>): Buffer {
  const head = Buffer.alloc(48)
  head.writeUInt16LE(0xfffe, 0)
  head.writeUInt32LE(1, 24)
  head.writeUInt32LE(48, 44)
  const entries = Object.entries(values)
  const list = Buffer.alloc(8 + entries.length * 8)
  list.writeUInt32LE(entries.length, 4)
  let at = list.length
  for (const [index, [number, value]] of entries.entries()) {
    list.writeUInt32LE(Number(number), 8 + index * 8)
    list.writeUInt32LE(at, 12 + index * 8)
    at += value.length
  }
  list.writeUInt32LE(at, 0)
  return Buffer.concat([head, list, ...entries.map(([, value]) => value)])
}
const typed = (type: number, ...parts: Buffer[]): Buffer => Buffer.concat([Buffer.from([type, 0, 0, 0]), ...parts])
const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer)
const letters = (bytes: Buffer): Buffer => typed(0x1e, u32(bytes.length + 1), bytes, Buffer.alloc(4 - (bytes.length % 4)))
const moment = (iso: string): Buffer => typed(0x40, Buffer.from(BigUint64Array.of(BigInt(Date.parse(iso)) * 10_000n + 116_444_736_000_000_000n).buffer))

function workbookThatSays(values: Readonly<Record<number, Buffer>>): Buffer {
  const compound = openCompound(excel97([{ name: 'Money', rows: [['words']] }]))
  const stream = compound.find('Workbook')
  if (stream === undefined) throw new Error('the workbook has no stream')
  return compoundFile({ Workbook: compound.read(stream), '\u0005SummaryInformation': propertySet(values) })
}

test('an Office file of 97 says it in the code page that it names, and what is damaged in it costs its words nothing', async () => {
  const page = typed(0x02, Buffer.from([0xe3, 0x04, 0, 0]))
  const title = Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2])
  const values = { 1: page, 2: letters(title), 4: letters(Buffer.from('A. Author')), 12: moment('2001-02-03T04:05:06.000Z'), 13: moment('1601-01-01T00:10:00.000Z') }
  expect(await factsOf(workbookThatSays(values))).toEqual({ title: 'Привет', author: 'A. Author', createdAt: '2001-02-03T04:05:06.000Z', modifiedAt: null })
  expect(await readHere(workbookThatSays({ 2: typed(0x1e) }))).toMatchObject({ facts: nothing, pages: [{ text: 'Money\nwords' }] })
})

test('a text of RTF says it at its beginning; the same words further in are text', async () => {
  const rtf = String.raw`{\rtf1\ansi\ansicpg1250{\info{\title P\'f8\'edru\'e8ka {\b 2}}{\author \u352 ?\'e1l}{\creatim\yr2025\mo3\dy14\hr9\min26}{\revtim\yr2025\mo3\dy15}}Body{\b {\info{\title Another}}}\par}`
  expect(await factsOf(rtf)).toEqual({ title: 'Příručka 2', author: 'Šál', createdAt: '2025-03-14T09:26:00.000Z', modifiedAt: '2025-03-15T00:00:00.000Z' })
  expect(await factsOf(String.raw`{\rtf1 words{\info{\title never closed`)).toEqual(nothing)
})
