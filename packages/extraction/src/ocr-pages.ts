import { resolve } from 'node:path'
import { ExtractionError } from './errors.ts'
import { placesOf } from './layout/places-of.ts'
import { runChild } from './sandbox/run-child.ts'
import { sandboxWalls } from './sandbox/walls.ts'
import type { OcrInput } from './api.types.ts'
import { defaultLimits, type OcrResult } from './types.ts'

/** Seconds of computing time that a page may add: a dense page at 300 dpi takes 2 with native tesseract and 4 with tesseract.js on two slow cores. */
const cpuSecondsPerPage = 30

/**
 * Reads the pixels of the named pages in a child process and its tesseract, one page after the other.
 * `limits.wallMs` is the time without a finished page here, so that a long scan is not cut while it moves.
 *
 * @throws ExtractionError with the reason; `cancelled` when `signal` was aborted (no tesseract is left then)
 */
export async function ocrPages(input: OcrInput): Promise<OcrResult> {
  const limits = { ...defaultLimits, ...input.limits }
  const cpuSeconds = limits.cpuSeconds + cpuSecondsPerPage * input.pages.length
  const known: { result?: OcrResult } = {}
  const wanted = new Set(input.pages)
  const { done } = await runChild({
    request: {
      job: 'ocr',
      path: resolve(input.path),
      mime: input.mime,
      password: input.password ?? null,
      pages: [...wanted],
      langs: input.langs,
      engine: input.engine ?? 'auto',
      limits,
      walls: await sandboxWalls(),
    },
    workDir: input.workDir,
    limits: { ...limits, cpuSeconds },
    signal: input.signal,
    clock: 'since-last-record',
    onRecord: (record) => {
      if (record.type === 'engine') known.result = { engine: record.engine, languages: record.languages, missing: record.missing }
      if (record.type !== 'ocr') return
      if (!wanted.delete(record.number)) throw new ExtractionError('internal', `page ${record.number} was not asked for`, { mime: input.mime })
      input.onPage({ number: record.number, text: record.text, confidence: record.confidence, ...placesOf(record) })
    },
  })
  if (wanted.size > 0)
    throw new ExtractionError('ocr_failed', `${wanted.size} of ${input.pages.length} pages were not read (${done.pages} said done)`, {
      mime: input.mime,
    })
  if (known.result === undefined) throw new ExtractionError('internal', 'the child ended without naming its engine', { mime: input.mime })
  return known.result
}
