import { createHash } from 'node:crypto'
import type { Signer } from '@intellidocs/audit'
import { signature as signatureShape } from './certificate.ts'
import type { Signed } from './signing.ts'

/**
 * A PDF with a comment before its `startxref`, where every reader of PDF skips it: a signature over all the other bytes, and the place of the
 * certificate's text within them. Nothing is compressed, so that taking the text out needs no reader of PDF.
 */
const END = /\n(%intellidocs-certificate-pdf\/1 (\d{1,9}) (\d{1,9}) ([0-9a-f]{16}) ([A-Za-z0-9_-]{86})\n)startxref\n\d{1,9}\n%%EOF\n$/
const END_BYTES = 400

type Place = { readonly offset: number; readonly length: number }

const textOf = (pdf: Uint8Array, { offset, length }: Place, keyId: string): string =>
  JSON.stringify(['intellidocs-certificate-pdf-1', createHash('sha256').update(pdf).digest('hex'), offset, length, keyId])

/** Puts the signature into a PDF that has `text`, a certificate's, attached as it is. */
export function sealPdf(pdf: Buffer, text: string, signer: Signer): Buffer {
  const place = { offset: pdf.indexOf(text, 0, 'utf8'), length: Buffer.byteLength(text) }
  const end = pdf.lastIndexOf('startxref\n', undefined, 'latin1')
  if (place.offset < 0 || end < 0) throw new Error('the page does not hold its certificate')
  const line = `%intellidocs-certificate-pdf/1 ${place.offset} ${place.length} ${signer.keyId} ${signer.sign(textOf(pdf, place, signer.keyId))}\n`
  return Buffer.concat([pdf.subarray(0, end), Buffer.from(line, 'latin1'), pdf.subarray(end)])
}

export const isPdf = (file: Uint8Array): boolean => Buffer.from(file.subarray(0, 5)).toString('latin1') === '%PDF-'

/** The certificate's text in a sealed PDF and what was signed of the page; null when it does not end as one. */
export function openPdf(file: Uint8Array): { readonly text: Uint8Array; readonly page: Signed } | null {
  const from = Math.max(0, file.length - END_BYTES)
  const found = END.exec(Buffer.from(file.subarray(from)).toString('latin1'))
  if (found === null) return null
  const [, line = '', offset = '', length = '', keyId = '', signature = ''] = found
  if (!signatureShape.safeParse(signature).success) return null
  const start = from + found.index + 1
  const place = { offset: Number(offset), length: Number(length) }
  const pdf = Buffer.concat([file.subarray(0, start), file.subarray(start + line.length)])
  return { text: file.subarray(place.offset, Math.min(start, place.offset + place.length)), page: { text: textOf(pdf, place, keyId), keyId, signature } }
}
