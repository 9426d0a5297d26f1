import { writeFileSync } from 'node:fs'
import { ExtractionError } from '../errors.ts'
import { emit } from './emit.ts'

const maxAttachments = 1_000

/** Writes attachments as `attachment-N` into the child's own folder; the name someone gave them is told, never used as a path. */
export function createAttachmentSink(maxBytes: number): (fileName: string, bytes: Uint8Array) => void {
  let left = maxBytes
  let count = 0
  return (fileName, bytes) => {
    left -= bytes.byteLength
    if (left < 0) throw new ExtractionError('output_limit', `attachments of more than ${maxBytes} bytes`)
    count += 1
    if (count > maxAttachments) throw new ExtractionError('output_limit', `more than ${maxAttachments} attachments`)
    const file = `attachment-${count}`
    writeFileSync(file, bytes, { flag: 'wx', mode: 0o600 })
    emit({ type: 'attachment', fileName: fileName.slice(0, 1_000), file })
  }
}
