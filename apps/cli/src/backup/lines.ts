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
  // Joined once a batch: a line of 64 MB comes in thousands of pieces, and joining at each would copy it as many times.
  let pieces: Buffer[] = []
  let bytes = 0
  for await (const chunk of text as AsyncIterable<Buffer>) {
    const end = bytes + chunk.length < BATCH_BYTES ? -1 : chunk.lastIndexOf(NEWLINE)
    if (end >= 0) {
      yield parse<T>(Buffer.concat([...pieces, chunk.subarray(0, end)]))
      ;[pieces, bytes] = [[], 0]
    }
    const rest = chunk.subarray(end + 1)
    pieces.push(rest)
    bytes += rest.length
  }
  const last = Buffer.concat(pieces)
  if (last.length > 0) yield parse<T>(last.at(-1) === NEWLINE ? last.subarray(0, -1) : last)
}

const parse = <T>(lines: Buffer): T[] => lines.toString('utf8').split('\n').map((line) => JSON.parse(line) as T)
