import { ExtractionError } from '../errors.ts'
import type { ChildRecord } from '../sandbox/records.ts'

const memory =
  /heap out of memory|Cannot enlarge memory|Array buffer allocation failed|out of memory|OOM|ENOMEM|Invalid string length|allocation failed/i
const tooMuchOutput = /EFBIG|ENOSPC|ERR_BUFFER_TOO_LARGE/

/** What a thrown value means to a person. A parser's own complaint is about the file: `corrupt`. */
export function describeFailure(error: unknown): Extract<ChildRecord, { type: 'failed' }> {
  if (error instanceof ExtractionError) return { type: 'failed', reason: error.reason, message: error.message.slice(0, 2_000), mime: error.mime }
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const message = `${code} ${words}`.trim().slice(0, 500)
  if (memory.test(message)) return { type: 'failed', reason: 'memory_limit', message, mime: null }
  if (tooMuchOutput.test(message)) return { type: 'failed', reason: 'output_limit', message, mime: null }
  if (/exceeds pixel limit/i.test(message)) return { type: 'failed', reason: 'pixel_limit', message, mime: null }
  // A missing module or a refused permission is ours, not the file's.
  if (/^ERR_(MODULE|ACCESS|UNKNOWN)|ENOENT|EACCES|EMFILE/.test(code)) return { type: 'failed', reason: 'internal', message, mime: null }
  return { type: 'failed', reason: 'corrupt', message, mime: null }
}
