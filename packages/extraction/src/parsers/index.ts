import type { Format } from '../types.ts'
import type { Parser } from './parser.types.ts'

/** One line a format. Each parser is loaded only when its format comes: a text file never pays for the PDF engine. */
export const parsers: Record<Format, () => Promise<{ parse: Parser }>> = {
  pdf: () => import('./pdf/pdf.ts'),
  png: () => import('./image.ts'),
  jpeg: () => import('./image.ts'),
  tiff: () => import('./image.ts'),
  docx: () => import('./office/docx.ts'),
  xlsx: () => import('./office/xlsx.ts'),
  pptx: () => import('./office/pptx.ts'),
  odt: () => import('./office/odt.ts'),
  ods: () => import('./office/ods.ts'),
  odp: () => import('./office/odp.ts'),
  html: () => import('./html.ts'),
  markdown: () => import('./text.ts'),
  text: () => import('./text.ts'),
  csv: () => import('./csv.ts'),
  eml: () => import('./eml.ts'),
}
