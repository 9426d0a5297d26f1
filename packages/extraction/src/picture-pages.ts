import { resolve } from 'node:path'
import type { PictureInput } from './api.types.ts'
import { ExtractionError } from './errors.ts'
import { runChild } from './sandbox/run-child.ts'
import { defaultLimits, type Limits, type PagePicture } from './types.ts'

/** One person waits for one page: what takes longer than this is not shown. */
const pictureLimits: Limits = { ...defaultLimits, cpuSeconds: 20, wallMs: 30_000, outputBytes: 24 * 1024 ** 2, boxBytes: 0, unpackedBytes: 1024 ** 2 }
const pictured = new Set(['application/pdf', 'image/png', 'image/jpeg', 'image/tiff', 'image/webp', 'image/gif', 'image/bmp'])

/** Whether pictures can be made of files of this type. */
export const canPicture = (mime: string): boolean => pictured.has(mime)

/** What the file formats begin with. What a child calls a picture is given to browsers as one, and as nothing else. */
const begins = {
  webp: (bytes: Buffer): boolean => bytes.length > 12 && bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP',
  png: (bytes: Buffer): boolean => bytes.length > 8 && bytes.toString('latin1', 0, 8) === '\x89PNG\r\n\x1a\n',
}

/**
 * Makes pictures of the named pages in a child process. Answers them by their numbers; pages that the file does
 * not have, or that are damaged, are absent.
 *
 * @throws ExtractionError with the reason; `cancelled` when `signal` was aborted
 */
export async function picturePages(input: PictureInput): Promise<Map<number, PagePicture>> {
  const limits = { ...pictureLimits, ...input.limits }
  const wanted = new Set(input.pages)
  const pictures = new Map<number, PagePicture>()
  await runChild({
    request: { job: 'picture', path: resolve(input.path), mime: input.mime, password: input.password ?? null, pages: [...wanted], look: input.look, limits },
    workDir: input.workDir, limits, signal: input.signal,
    onRecord: (record) => {
      if (record.type !== 'picture') return
      const bytes = Buffer.from(record.image, 'base64')
      if (!wanted.delete(record.number) || !begins[input.look.format](bytes)) throw new ExtractionError('internal', `page ${record.number} came unasked, or is no picture`, { mime: input.mime })
      pictures.set(record.number, { bytes, width: record.width, height: record.height })
    },
  })
  return pictures
}
