import { resolve } from 'node:path'
import type { DocumentReader, DocumentReaderOptions, ReadInput } from './api.types.ts'
import { ExtractionError } from './errors.ts'
import { readByOffice } from './fallback/read-by-office.ts'
import { createPageCollector } from './page-collector.ts'
import { provenanceOf } from './provenance.ts'
import type { ReaderProcess } from './sandbox/reader-process.ts'
import { createReaderPool } from './sandbox/reader-pool.ts'
import { languageOf } from './text/language.ts'
import { defaultLimits, defaultReuse, type Limits, type ReadResult } from './types.ts'

/** Readers that wait for their owner's next file; a worker reads about as many at once as the machine has cores. */
const idle = 2
const idleMs = 60_000

/**
 * Reads documents in child processes that are kept between files. Close it at the end; until then a process waits.
 * Reading `internal`, `memory_limit` and `corrupt` in a used process is tried once more in a new one, and what our readers cannot read by LibreOffice, so
 * progress may begin anew.
 */
export function createDocumentReader({ tempDir, onStart, ...options }: DocumentReaderOptions): DocumentReader {
  const limits = { ...defaultLimits, ...options.limits }
  const reuse = { ...defaultReuse, ...options.reuse }
  const pool = createReaderPool({ tempDir, limits, reuse, idle, idleMs, ...(onStart === undefined ? {} : { onStart }) })
  return {
    readDocument: async (input) => {
      const read = (one: ReadInput) => pool.run(one.owner, (reader) => readWith(reader, one, limits))
      const found = await read(input).catch((error: unknown) => {
        if (options.fallback === false || !(error instanceof ExtractionError)) throw error
        return readByOffice(error, { input, limits, read })
      })
      return { ...found, language: await languageOf(found.pages) }
    },
    close: () => pool.close(),
  }
}

async function readWith(reader: ReaderProcess, input: ReadInput, limits: Limits): Promise<Omit<ReadResult, 'language'>> {
  const collector = createPageCollector(limits.pages)
  const { done } = await reader.read({
    path: resolve(input.path), fileName: input.fileName, password: input.password ?? null, workDir: input.workDir, signal: input.signal,
    onRecord: (record) => {
      const page = collector.take(record)
      if (page !== null) input.onProgress?.({ pagesDone: page.number, pages: collector.total(), page })
    },
  })
  const { mime, format, facts, pages, attachments, warnings } = collector.finish(done.pages)
  return { mime, format, provenance: provenanceOf(format), facts, pages, attachments, warnings }
}
