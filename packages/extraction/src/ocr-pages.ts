import { resolve } from 'node:path'
import { isUnreadReason } from '@intellidocs/contracts'
import { ExtractionError } from './errors.ts'
import { placesOf } from './layout/places-of.ts'
import { provenanceOf, recognizedBy } from './provenance.ts'
import { runChild } from './sandbox/run-child.ts'
import { sandboxWalls } from './sandbox/walls.ts'
import type { OcrInput } from './api.types.ts'
import { defaultLimits, type OcrResult } from './types.ts'

/** Seconds of computing time that a page may add: a dense page at 300 dpi takes 2 with native tesseract and 4 with tesseract.js on two slow cores. */
const cpuSecondsPerPage = 30
const usualTolerance = 3

/**
 * Reads the pixels of the named pages in a child process and its tesseract, one page after the other. A page that cannot be read is told as `unread`, with
 * its reason, and the others go on: where it ended the child, in a new one.
 * `limits.wallMs` is the time without a finished page here, so that a long scan is not cut while it moves.
 *
 * @throws ExtractionError with the reason, for the pages that were not told: the file does not open, there is no recognizer, more pages crossed a limit than
 * `tolerance` lets; `cancelled` when `signal` was aborted (no tesseract is left then)
 */
export async function ocrPages(input: OcrInput): Promise<OcrResult> {
  const known: { result?: OcrResult } = {}
  const wanted = new Set(input.pages)
  for (let tolerance = input.tolerance ?? usualTolerance; ; tolerance -= 1) {
    try {
      await recognize(input, { known, wanted, tolerance })
      break
    } catch (error) {
      const [number] = wanted
      // Before the recognizer was there nothing is known of any page.
      if (!(error instanceof ExtractionError) || !isUnreadReason(error.reason) || number === undefined || known.result === undefined || tolerance <= 0) throw error
      wanted.delete(number)
      input.onPage({ number, text: '', source: 'unread', confidence: null, warnings: [error.reason], provenance: null })
      if (wanted.size === 0) break
    }
  }
  if (known.result === undefined) throw new ExtractionError('internal', 'the child ended without naming its engine', { mime: input.mime })
  return known.result
}

type Task = { readonly known: { result?: OcrResult }; readonly wanted: Set<number>; readonly tolerance: number }

async function recognize(input: OcrInput, { known, wanted, tolerance }: Task): Promise<void> {
  const limits = { ...defaultLimits, ...input.limits }
  const cpuSeconds = limits.cpuSeconds + cpuSecondsPerPage * wanted.size
  const { done } = await runChild({
    request: {
      job: 'ocr',
      path: resolve(input.path),
      mime: input.mime,
      password: input.password ?? null,
      pages: [...wanted],
      langs: input.langs,
      anyScript: input.anyScript ?? false,
      engine: input.engine ?? 'auto',
      tolerance,
      limits,
      walls: await sandboxWalls(),
    },
    workDir: input.workDir,
    limits: { ...limits, cpuSeconds },
    signal: input.signal,
    clock: 'since-last-record',
    onRecord: (record) => {
      if (record.type === 'engine') known.result = { engine: record.engine, version: record.version, languages: record.languages, missing: record.missing }
      if (record.type !== 'ocr') return
      if (!wanted.delete(record.number)) throw new ExtractionError('internal', `page ${record.number} was not asked for`, { mime: input.mime })
      if (known.result === undefined) throw new ExtractionError('internal', 'a page came before its engine was named', { mime: input.mime })
      const { number, text, source, confidence, warnings, missing, languages = known.result.languages } = record
      input.onPage({
        number, text, source, confidence, warnings, provenance: source === 'text' ? provenanceOf('pdf') : recognizedBy(input.mime, { ...known.result, languages }),
        ...(missing === undefined ? {} : { missing }), ...placesOf(record),
      })
    },
  })
  if (wanted.size > 0)
    throw new ExtractionError('internal', `${wanted.size} of ${input.pages.length} pages were not read (${done.pages} said done)`, { mime: input.mime })
}
