import type { About } from '../types.ts'

const producer = 'IntelliDocs'

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
// Characters that XML 1.0 does not know.
const plain = (text: string): string => text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').toWellFormed()

/** A text string of PDF, in UTF-16. */
export const pdfString = (text: string): string => `<FEFF${Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()}>`
const pdfDate = (at: Date): string => `(D:${at.toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z)`

/** The entries of an information dictionary. */
export const infoEntries = ({ title }: About, now: Date): string => `/Title ${pdfString(title)} /Producer (${producer}) /CreationDate ${pdfDate(now)}`

/** A packet of XMP (ISO 16684-1) that says the same, and the language. */
export function xmpPacket({ title, language }: About, now: Date): Buffer {
  const lines = [
    `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${escaped(plain(title))}</rdf:li></rdf:Alt></dc:title>`,
    ...(language === null ? [] : [`<dc:language><rdf:Bag><rdf:li>${escaped(language)}</rdf:li></rdf:Bag></dc:language>`]),
    `<dc:format>application/pdf</dc:format><xmp:CreateDate>${now.toISOString().slice(0, 19)}Z</xmp:CreateDate><pdf:Producer>${producer}</pdf:Producer>`,
  ]
  return Buffer.from([
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>', '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">',
    ...lines, '</rdf:Description></rdf:RDF></x:xmpmeta>', '<?xpacket end="w"?>',
  ].join('\n'), 'utf8')
}
