import type { Format, Provenance } from './types.ts'

/** Versions of the packages that read, as they are pinned in package.json; a test compares them with what is installed. */
export const engineVersions = { '@hyzyla/pdfium': '2.1.13', 'postal-mime': '4.0.0', 'tesseract.js': '7.0.0' } as const

type Adapter = Pick<Provenance, 'extractor' | 'engine' | 'version'>

/** An adapter of our own. Its version is raised when it gives other text for the same bytes, so that what the one before read can be named and read again. */
const own = (extractor: string, version = '1'): Adapter => ({ extractor, engine: 'built-in', version })
const pdf: Adapter = { extractor: 'pdf', engine: 'pdfium', version: engineVersions['@hyzyla/pdfium'] }
/** What becomes of the parts of a mail is ours: behind the sign stands the version of that. */
const mail = (extractor: string): Adapter => ({ extractor, engine: 'postal-mime', version: `${engineVersions['postal-mime']}+2` })
const image = own('image')
const text = own('text')

/** Who reads which format. */
const adapters: Readonly<Record<Format, Adapter>> = {
  pdf, png: image, jpeg: image, tiff: image, webp: image, gif: image, bmp: image,
  docx: own('docx', '2'), xlsx: own('xlsx'), xlsb: own('xlsb'), pptx: own('pptx', '2'), doc: own('doc'), xls: own('xls'), ppt: own('ppt'), odt: own('odt', '2'), ods: own('ods', '2'), odp: own('odp', '2'),
  rtf: own('rtf', '2'), epub: own('epub', '2'), html: own('html', '2'), markdown: text, text, csv: own('csv'),
  eml: mail('eml'), msg: own('msg', '2'), mbox: mail('mbox'), zip: own('zip'), tar: own('tar'), gz: own('gz'),
}

/** What the text of a file's pages comes from, where it is not recognized in pixels. */
export const provenanceOf = (format: Format): Provenance => ({ ...adapters[format], model: null })

type Recognizer = { engine: string; version: string; languages: readonly string[] }

/** What recognized text comes from; the model are the recognizer's languages. Pixels are those of a PDF or of a picture. */
export const recognizedBy = (mime: string, { engine, version, languages }: Recognizer): Provenance =>
  ({ extractor: (mime === 'application/pdf' ? pdf : image).extractor, engine, model: languages.join('+'), version })
