import { readFileSync, statSync } from 'node:fs'
import { ExtractionError } from '../errors.ts'
import type { SourceFile } from './parser.types.ts'

/** Bytes that are taken into memory at once at most: parsers need several times as much, and a child has 1 GB. */
const maxWholeBytes = 384 * 1024 ** 2

export function createFile(path: string): SourceFile {
  const { size } = statSync(path)
  return {
    path, size,
    bytes: () => {
      if (size > maxWholeBytes) throw new ExtractionError('memory_limit', `${size} bytes do not fit into memory at once`)
      return readFileSync(path)
    },
  }
}
