import { writeSync } from 'node:fs'
import type { ChildRecord } from '../sandbox/records.ts'

/** Descriptor of the records. Not stdout: libraries print there. */
const recordsFd = 3

/** Hands one record to the parent; waits while the pipe is full. */
export function emit(record: ChildRecord): void {
  const bytes = Buffer.from(`${JSON.stringify(record)}\n`)
  for (let written = 0; written < bytes.length;) written += writeSync(recordsFd, bytes, written)
}
