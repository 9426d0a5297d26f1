import { unsupported } from '../errors.ts'
import { openZip } from '../archive/zip.ts'
import type { Identified } from '../types.ts'

const openDocument: Record<string, Identified> = Object.fromEntries(
  [
    ['text', 'odt'],
    ['text-template', 'odt'],
    ['spreadsheet', 'ods'],
    ['spreadsheet-template', 'ods'],
    ['presentation', 'odp'],
    ['presentation-template', 'odp'],
  ].map(([kind = '', format]) => [
    `application/vnd.oasis.opendocument.${kind}`,
    { mime: `application/vnd.oasis.opendocument.${kind}`, format: format as Identified['format'] },
  ]),
)

const epub: Identified = { mime: 'application/epub+zip', format: 'epub' }
const archive: Identified = { mime: 'application/zip', format: 'zip' }

const office = 'application/vnd.openxmlformats-officedocument'
/** Main part's content type (a piece of it), and what the file is. Macros are never run nor read; the type says that a file has them. */
const mainParts: { piece: RegExp; found: Identified }[] = [
  { piece: /wordprocessingml\.(document|template)\.main\+xml/i, found: { mime: `${office}.wordprocessingml.document`, format: 'docx' } },
  { piece: /ms-word\.(document|template)\.macroEnabled/i, found: { mime: 'application/vnd.ms-word.document.macroenabled.12', format: 'docx' } },
  { piece: /spreadsheetml\.(sheet|template)\.main\+xml/i, found: { mime: `${office}.spreadsheetml.sheet`, format: 'xlsx' } },
  { piece: /ms-excel\.(sheet|template)\.macroEnabled\.main\+xml/i, found: { mime: 'application/vnd.ms-excel.sheet.macroenabled.12', format: 'xlsx' } },
  { piece: /ms-excel\.sheet\.binary\.macroEnabled/i, found: { mime: 'application/vnd.ms-excel.sheet.binary.macroenabled.12', format: 'xlsb' } },
  { piece: /presentationml\.(presentation|template|slideshow)\.main\+xml/i, found: { mime: `${office}.presentationml.presentation`, format: 'pptx' } },
  {
    piece: /ms-powerpoint\.(presentation|template|slideshow)\.macroEnabled/i,
    found: { mime: 'application/vnd.ms-powerpoint.presentation.macroenabled.12', format: 'pptx' },
  },
]

/** A damaged list of content types still leaves the folders. */
const folders: { folder: string; format: Identified['format'] }[] = [
  { folder: 'word/', format: 'docx' },
  { folder: 'xl/', format: 'xlsx' },
  { folder: 'ppt/', format: 'pptx' },
]
const byFormat = (format: Identified['format']) => mainParts.find(({ found }) => found.format === format)?.found

const maxTypesBytes = 4 * 1024 ** 2

/** What a zip archive is: a document that is kept as one, or an archive of files. Throws `corrupt`, `unsupported_type` for documents nobody reads here. */
export function detectZip(path: string): Identified {
  // Damage is for those to tell who read the file.
  const zip = openZip(path, { maxUnpackedBytes: maxTypesBytes, onDamage: () => {} })
  try {
    // What is locked tells nothing: an archive of files, whatever they are.
    const locked = new Set(zip.entries.filter(({ isLocked }) => isLocked).map(({ name }) => name))
    const tells = (name: string) => zip.has(name) && !locked.has(name)
    const mimetype = tells('mimetype') ? zip.read('mimetype').toString('latin1').trim() : ''
    const document = openDocument[mimetype]
    if (document) return document
    if (mimetype.startsWith(epub.mime) || (tells('META-INF/container.xml') && zip.names.some((name) => name.endsWith('.opf')))) return epub
    if (mimetype !== '' && /^[\w.+/-]+$/.test(mimetype)) throw unsupported(mimetype)
    if (!tells('[Content_Types].xml')) return archive
    const types = zip.read('[Content_Types].xml').toString('utf8')
    const main = mainParts.find(({ piece }) => piece.test(types))
    if (main) return main.found
    const folder = folders.find(({ folder: name }) => zip.names.some((entry) => entry.startsWith(name) && entry.endsWith('.xml')))
    const found = folder && byFormat(folder.format)
    if (found) return found
    return archive
  } finally {
    zip.close()
  }
}
