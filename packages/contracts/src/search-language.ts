import { z } from 'zod'
import { runStates } from './flow-words.ts'

const word = [
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.ms-word.document.macroenabled.12', 'application/msword',
] as const
const excel = [
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'application/vnd.ms-excel.sheet.macroenabled.12', 'application/vnd.ms-excel',
  'application/vnd.ms-excel.sheet.binary.macroenabled.12',
] as const
const powerpoint = [
  'application/vnd.openxmlformats-officedocument.presentationml.presentation', 'application/vnd.ms-powerpoint.presentation.macroenabled.12',
  'application/vnd.ms-powerpoint',
] as const
const openDocument = (kind: string): readonly [string, string] => [`application/vnd.oasis.opendocument.${kind}`, `application/vnd.oasis.opendocument.${kind}-flat-xml`]
const [odt, ods, odp] = [openDocument('text'), openDocument('spreadsheet'), openDocument('presentation')]
/** Of programs of long ago, which LibreOffice reads for us. */
const old = {
  texts: ['application/vnd.wordperfect', 'application/vnd.ms-works', 'application/vnd.stardivision.writer', 'application/vnd.sun.xml.writer'],
  sheets: ['application/vnd.lotus-1-2-3', 'application/vnd.stardivision.calc', 'application/vnd.sun.xml.calc'],
  slides: ['application/vnd.stardivision.impress', 'application/vnd.sun.xml.impress'],
} as const
const images = { png: 'image/png', jpeg: 'image/jpeg', tiff: 'image/tiff', webp: 'image/webp', bmp: 'image/bmp', gif: 'image/gif' } as const

/** What facets count, each with the media types that belong to it. */
export const documentKinds = {
  pdf: ['application/pdf'], document: [...word, ...odt, 'application/rtf', ...old.texts],
  sheet: [...excel, ...ods, 'text/csv', 'text/tab-separated-values', ...old.sheets], slides: [...powerpoint, ...odp, ...old.slides],
  text: ['text/plain'], markdown: ['text/markdown'], html: ['text/html', 'application/xhtml+xml'], ebook: ['application/epub+zip'],
  email: ['message/rfc822', 'application/vnd.ms-outlook', 'application/mbox'], image: Object.values(images),
  archive: ['application/zip', 'application/x-tar', 'application/gzip'],
} as const satisfies Record<string, readonly string[]>
export type DocumentKind = keyof typeof documentKinds

/** What `type:` understands: the kinds, and formats by the endings that people know. */
export const documentTypes = {
  ...documentKinds,
  word, docx: word, docm: word, doc: word, excel, xlsx: excel, xlsm: excel, xlsb: excel, xls: excel, powerpoint, pptx: powerpoint, ppt: powerpoint, odt, ods, odp,
  rtf: ['application/rtf'], csv: ['text/csv'], tsv: ['text/tab-separated-values'], txt: ['text/plain'], md: ['text/markdown'], epub: ['application/epub+zip'],
  eml: ['message/rfc822'], msg: ['application/vnd.ms-outlook'], mbox: ['application/mbox'], zip: ['application/zip'], tar: ['application/x-tar'],
  gz: ['application/gzip'], png: [images.png], jpeg: [images.jpeg], jpg: [images.jpeg], tiff: [images.tiff], tif: [images.tiff], webp: [images.webp],
  bmp: [images.bmp], gif: [images.gif],
} as const satisfies Record<string, readonly string[]>
export type DocumentType = keyof typeof documentTypes
export const documentType = z.enum(Object.keys(documentTypes) as [DocumentType, ...DocumentType[]])

/** What `flow:` understands: how the last run on a document stands. `open`: it is not over; `none`: there was never one. */
export const flowStanding = z.enum([...runStates, 'open', 'none'])
export type FlowStanding = z.infer<typeof flowStanding>

/** What can be wrong with a query, and how it is said. Nobody learns here of a folder or a member that is not shown to them. */
export const queryFaults = {
  quote_open: 'This quotation mark is not closed.',
  type_unknown: 'There is no such type. Types are pdf, word, excel, powerpoint, image, email, text and endings of files, such as docx.',
  tag_invalid: 'A tag has letters, digits, blanks, dots and dashes, 40 at most.',
  folder_unknown: 'There is no such folder among those you may see.',
  owner_unknown: 'There is no such member among those you may see. Give a name, an address, or "me".',
  language_invalid: 'A language is two or three letters: pt, or pt-br.',
  flow_unknown: 'A flow is open, none, or the state of a run: approved, rejected, expired, withdrawn, cancelled, failed.',
  date_invalid: 'A date is a year, a month or a day: 2025, 2025-01, 2025-01-31. In front of it may stand > >= < <=, between two of them "..".',
  pages_invalid: 'A number of pages is 10, >10, >=10, <10, <=10 or 5..10.',
  range_reversed: 'This ends before it begins.',
  too_many: 'A query holds 32 filters, phrases and exclusions at most.',
} as const
export type QueryFaultReason = keyof typeof queryFaults

/** Details of `search.query_invalid`: where in the query, in UTF-16 code units behind its leading blanks, end exclusive. */
export const queryFault = z.strictObject({
  reason: z.enum(Object.keys(queryFaults) as [QueryFaultReason, ...QueryFaultReason[]]), start: z.int(), end: z.int(), message: z.string(),
})
export type QueryFault = z.infer<typeof queryFault>
