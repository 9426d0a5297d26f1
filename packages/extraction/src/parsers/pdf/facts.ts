import type { RawFacts } from '../../text/facts.ts'
import { fieldsOf, together } from '../office/fields.ts'
import type { PdfDocument } from './document.ts'
import { readString } from './engine.ts'

const packet = { begin: '<x:xmpmeta', end: '</x:xmpmeta>', longest: 262_144 }

/** The last packet of XMP that the file holds in the open: that of the document, where pictures have some of their own, is written after them. */
function xmpOf(bytes: Buffer): Buffer | null {
  const end = bytes.lastIndexOf(packet.end)
  const begin = end === -1 ? -1 : bytes.lastIndexOf(packet.begin, end)
  return begin === -1 || end - begin > packet.longest ? null : bytes.subarray(begin, end + packet.end.length)
}

function xmpFacts(xml: Buffer): RawFacts {
  // Titles are alternatives by language (`rdf:li` in `dc:title`), authors a list, dates elements or attributes.
  const text = xml.toString('utf8')
  const inner = (name: string): string[] => fieldsOf(Buffer.from(new RegExp(`<${name}>.*?</${name}>`, 's').exec(text)?.[0] ?? ''), ['li']).get('li') ?? []
  const date = (name: string): string | undefined => new RegExp(`xmp:${name}(?:="|>)\\s*([^"<]{4,40})`).exec(text)?.[1]
  return { title: inner('dc:title')[0], author: together(inner('dc:creator')), createdAt: date('CreateDate'), modifiedAt: date('ModifyDate') }
}

/** What the document information dictionary says, and what it does not, the XMP packet. */
export function pdfFacts({ engine, document }: PdfDocument, bytes: Buffer): RawFacts {
  const info = (tag: string): string | undefined => {
    const name = engine.wasmExports.malloc(tag.length + 1)
    try {
      engine.HEAPU8.set(Buffer.from(`${tag}\0`, 'latin1'), name)
      return readString(engine, (buffer, length) => engine._FPDF_GetMetaText(document, name, buffer, length)).trim() || undefined
    } finally {
      engine.wasmExports.free(name)
    }
  }
  const packed = xmpOf(bytes)
  const xmp = packed === null ? {} : xmpFacts(packed)
  return {
    title: info('Title') ?? xmp.title, author: info('Author') ?? xmp.author, createdAt: info('CreationDate') ?? xmp.createdAt, modifiedAt: info('ModDate') ?? xmp.modifiedAt,
  }
}
