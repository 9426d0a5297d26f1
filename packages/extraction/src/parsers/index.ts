import type { Format } from '../types.ts'
import type { Parser } from './parser.types.ts'

/** One line a format. Each parser is loaded only when its format comes: a text file never pays for the PDF engine. */
export const parsers: Record<Format, () => Promise<{ parse: Parser }>> = {
  pdf: () => import('./pdf/pdf.ts'),
  png: () => import('./image.ts'),
  jpeg: () => import('./image.ts'),
  tiff: () => import('./image.ts'),
  webp: () => import('./image.ts'),
  gif: () => import('./image.ts'),
  bmp: () => import('./image.ts'),
  docx: () => import('./office/docx.ts'),
  xlsx: () => import('./office/xlsx.ts'),
  pptx: () => import('./office/pptx.ts'),
  doc: () => import('./legacy/doc.ts'),
  xls: () => import('./legacy/xls.ts'),
  ppt: () => import('./legacy/ppt.ts'),
  odt: () => import('./office/odt.ts'),
  ods: () => import('./office/ods.ts'),
  odp: () => import('./office/odp.ts'),
  rtf: () => import('./rtf.ts'),
  epub: () => import('./epub.ts'),
  html: () => import('./html.ts'),
  markdown: () => import('./text.ts'),
  text: () => import('./text.ts'),
  csv: () => import('./csv.ts'),
  eml: () => import('./mail/eml.ts'),
  msg: () => import('./mail/msg.ts'),
  mbox: () => import('./mail/mbox.ts'),
  zip: () => import('./archive/zip.ts'),
  tar: () => import('./archive/tar.ts'),
  gz: () => import('./archive/gz.ts'),
}
