import { resolve } from 'node:path'
import { ExtractionError } from './errors.ts'
import { runChild } from './sandbox/run-child.ts'
import type { ReadInput } from './api.types.ts'
import { languageOf } from './text/language.ts'
import { defaultLimits, type Attachment, type ExtractedPage, type Identified, type ReadResult } from './types.ts'

/**
 * Reads a file in a child process of its own: finds out what it is, and returns its text page by page.
 * A page with `needsOcr` wants `ocrPages`; its `text` is ''. Attachments are files in `workDir` for the caller to move.
 *
 * @throws ExtractionError with the reason; `cancelled` when `signal` was aborted (nothing of the child is left then)
 */
export async function readDocument(input: ReadInput): Promise<ReadResult> {
  const limits = { ...defaultLimits, ...input.limits }
  const pages: ExtractedPage[] = []
  const attachments: Attachment[] = []
  const known: { type?: Identified; total: number | null } = { total: null }
  const { done } = await runChild({
    request: { job: 'read', path: resolve(input.path), fileName: input.fileName, password: input.password ?? null, limits },
    workDir: input.workDir, limits, signal: input.signal,
    onRecord: (record) => {
      if (record.type === 'identified') known.type = { mime: record.mime, format: record.format }
      if (record.type === 'total') known.total = record.pages
      if (record.type === 'attachment') attachments.push({ fileName: record.fileName, path: record.file })
      if (record.type !== 'page') return
      const page = { number: record.number, text: record.text, needsOcr: record.needsOcr }
      if (page.number !== pages.length + 1) throw new ExtractionError('internal', `page ${page.number} came after page ${pages.length}`)
      if (page.number > limits.pages) throw new ExtractionError('page_limit', `more than ${limits.pages} pages`)
      pages.push(page)
      input.onProgress?.({ pagesDone: pages.length, pages: known.total, page })
    },
  })
  const { mime, format } = known.type ?? fail('the child ended without naming a type')
  // A parser that gives up half-way may still exit with 0: only equal counts are a success.
  if (done.pages !== pages.length) fail(`${pages.length} pages arrived of ${done.pages}`, mime)
  if (pages.length === 0 && attachments.length === 0) throw new ExtractionError('empty', 'the file has no page', { mime })
  return { mime, format, pages, language: await languageOf(pages), attachments }
}

function fail(message: string, mime: string | null = null): never {
  throw new ExtractionError('internal', message, { mime })
}
