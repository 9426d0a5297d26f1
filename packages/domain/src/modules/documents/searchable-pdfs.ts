import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { canMakeSearchable, ExtractionError, makeSearchable } from '@intellidocs/extraction'
import { createTurns } from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import type { MadePdf, SearchablePdfs, SearchableRequest } from './searchable-pdfs.types.ts'

/** Processes at a time, requests that wait for one, and how many of these are of one organization. */
const [AT_ONCE, MOST_WAITING, MOST_OF_ONE] = [2, 12, 3]
/** Of larger files none is made: the engine holds the whole file, and what it is to become, in memory. */
const LARGEST_FILE = 128 * 1024 ** 2
/** From its turn on, with the copy of the file; the process has limits of its own. */
const MOST_MS = 240_000

type Options = { readonly blobs: BlobStore; /** For files, as long as one is made. */ readonly folder: string; readonly makePdf?: typeof makeSearchable }

/** Makes searchable PDFs in processes behind the walls of every reader, a few at a time; none is kept. */
export function createSearchablePdfs(options: Options): SearchablePdfs {
  const turn = createTurns({ atOnce: AT_ONCE, mostWaiting: MOST_WAITING, mostOfOne: MOST_OF_ONE, what: 'searchable PDFs' })
  return {
    canMake: (mime) => mime !== null && canMakeSearchable(mime),
    make: (request) => turn(request.orgId, () => makeFrom(options, request)),
  }
}

async function makeFrom({ blobs, folder, makePdf = makeSearchable }: Options, request: SearchableRequest): Promise<MadePdf | null> {
  const { orgId, sha256, size, mime, about, layers, password } = request
  if (size > LARGEST_FILE || request.signal.aborted) return null
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(MOST_MS)])
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const workDir = await mkdtemp(join(folder, 'searchable-'))
  try {
    const path = join(workDir, 'file')
    await pipeline(await blobs.open(orgId, sha256), createWriteStream(path, { mode: 0o600 }), { signal })
    const made = await makePdf({ path, mime, about, layers: layers(), workDir, signal, ...(password === undefined ? {} : { password }) })
    const file = await open(made.path)
    return { size: made.size, bytes: file.createReadStream() }
  } catch (error) {
    // The file's own fault, as where it is damaged or too much, or its reader left; what is ours is told as such.
    if (signal.aborted || (error instanceof ExtractionError && error.reason !== 'internal')) return null
    throw error
  } finally {
    // An open file is read to its end.
    await rm(workDir, { recursive: true, force: true })
  }
}
