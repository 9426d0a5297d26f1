import { createReadStream } from 'node:fs'
import { open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { FileStore } from '@tus/file-store'
import { Upload } from '@tus/server'
import { documentsContract, type UploadAnswer } from '@intellidocs/contracts'
import { failpoint } from '@intellidocs/kernel'
import { toHttpError } from '../http-errors.ts'
import type { BufferRelief } from './buffer-relief.ts'

/** How long an upload may take, and how long its answer can be asked for again. */
export const UPLOAD_LIFETIME_MS = 24 * 3_600_000

/** An upload that became a document: what its sender is told if the answer was lost on the way. */
export type Finished = { size: number; answer: UploadAnswer }

/**
 * Bytes of uploads under way, below `dir/<org>/<user>/<random>`. Whose an upload is lies in its path, and the path is made from whoever asks,
 * so somebody else's upload is simply not there.
 */
export class ResumableStore extends FileStore {
  readonly #relief: BufferRelief

  constructor({ directory, relief }: { directory: string; relief: BufferRelief }) {
    super({ directory, expirationPeriodInMilliseconds: UPLOAD_LIFETIME_MS })
    this.#relief = relief
  }

  /** As the library's, but a full disk is told as such. Bytes that arrived stay, so that the sender can go on. */
  override async write(source: Readable, id: string, offset: number): Promise<number> {
    const file = await open(join(this.directory, id), 'r+')
    let at = offset
    try {
      await pipeline(source, async (chunks: AsyncIterable<Buffer>) => {
        for await (const chunk of chunks) {
          this.#relief(chunk.length)
          const place = at === 0 ? 'upload_first_byte' : 'upload_half'
          at += await writeAll(file, chunk, at)
          await failpoint(place)
        }
      })
    } catch (error) {
      throw toHttpError(error)
    } finally {
      await file.close()
    }
    return at
  }

  /** The received bytes, opened at the first read. */
  bytes(id: string): Readable {
    return Readable.from(this.#pieces(join(this.directory, id)), { objectMode: false })
  }

  async *#pieces(path: string): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
      this.#relief(chunk.length)
      yield chunk
    }
  }

  /** Whole, where it became a document: the library asks once more after a request that began an upload and ended it. */
  override async getUpload(id: string): Promise<Upload> {
    const finished = await this.finished(id)
    return finished === null ? super.getUpload(id) : new Upload({ id, size: finished.size, offset: finished.size })
  }

  /** Facts of an upload under way; null when there is none. */
  async progress(id: string): Promise<{ offset: number; size: number | null; metadata: Record<string, string | null> } | null> {
    const facts = await stat(join(this.directory, id)).catch(missing)
    const info = facts === null ? undefined : await this.configstore.get(id)
    return facts === null || info === undefined ? null : { offset: facts.size, size: info.size ?? null, metadata: info.metadata ?? {} }
  }

  async finished(id: string): Promise<Finished | null> {
    const text = await readFile(join(this.directory, `${id}.answer`), 'utf8').catch(missing)
    if (text === null) return null
    const { size, answer } = JSON.parse(text) as { size: number; answer: unknown }
    return { size, answer: documentsContract.uploadAnswer.parse(answer) }
  }

  /** Keeps the answer and gives the space back: from here on the blob store holds the bytes. */
  async finish(id: string, finished: Finished): Promise<void> {
    const path = join(this.directory, `${id}.answer`)
    const file = await open(`${path}.part`, 'w', 0o600)
    try {
      await file.writeFile(JSON.stringify(finished))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.part`, path)
    await rm(join(this.directory, id), { force: true })
    await rm(join(this.directory, `${id}.json`), { force: true })
  }

  /** Removes what nothing was added to since `olderThan`. Answers how many files. */
  async sweep(olderThan: Date): Promise<number> {
    const entries = await readdir(this.directory, { recursive: true, withFileTypes: true }).catch(missing)
    let removed = 0
    for (const entry of entries ?? []) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const facts = await stat(path).catch(missing)
      if (facts === null || facts.mtime >= olderThan) continue
      await rm(path, { force: true })
      removed += 1
    }
    return removed
  }
}

/** A nearly full disk takes part of a chunk and reports no error: the rest is offered again. */
async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<number> {
  let done = 0
  while (done < chunk.length) done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten
  return done
}

function missing(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
  throw error
}
