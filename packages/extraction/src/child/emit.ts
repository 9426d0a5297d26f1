import { writeSync } from 'node:fs'
import type { ChildRecord } from '../sandbox/records.ts'

/** Descriptor of the records. Not stdout: libraries print there. */
const recordsFd = 3

export type Emit = (record: ChildRecord) => void

/** Hands one line to the parent; waits while the pipe is full. */
export function emitLine(line: string): void {
  const bytes = Buffer.from(`${line}\n`)
  for (let written = 0; written < bytes.length;) written += writeSync(recordsFd, bytes, written)
}

/** Hands one record to the parent. */
export const emit: Emit = (record) => emitLine(JSON.stringify(record))

/** Records of one file. What a parser says after `close` would be taken for the next file's, so it ends the process. */
export function createEmitter(): { emit: Emit; close(): void } {
  let open = true
  return {
    emit: (record) => {
      if (!open) process.exit(1)
      emit(record)
    },
    close: () => { open = false },
  }
}
