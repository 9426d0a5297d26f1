import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline, type PipelineSource } from 'node:stream'
import { pipeline as piped } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { BackupFile } from './manifest.ts'

/** Pieces of about this size go through memory at once. */
const BATCH_BYTES = 1024 * 1024
const NEWLINE = 0x0a

export type Written = { readonly file: BackupFile; readonly lines: number }

/** Writes a file of compressed JSON lines, on disk when it answers. Memory stays flat. */
export async function writeLines(path: string, batches: AsyncIterable<readonly unknown[]>): Promise<Written> {
  let lines = 0
  async function* texts(): AsyncIterable<string> {
    for await (const batch of batches) {
      if (batch.length === 0) continue
      lines += batch.length
      yield `${batch.map((line) => JSON.stringify(line)).join('\n')}\n`
    }
  }
  const hash = createHash('sha256')
  let bytes = 0
  const handle = await open(path, 'wx', 0o600)
  try {
    await piped(texts() as PipelineSource<string>, createGzip({ level: 1 }), async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) {
        hash.update(chunk)
        bytes += chunk.length
        await handle.appendFile(chunk)
      }
    })
    await handle.sync()
  } finally {
    await handle.close()
  }
  return { file: { name: basename(path), bytes, sha256: hash.digest('hex') }, lines }
}

/** The lines of a file in batches. Split by bytes: a line may hold characters that other readers take for its end. */
export async function* readLines<T>(path: string): AsyncIterable<T[]> {
  const input = createReadStream(path)
  const text = createGunzip()
  // A failure of the file must end the reading too; it is thrown below, by the stream that is read.
  pipeline(input, text, () => undefined)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of text as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk])
    if (rest.length < BATCH_BYTES) continue
    const end = rest.lastIndexOf(NEWLINE)
    if (end < 0) continue
    yield parse<T>(rest.subarray(0, end))
    rest = rest.subarray(end + 1)
  }
  if (rest.length > 0) yield parse<T>(rest.at(-1) === NEWLINE ? rest.subarray(0, -1) : rest)
}

const parse = <T>(lines: Buffer): T[] => lines.toString('utf8').split('\n').map((line) => JSON.parse(line) as T)

/** SHA-256 of a file as it lies there; null when it is missing. */
export async function hashFile(path: string): Promise<string | null> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
  return hash.digest('hex')
}
