import type { Warning } from '@intellidocs/contracts'
import { ExtractionError } from './errors.ts'
import { placesOf } from './layout/places-of.ts'
import type { ChildRecord } from './sandbox/records.ts'
import type { Attachment, ExtractedPage, FileFacts, Identified } from './types.ts'

export type Collected = Identified & { facts: FileFacts; pages: ExtractedPage[]; attachments: Attachment[]; warnings: Warning[] }
export type PageCollector = {
  /** Takes one record; gives back the page it brought. Throws `internal` (out of order), `page_limit`. */
  take(record: ChildRecord): ExtractedPage | null
  total(): number | null
  /** What came in all, when it is all that was said to come. Throws `internal`, `empty`. */
  finish(pagesSaid: number): Collected
}

/** Gathers what a child says of a document, and believes nothing: a parser that gives up half-way may still exit with 0. */
export function createPageCollector(maxPages: number): PageCollector {
  const pages: ExtractedPage[] = []
  const attachments: Attachment[] = []
  const warnings: Warning[] = []
  let type: Identified | null = null
  let facts: FileFacts = { title: null, author: null, createdAt: null, modifiedAt: null }
  let announced: number | null = null
  const wrong = (message: string) => new ExtractionError('internal', message, { mime: type?.mime ?? null })
  return {
    total: () => announced,
    take: (record) => {
      if (record.type === 'identified') type = { mime: record.mime, format: record.format }
      if (record.type === 'total') announced = record.pages
      if (record.type === 'facts') facts = { title: record.title, author: record.author, createdAt: record.createdAt, modifiedAt: record.modifiedAt }
      if (record.type === 'attachment') attachments.push({ fileName: record.fileName, path: record.file })
      if (record.type === 'warning') warnings.push({ reason: record.reason, pages: record.pages, names: record.names })
      if (record.type !== 'page') return null
      if (record.number !== pages.length + 1) throw wrong(`page ${record.number} came after page ${pages.length}`)
      if (record.number > maxPages) throw new ExtractionError('page_limit', `more than ${maxPages} pages`, { mime: type?.mime ?? null })
      const page = { number: record.number, text: record.text, needsOcr: record.needsOcr, warnings: record.warnings, ...placesOf(record) }
      pages.push(page)
      return page
    },
    finish: (pagesSaid) => {
      if (type === null) throw wrong('the child ended without naming a type')
      if (pagesSaid !== pages.length || (announced !== null && announced !== pages.length))
        throw wrong(`${pages.length} pages came of ${announced ?? pagesSaid}`)
      if (pages.length === 0 && attachments.length === 0) throw new ExtractionError('empty', 'the file has no page', { mime: type.mime })
      return { ...type, facts, pages, attachments, warnings }
    },
  }
}
