import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ExtractionError } from '../errors.ts'
import type { Emit } from './emit.ts'

const maxAttachments = 1_000

export type AttachmentSinkOptions = { folder: string; maxBytes: number; emit: Emit }

/** Writes attachments as `attachment-N` into the file's own folder; the name someone gave them is told, never used as a path. */
export function createAttachmentSink({ folder, maxBytes, emit }: AttachmentSinkOptions): (fileName: string, bytes: Uint8Array) => void {
  let left = maxBytes
  let count = 0
  return (fileName, bytes) => {
    left -= bytes.byteLength
    if (left < 0) throw new ExtractionError('output_limit', `attachments of more than ${maxBytes} bytes`)
    count += 1
    if (count > maxAttachments) throw new ExtractionError('output_limit', `more than ${maxAttachments} attachments`)
    const file = `attachment-${count}`
    writeFileSync(join(folder, file), bytes, { flag: 'wx', mode: 0o600 })
    emit({ type: 'attachment', fileName: fileName.slice(0, 1_000), file })
  }
}
