import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Signer } from '@intellidocs/audit'
import PDFDocument from 'pdfkit'
import type { Certificate } from '../certificate.ts'
import { sealPdf } from '../sealed-pdf.ts'
import { readCertificate } from '../signing.ts'
import { blocksOf, footer } from './content.ts'
import { fontNames, loadFonts, type Fonts } from './fonts.ts'
import { SHEET, Sheets } from './sheet.ts'

export type Printer = {
  /**
   * The certificate as pages (PDF/A-3) with its text attached, sealed by the signer. The same text and signer give the same bytes. Throws for a text that
   * is no certificate.
   */
  print(text: string, signer: Signer): Promise<Buffer>
}

/** Blocks drawn before others get their turn: some milliseconds. */
const BLOCKS_AT_ONCE = 5

/** Reads its fonts once. */
export function createPrinter(): Printer {
  const fonts = loadFonts()
  return {
    async print(text, signer) {
      const certificate = readCertificate(text)
      if (certificate === null) throw new Error('a text that is no certificate was to be printed')
      return sealPdf(await draw(certificate, text, fonts), text, signer)
    },
  }
}

async function draw(certificate: Certificate, text: string, fonts: Fonts): Promise<Buffer> {
  const issued = new Date(certificate.issuedAt)
  // Not compressed: deflate is not the same on every processor, and the text can be taken out again without a reader of PDF.
  const doc = new PDFDocument({
    compress: false, pdfVersion: '1.7', subset: 'PDF/A-3b', lang: 'en', displayTitle: true, autoFirstPage: false, bufferPages: true, margin: 0,
    size: [SHEET.width, SHEET.height], font: '',
    info: { Title: `Certificate of run ${certificate.run.id}`, Producer: 'IntelliDocs', Creator: 'IntelliDocs', CreationDate: issued, ModDate: issued },
  })
  const chunks: Buffer[] = []
  doc.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => { doc.on('end', resolve).on('error', reject) })
  for (const name of fontNames) {
    // A font that is parsed is taken as well as its bytes, which its types do not say.
    const parsed: unknown = fonts.parsed[name]
    doc.registerFont(name, parsed as Buffer)
  }
  doc.addPage()
  const sheets = new Sheets(doc, fonts)
  let blocks = 0
  for (const block of blocksOf(certificate, sheets)) {
    sheets.place(block)
    blocks += 1
    if (blocks % BLOCKS_AT_ONCE === 0) await nextTurn()
  }
  sheets.footers(footer(certificate, sheets))
  const attached = { name: 'certificate.json', type: 'application/json', relationship: 'Data', description: 'The certificate', creationDate: issued, modifiedDate: issued }
  doc.file(Buffer.from(text, 'utf8'), attached)
  doc.end()
  await ended
  return Buffer.concat(chunks)
}
