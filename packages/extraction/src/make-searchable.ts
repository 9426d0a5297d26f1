import { createWriteStream } from 'node:fs'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { SearchableInput } from './api.types.ts'
import { ExtractionError } from './errors.ts'
import { canPicture } from './picture-pages.ts'
import { runChild } from './sandbox/run-child.ts'
import { searchablePdf } from './sandbox/searchable-file.ts'
import { layerLine } from './searchable/layers.ts'
import { defaultLimits, type Limits } from './types.ts'

/** One person waits for it. A page of A4 in 300 dpi takes about a second to pack where it is no JPEG. `unpackedBytes` is what the PDF may have. */
const searchableLimits: Limits = { ...defaultLimits, cpuSeconds: 150, wallMs: 180_000, outputBytes: 1024 ** 2, boxBytes: 0, unpackedBytes: 256 * 1024 ** 2 }

/** Whether files of this type can become a PDF in which recognized words can be found. */
export const canMakeSearchable = (mime: string): boolean => canPicture(mime)

/**
 * Makes a PDF in a child process: of a PDF the same one, of a picture one with its pages, with the recognized words invisibly at their places. Answers the path of the new
 * file in `workDir`, and its bytes.
 *
 * @throws ExtractionError with the reason; `password_required`, `password_wrong` of a locked PDF, `output_limit` of one that would be too large, `cancelled` when `signal` was aborted
 */
export async function makeSearchable(input: SearchableInput): Promise<{ path: string; size: number }> {
  const limits = { ...searchableLimits, ...input.limits }
  const [layers, made] = [join(input.workDir, 'layers'), join(input.workDir, searchablePdf)]
  await pipeline(Readable.from(input.layers).map(layerLine), createWriteStream(layers, { mode: 0o600, flags: 'wx' }))
  try {
    await runChild({
      request: { job: 'searchable', path: resolve(input.path), mime: input.mime, password: input.password ?? null, layers: resolve(layers), about: input.about, limits },
      workDir: input.workDir, limits, signal: input.signal, onRecord: () => {},
      keep: (folder) => rename(join(folder, searchablePdf), made),
    })
    return { path: made, size: await sizeOf(made) }
  } finally {
    await rm(layers, { force: true })
  }
}

/** What a child left is given to people as a PDF: it has to begin as one, and to be a file of its own, not a link to another. */
async function sizeOf(path: string): Promise<number> {
  const facts = await lstat(path)
  const begins = facts.isFile() && facts.nlink === 1 ? await beginOf(path) : ''
  if (!begins.startsWith('%PDF-')) throw new ExtractionError('internal', 'what was made is no PDF', { mime: 'application/pdf' })
  return facts.size
}

async function beginOf(path: string): Promise<string> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(8), length: 8 })
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await file.close()
  }
}
