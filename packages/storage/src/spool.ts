import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, opendir, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { errorCode, StorageError, type PutOptions } from './blob-store.ts'

export type OpenTemp = (path: string) => Promise<FileHandle>

/** Creates the file and refuses one that exists; readable by us alone. */
export const openTemp: OpenTemp = (path) => open(path, 'wx+', 0o600)

/** Received bytes in a temporary file, on disk (fsync done). Whoever gets it renames the file away or discards it. */
export type Spooled = { readonly path: string; readonly sha256: string; readonly size: number; discard(): Promise<void> }

/**
 * Streams `source` into a new file of `dir` while hashing it. Memory stays flat: one chunk is in flight, the source waits for the disk.
 * On any failure the file is gone. Throws as `BlobStore.put`.
 */
export async function spool(dir: string, source: Readable, options: PutOptions & { openTemp?: OpenTemp }): Promise<Spooled> {
  const path = join(dir, randomUUID())
  const discard = () => rm(path, { force: true })
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
    const handle = await (options.openTemp ?? openTemp)(path)
    try {
      return { path, ...(await receive(handle, source, options)), discard }
    } finally {
      await handle.close()
    }
  } catch (error) {
    source.destroy()
    await discard()
    throw asStorageError(error)
  }
}

async function receive(handle: FileHandle, source: Readable, options: PutOptions): Promise<{ sha256: string; size: number }> {
  if (options.signal) addAbortSignal(options.signal, source)
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of source) {
    const chunk = toBytes(piece)
    size += chunk.length
    if (size > options.maxBytes) throw new StorageError('too_large', `more than ${options.maxBytes} bytes`)
    hash.update(chunk)
    await writeAll(handle, chunk)
  }
  const sha256 = hash.digest('hex')
  if (options.expectedSha256 !== undefined && options.expectedSha256 !== sha256) {
    throw new StorageError('checksum', `expected ${options.expectedSha256}, received ${sha256}`)
  }
  await handle.sync()
  return { sha256, size }
}

function toBytes(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece
  if (typeof piece === 'string') return Buffer.from(piece)
  throw new TypeError('a blob is made of bytes')
}

/** A nearly full disk takes part of a chunk and reports no error: the rest must be offered again. */
async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) {
    const { bytesWritten } = await handle.write(chunk, at)
    at += bytesWritten
  }
}

const FULL = new Set(['ENOSPC', 'EDQUOT'])

/** A full disk or an exhausted quota becomes `full`; the rest stays what it is. */
export function asStorageError(error: unknown): unknown {
  return FULL.has(errorCode(error) ?? '') ? new StorageError('full', 'no space is left in the storage', { cause: error }) : error
}

/** Removes files of `dir` last written before `olderThan`. Answers how many. */
export async function sweepFiles(dir: string, olderThan: Date): Promise<number> {
  let removed = 0
  await mkdir(dir, { recursive: true, mode: 0o700 })
  for await (const entry of await opendir(dir)) {
    const path = join(dir, entry.name)
    const facts = await stat(path).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null // its upload has just ended
      throw error
    })
    if (!facts?.isFile() || facts.mtime >= olderThan) continue
    await rm(path, { force: true })
    removed += 1
  }
  return removed
}
