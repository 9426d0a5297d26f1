import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export type ServiceLog = {
  readonly file: string
  line(text: string): void
  /** The last thing worth reading that it said before it ended: an error's message, else its last line. */
  lastWords(): string | undefined
  close(): void
}

const LARGEST_BYTES = 20_000_000
const ERROR_LEVEL = 50

/**
 * Writes what a child says into a file (one older file is kept) and passes errors on to the terminal.
 * A log that cannot be written (a full disk) must not stop the product: it is said once and the lines are dropped.
 */
export function createServiceLog(file: string, onError: (message: string) => void): ServiceLog {
  let handle: number | undefined
  let written = 0
  let broken = false
  const last: string[] = []

  function open(): number {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    handle = openSync(file, 'a', 0o600)
    written = statSync(file).size
    return handle
  }

  function write(text: string): void {
    if (broken) return
    try {
      if (handle !== undefined && written > LARGEST_BYTES) {
        closeSync(handle)
        renameSync(file, `${file}.1`)
        handle = undefined
      }
      written += writeSync(handle ?? open(), `${text}\n`)
    } catch (error) {
      broken = true
      onError(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  return {
    file,
    line(text) {
      write(text)
      if (text.trim() === '') return
      last.push(text)
      last.splice(0, last.length - 40)
      const message = errorMessage(text)
      if (message !== undefined) onError(message)
    },
    lastWords: () => last.map(errorMessage).findLast((message) => message !== undefined) ?? last.findLast((line) => !line.startsWith('{') && !/^\s+at /.test(line)) ?? last.at(-1),
    close() {
      if (handle !== undefined) closeSync(handle)
      handle = undefined
      broken = true
    },
  }
}

/** The message of a log line at level error or above; undefined for every other line. */
export function errorMessage(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const entry: unknown = JSON.parse(line)
    if (typeof entry !== 'object' || entry === null || !('level' in entry)) return undefined
    const grave = entry.level === 'error' || entry.level === 'fatal' || (typeof entry.level === 'number' && entry.level >= ERROR_LEVEL)
    if (!grave) return undefined
    const reason = 'err' in entry && typeof entry.err === 'object' && entry.err !== null && 'message' in entry.err ? `: ${String(entry.err.message)}` : ''
    return `${'msg' in entry ? String(entry.msg) : 'error'}${reason}`
  } catch {
    return undefined // plain text that happens to start with a brace
  }
}
