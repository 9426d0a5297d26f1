import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { expect, test } from 'vitest'
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
