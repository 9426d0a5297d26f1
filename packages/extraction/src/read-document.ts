import { resolve } from 'node:path'
import type { ReadInput } from './api.types.ts'
import { createPageCollector } from './page-collector.ts'
import { runChild } from './sandbox/run-child.ts'
import { languageOf } from './text/language.ts'
import { defaultLimits, type ReadResult } from './types.ts'

/**
 * Reads a file in a child process of its own: finds out what it is, and returns its text page by page.
 * A page with `needsOcr` wants `ocrPages`; its `text` is ''. Attachments are files in `workDir` for the caller to move.
 *
 * @throws ExtractionError with the reason; `cancelled` when `signal` was aborted (nothing of the child is left then)
 */
export async function readDocument(input: ReadInput): Promise<ReadResult> {
  const limits = { ...defaultLimits, ...input.limits }
  const collector = createPageCollector(limits.pages)
  const { done } = await runChild({
    request: { job: 'read', path: resolve(input.path), fileName: input.fileName, password: input.password ?? null, limits },
    workDir: input.workDir, limits, signal: input.signal,
    onRecord: (record) => {
      const page = collector.take(record)
      if (page !== null) input.onProgress?.({ pagesDone: page.number, pages: collector.total(), page })
    },
  })
  const { mime, format, pages, attachments } = collector.finish(done.pages)
  return { mime, format, pages, language: await languageOf(pages), attachments }
}
