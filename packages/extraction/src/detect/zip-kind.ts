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

const office = 'application/vnd.openxmlformats-officedocument'
/** Main part's content type (a piece of it), and what the file is. Files with macros are read like those without; nothing is ever run. */
const mainParts: { piece: RegExp; found: Identified }[] = [
  {
    piece: /wordprocessingml\.(document|template)\.main\+xml|ms-word\.(document|template)\.macroEnabled/i,
    found: { mime: `${office}.wordprocessingml.document`, format: 'docx' },
  },
  {
    piece: /spreadsheetml\.(sheet|template)\.main\+xml|ms-excel\.(sheet|template)\.macroEnabled\.main\+xml/i,
    found: { mime: `${office}.spreadsheetml.sheet`, format: 'xlsx' },
  },
  {
    piece: /presentationml\.(presentation|template|slideshow)\.main\+xml|ms-powerpoint\.(presentation|template|slideshow)\.macroEnabled/i,
    found: { mime: `${office}.presentationml.presentation`, format: 'pptx' },
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

/** What a zip archive is. Throws `corrupt` for a broken archive, `unsupported_type` for any other archive. */
export function detectZip(path: string): Identified {
  const zip = openZip(path, { maxUnpackedBytes: maxTypesBytes })
  try {
    const mimetype = zip.has('mimetype') ? zip.read('mimetype').toString('latin1').trim() : ''
    const document = openDocument[mimetype]
    if (document) return document
    if (mimetype !== '' && /^[\w.+/-]+$/.test(mimetype)) throw unsupported(mimetype)
    if (!zip.has('[Content_Types].xml')) throw unsupported('application/zip')
    const types = zip.read('[Content_Types].xml').toString('utf8')
    const main = mainParts.find(({ piece }) => piece.test(types))
    if (main) return main.found
    if (/sheet\.binary/i.test(types)) throw unsupported('application/vnd.ms-excel.sheet.binary.macroenabled.12')
    const folder = folders.find(({ folder: name }) => zip.names.some((entry) => entry.startsWith(name) && entry.endsWith('.xml')))
    const found = folder && byFormat(folder.format)
    if (found) return found
    throw unsupported('application/zip')
  } finally {
    zip.close()
  }
}
