import { resolve } from 'node:path'
import type { PictureInput } from './api.types.ts'
import { ExtractionError } from './errors.ts'
import { runChild } from './sandbox/run-child.ts'
import { defaultLimits, type Limits } from './types.ts'

/** One person waits for one page: what takes longer than this is not shown. */
const pictureLimits: Limits = { ...defaultLimits, cpuSeconds: 20, wallMs: 30_000, outputBytes: 24 * 1024 ** 2, unpackedBytes: 1024 ** 2 }
const pictured = new Set(['application/pdf', 'image/png', 'image/jpeg', 'image/tiff', 'image/webp', 'image/gif', 'image/bmp'])

/** Whether pictures can be made of files of this type. */
export const canPicture = (mime: string): boolean => pictured.has(mime)

/** What the file format begins with. What a child calls a picture is given to browsers as one, and as nothing else. */
const isWebp = (bytes: Buffer): boolean => bytes.length > 12 && bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP'

/**
 * Makes pictures (WebP, 1,600 pixels on the longer side at most) of the named pages in a child process. Answers them by their numbers; pages that the file does
 * not have, or that are damaged, are absent.
 *
 * @throws ExtractionError with the reason; `cancelled` when `signal` was aborted
 */
export async function picturePages(input: PictureInput): Promise<Map<number, Buffer>> {
  const limits = { ...pictureLimits, ...input.limits }
  const wanted = new Set(input.pages)
  const pictures = new Map<number, Buffer>()
  await runChild({
    request: { job: 'picture', path: resolve(input.path), mime: input.mime, pages: [...wanted], mark: input.mark, limits },
    workDir: input.workDir, limits, signal: input.signal,
    onRecord: (record) => {
      if (record.type !== 'picture') return
      const bytes = Buffer.from(record.webp, 'base64')
      if (!wanted.delete(record.number) || !isWebp(bytes)) throw new ExtractionError('internal', `page ${record.number} came unasked, or is no picture`, { mime: input.mime })
      pictures.set(record.number, bytes)
    },
  })
  return pictures
}
