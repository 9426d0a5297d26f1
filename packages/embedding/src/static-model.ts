import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EmbeddingError } from './embedder.ts'
import { createPieceTable, splitWords, type PieceTable } from './tokenizer.ts'

export const STATIC_EN_DIR = fileURLToPath(new URL('../assets/static-en/', import.meta.url))

const HEADER_BYTES = 20

/** What one text becomes: `vector` has unit length (or is zero), `norm` is the length of the mean token vector before scaling. */
export type Encoded = { readonly ids: readonly number[]; readonly vector: Float32Array; readonly norm: number }

/** A table of token vectors; a text is the mean of its tokens, scaled to length one. No network runs. */
export type StaticModel = { readonly dimensions: number; readonly pieces: PieceTable; encode(text: string): Encoded }

/** Loads `model.bin` and `vocab.txt` of `dir` (16 MB of memory). Throws EmbeddingError when they are not what the model card describes. */
export function loadStaticModel(dir: string = STATIC_EN_DIR): StaticModel {
  const vocabulary = readFileSync(join(dir, 'vocab.txt'), 'utf8').replace(/\n$/, '').split('\n')
  const { rows, dimensions, scale, values } = unpack(readFileSync(join(dir, 'model.bin')))
  if (vocabulary.length !== rows) throw new EmbeddingError('unsupported', `${dir}: ${vocabulary.length} words for ${rows} vectors`)
  const pieces = createPieceTable(vocabulary)

  function sumOf(ids: readonly number[]): Float64Array {
    const sum = new Float64Array(dimensions)
    for (const id of ids) {
      const factor = scale[id] as number
      const offset = id * dimensions
      // The innermost loop of all indexing; the indices lie within by construction.
      for (let k = 0; k < dimensions; k++) sum[k] = (sum[k] as number) + factor * (values[offset + k] as number)
    }
    return sum
  }

  return {
    dimensions, pieces,
    encode(text) {
      const ids = splitWords(text).flatMap(pieces)
      const sum = sumOf(ids)
      const length = Math.hypot(...sum)
      const vector = new Float32Array(dimensions)
      if (length > 0) for (let k = 0; k < dimensions; k++) vector[k] = (sum[k] as number) / length
      return { ids, vector, norm: length / Math.max(1, ids.length) }
    },
  }
}

/** Two 4-bit values a byte, low nibble first, stored with 8 added: unpacked once, since reading them so costs more than the memory. */
function unpack(file: Buffer): { rows: number; dimensions: number; scale: Float32Array; values: Int8Array } {
  const read = (at: number) => (file.length >= HEADER_BYTES ? file.readUInt32LE(at) : 0)
  const [version, rows, dimensions, bits] = [read(4), read(8), read(12), read(16)]
  const expected = HEADER_BYTES + 4 * rows + (rows * dimensions) / 2
  if (file.toString('latin1', 0, 4) !== 'SEMB' || version !== 1 || bits !== 4 || file.length !== expected) {
    throw new EmbeddingError('unsupported', 'the built-in embedding model is damaged')
  }
  const scale = Float32Array.from({ length: rows }, (_, row) => file.readFloatLE(HEADER_BYTES + 4 * row))
  const values = new Int8Array(rows * dimensions)
  const packed = file.subarray(HEADER_BYTES + 4 * rows)
  for (const [at, byte] of packed.entries()) {
    values[2 * at] = (byte & 15) - 8
    values[2 * at + 1] = (byte >> 4) - 8
  }
  return { rows, dimensions, scale, values }
}
