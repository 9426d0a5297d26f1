import PDFDocument from 'pdfkit'
import type { Page } from './archive-pdf.ts'

/** Fixed, so that two runs write the same bytes: pdfkit makes the file's id from it. */
const created = new Date('2026-01-20T12:00:00Z')

type Options = { title: string; language: string; password?: string }

/**
 * A4 pages of text in Helvetica, one of ours a page.
 * With a password the file is encrypted by RC4 (PDF 1.4): later versions use random vectors and would differ at every run.
 */
export function pdf(pages: Page[], { title, language, password }: Options): Promise<Buffer> {
  const document = new PDFDocument({
    size: 'A4', margin: 64, autoFirstPage: false, lang: language, pdfVersion: '1.4',
    info: { Title: title, Author: 'Lighthaven Boatyard', CreationDate: created, ModDate: created },
    ...(password === undefined ? {} : { userPassword: password, ownerPassword: `owner of ${password}` }),
  })
  const chunks: Buffer[] = []
  document.on('data', (chunk: Buffer) => chunks.push(chunk))
  const finished = new Promise<Buffer>((resolve, reject) => {
    document.on('end', () => resolve(Buffer.concat(chunks)))
    document.on('error', reject)
  })
  pages.forEach(({ heading, paragraphs }, index) => {
    document.addPage()
    document.font('Helvetica-Bold').fontSize(18).text(heading)
    document.moveDown()
    document.font('Helvetica').fontSize(12)
    for (const paragraph of paragraphs) document.text(paragraph, { lineGap: 4 }).moveDown()
    if (pages.length > 1) document.fontSize(9).text(`${index + 1} / ${pages.length}`, 64, 760, { align: 'center', lineBreak: false })
  })
  document.end()
  return finished
}

/** The first third of a good file: its header promises a PDF, its table of objects never comes. */
export function broken(good: Buffer): Buffer {
  return good.subarray(0, Math.floor(good.length / 3))
}
