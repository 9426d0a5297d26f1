import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reason } from '@intellidocs/contracts'
import type { ReadInput } from '../api.types.ts'
import { ExtractionError } from '../errors.ts'
import type { Limits, ReadResult } from '../types.ts'
import { convertByOffice } from './convert.ts'
import { usableOffice } from './office.ts'
import { wayAround } from './ways.ts'

type Found = Omit<ReadResult, 'language'>
export type Attempt = { readonly input: ReadInput; readonly limits: Limits; /** Reads a file by our own readers. */ readonly read: (input: ReadInput) => Promise<Found> }

/** What LibreOffice came to that tells more of the file than that we cannot read it. */
const telling = new Set<Reason>(['cancelled', 'cpu_limit', 'memory_limit', 'time_limit', 'output_limit', 'page_limit'])

/**
 * Reads what our readers did not, as `error` says, through the LibreOffice of this machine.
 *
 * @throws ExtractionError `error` itself where there is no LibreOffice, or it reads the file no better; a limit that it crossed; `cancelled`
 */
export async function readByOffice(error: ExtractionError, { input, limits, read }: Attempt): Promise<Found> {
  const way = wayAround(error)
  const office = way === null ? null : await usableOffice()
  if (way === null || office === null) throw error
  const { password: _none, ...rest } = input
  const converted = join(input.workDir, `converted-${randomUUID()}`)
  try {
    await convertByOffice({ path: input.path, to: converted, workDir: input.workDir, way, office, limits, signal: input.signal })
    const found = await read({ ...rest, path: converted })
    return {
      ...found, mime: way.mime,
      provenance: { extractor: way.extractor, engine: 'libreoffice', model: null, version: office.version },
      warnings: [{ reason: 'read_by_fallback', pages: [], names: [] }, ...found.warnings],
    }
  } catch (failure) {
    if (!(failure instanceof ExtractionError)) throw failure
    const tells = telling.has(failure.reason) || (failure.reason === 'empty' && error.reason === 'unsupported_type')
    throw tells ? new ExtractionError(failure.reason, failure.message, { mime: way.mime, cause: failure }) : error
  } finally {
    await rm(converted, { force: true })
  }
}
