import type { ExtractionError } from '../errors.ts'

/**
 * How LibreOffice reads a file for us: by which of its filters, and into what. The filter is named, so that nothing that it does not know is taken for text;
 * what comes of it is an OpenDocument, where sheets and slides are pages.
 */
export type Way = { readonly mime: string; readonly extractor: string; readonly filter: string; readonly to: 'odt' | 'ods' | 'odp' }

type Kind = Omit<Way, 'filter'> & {
  /** For files that a reader of ours knows and found damaged. */
  readonly damaged?: string
  /** For files that no reader of ours knows. */
  readonly unknown?: string
}

const office = 'application/vnd.openxmlformats-officedocument'
const open = 'application/vnd.oasis.opendocument'
const star = 'application/vnd.stardivision'
const sun = 'application/vnd.sun.xml'

const kinds: readonly Kind[] = [
  { mime: 'application/msword', extractor: 'doc', damaged: 'MS Word 97', unknown: 'MS WinWord 6.0', to: 'odt' },
  { mime: 'application/vnd.ms-excel', extractor: 'xls', damaged: 'MS Excel 97', unknown: 'MS Excel 4.0', to: 'ods' },
  { mime: 'application/vnd.ms-powerpoint', extractor: 'ppt', damaged: 'MS PowerPoint 97', to: 'odp' },
  { mime: 'application/rtf', extractor: 'rtf', damaged: 'Rich Text Format', to: 'odt' },
  { mime: `${office}.wordprocessingml.document`, extractor: 'docx', damaged: 'MS Word 2007 XML', to: 'odt' },
  { mime: `${office}.spreadsheetml.sheet`, extractor: 'xlsx', damaged: 'Calc MS Excel 2007 XML', to: 'ods' },
  { mime: `${office}.presentationml.presentation`, extractor: 'pptx', damaged: 'Impress MS PowerPoint 2007 XML', to: 'odp' },
  { mime: `${open}.text`, extractor: 'odt', damaged: 'writer8', to: 'odt' },
  { mime: `${open}.spreadsheet`, extractor: 'ods', damaged: 'calc8', to: 'ods' },
  { mime: `${open}.presentation`, extractor: 'odp', damaged: 'impress8', to: 'odp' },
  { mime: 'application/vnd.wordperfect', extractor: 'wordperfect', unknown: 'WordPerfect', to: 'odt' },
  { mime: 'application/vnd.lotus-1-2-3', extractor: 'lotus', unknown: 'Lotus', to: 'ods' },
  { mime: 'application/vnd.ms-works', extractor: 'works', unknown: 'MS_Works', to: 'odt' },
  { mime: `${star}.writer`, extractor: 'starwriter', unknown: 'StarOffice_Writer', to: 'odt' },
  { mime: `${star}.calc`, extractor: 'starcalc', unknown: 'StarOffice_Spreadsheet', to: 'ods' },
  { mime: `${star}.impress`, extractor: 'starimpress', unknown: 'StarOffice_Presentation', to: 'odp' },
  { mime: `${sun}.writer`, extractor: 'sxw', unknown: 'StarOffice XML (Writer)', to: 'odt' },
  { mime: `${sun}.calc`, extractor: 'sxc', unknown: 'StarOffice XML (Calc)', to: 'ods' },
  { mime: `${sun}.impress`, extractor: 'sxi', unknown: 'StarOffice XML (Impress)', to: 'odp' },
]

/** How LibreOffice may read what our readers did not; null where it is not asked: a limit was crossed, a password is wanted, or it does not know the kind either. */
export function wayAround(error: ExtractionError): Way | null {
  const kind = kinds.find(({ mime }) => mime === error.mime)
  const filter = error.reason === 'corrupt' ? kind?.damaged : error.reason === 'unsupported_type' ? kind?.unknown : undefined
  return kind === undefined || filter === undefined ? null : { mime: kind.mime, extractor: kind.extractor, to: kind.to, filter }
}
