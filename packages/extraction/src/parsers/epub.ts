import { posix } from 'node:path'
import type { Zip } from '../archive/zip.ts'
import { ExtractionError } from '../errors.ts'
import { cleanText } from '../text/clean.ts'
import { decodeUnknown } from '../text/decode-unknown.ts'
import { splitIntoPages } from '../text/split.ts'
import { declaredCharset } from './html.ts'
import { htmlToText } from './html-text.ts'
import { createTextBudget } from './office/budget.ts'
import { withPackage } from './office/package.ts'
import { walkXml } from './office/xml.ts'
import type { ParserInput } from './parser.types.ts'

type Book = { title: string; creators: string[]; createdAt: string; modifiedAt: string; /** Null for one that is not in the file. */ chapters: (string | null)[] }

const told = new Set(['title', 'creator', 'date', 'modified'])

function unescaped(href: string): string {
  try {
    return decodeURIComponent(href)
  } catch {
    // A name with a percent sign of its own.
    return href
  }
}

function packageOf(zip: Zip): string {
  let found = ''
  if (zip.has('META-INF/container.xml')) walkXml(zip.read('META-INF/container.xml'), {
    open: (name, attributes) => { if (name === 'rootfile' && found === '') found = unescaped(attributes['full-path'] ?? '') },
  })
  return found !== '' && zip.has(found) ? found : zip.names.find((name) => name.endsWith('.opf')) ?? ''
}

/** Title, authors, and the chapters in the order in which they are read. */
function readBook(zip: Zip, part: string): Book {
  const book: Book = { title: '', creators: [], createdAt: '', modifiedAt: '', chapters: [] }
  const items = new Map<string, string>()
  let inside = ''
  let words = ''
  walkXml(zip.read(part), {
    open: (name, { id, href, idref, property }) => {
      inside = name === 'meta' && property === 'dcterms:modified' ? 'modified' : name
      words = ''
      if (name === 'item' && id !== undefined && href !== undefined) items.set(id, posix.join(posix.dirname(part), unescaped(href.split('#')[0] ?? '')))
      if (name !== 'itemref') return
      const chapter = items.get(idref ?? '') ?? ''
      book.chapters.push(zip.has(chapter) ? chapter : null)
    },
    close: (name) => {
      if (name === 'title' && book.title === '') book.title = words.trim()
      if (name === 'date' && book.createdAt === '') book.createdAt = words.trim()
      if (inside === 'modified') book.modifiedAt = words.trim()
      if (name === 'creator' && words.trim() !== '') book.creators.push(words.trim())
      inside = ''
    },
    text: (text) => { if (told.has(inside)) words += text },
  })
  return book
}

/** Chapters that are locked; fonts that are merely scrambled do not matter. */
function locked(zip: Zip): Set<string> {
  const names = new Set<string>()
  if (zip.has('META-INF/encryption.xml')) walkXml(zip.read('META-INF/encryption.xml'), {
    open: (name, { URI }) => { if (name === 'CipherReference' && URI !== undefined) names.add(unescaped(URI)) },
  })
  return names
}

/** Title and authors, then the chapters in the order of reading, each on pages of its own. */
export async function parse(input: ParserInput): Promise<void> {
  await withPackage(input, async (zip) => {
    const part = packageOf(zip)
    if (part === '') throw new ExtractionError('corrupt', 'the book has no list of its parts', { mime: input.mime })
    const { title, creators, createdAt, modifiedAt, chapters } = readBook(zip, part)
    input.facts(() => ({ title, author: creators.join(', '), createdAt, modifiedAt }))
    const secret = locked(zip)
    if (chapters.some((chapter) => chapter !== null && secret.has(chapter))) throw new ExtractionError('unsupported_type', 'the chapters of the book are encrypted', { mime: input.mime })
    const budget = createTextBudget(input.limits.outputBytes)
    const pages: string[] = []
    for (const chapter of chapters) {
      if (chapter === null) {
        pages.push('')
        continue
      }
      const bytes = zip.read(chapter)
      pages.push(...splitIntoPages(cleanText(budget.take(htmlToText(await decodeUnknown(bytes, declaredCharset(bytes)))))))
    }
    const first = pages.findIndex((page) => page !== '')
    if (first === -1) throw new ExtractionError(pages.length === 0 ? 'empty' : 'corrupt', 'no chapter holds words', { mime: input.mime })
    pages[first] = [title, creators.join(', '), pages[first]].filter((text) => text !== '').join('\n')
    input.total(pages.length)
    // Pages of a chapter hold words; one without any stands for a chapter that is missing.
    for (const page of pages) input.page(page, { warnings: page === '' ? ['corrupt'] : [] })
  })
}
