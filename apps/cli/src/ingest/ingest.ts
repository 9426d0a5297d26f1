import { uploadFile } from '@intellidocs/client/node'
import type { IntelliDocsClient, ResumeStore } from '@intellidocs/client'
import type { Document, FolderId } from '@intellidocs/contracts'
import { describeFailure } from '../failure.ts'
import { withRetries } from '../retry.ts'
import { idempotencyKeyOf, type LocalFile } from './collect.ts'
import type { Progress } from './progress.ts'
import type { Tracker } from './tracker.ts'

/** What became of one file. `ok` is false when it could not be sent, or was not read to its end. */
export type Outcome =
  | { readonly ok: boolean; readonly document: Document; readonly duplicateOf: string | null; readonly created: boolean; readonly error?: undefined }
  | { readonly ok: false; readonly error: string }

export type IngestOptions = {
  readonly client: IntelliDocsClient
  readonly folderId: FolderId | null
  readonly onDuplicate: 'create' | 'return'
  /** Null: an accepted upload is the end; its reading is not waited for. */
  readonly tracker: Tracker | null
  readonly resumeStore: ResumeStore
  readonly round: string | undefined
  readonly ocrLanguages: readonly string[] | undefined
  readonly atOnce: number
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Sends the files, a few at once, and follows each until it is read. One file's failure does not stop the others; Ctrl-C stops all. */
export async function ingestFiles(files: readonly LocalFile[], options: IngestOptions): Promise<{ file: LocalFile; outcome: Outcome }[]> {
  const results: Promise<{ file: LocalFile; outcome: Outcome }>[] = []
  const waiting = [...files]
  const sender = async () => {
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      options.signal.throwIfAborted()
      const sent = await send(file, options)
      // Reading goes on while the next files are sent.
      const result = readToEnd(file, sent, options)
      result.catch(() => undefined) // waited for below
      results.push(result)
    }
  }
  await Promise.all(Array.from({ length: options.atOnce }, sender))
  return inOrder(files, await Promise.all(results))
}

async function send(file: LocalFile, options: IngestOptions): Promise<Outcome> {
  const { client, folderId, onDuplicate, resumeStore, round, ocrLanguages, progress, signal } = options
  try {
    const answer = await withRetries(() => uploadFile(client, file.path, {
      name: file.name, folderId, onDuplicate, resumeStore, signal, ocrLanguages,
      // In other languages it is another request.
      idempotencyKey: idempotencyKeyOf(file, folderId, ocrLanguages === undefined ? round : `${round ?? ''} ${ocrLanguages.join()}`),
      onProgress: (sent) => { progress.sending(file, sent) },
    }), signal)
    return { ok: true, ...answer }
  } catch (error) {
    signal.throwIfAborted()
    return { ok: false, error: describeFailure(error).message }
  }
}

type Ended = { file: LocalFile; outcome: Outcome }

async function readToEnd(file: LocalFile, sent: Outcome, { tracker, progress, signal }: IngestOptions): Promise<Ended> {
  let outcome = sent
  if (sent.error === undefined && tracker) {
    try {
      const document = await orAborted(tracker.follow(sent.document.id, { onChange: (now) => { progress.reading(file, now) } }), signal)
      outcome = { ...sent, document, ok: document.state === 'ready' }
    } catch (error) {
      signal.throwIfAborted()
      outcome = { ok: false, error: describeFailure(error).message }
    }
  }
  progress.finished(file, outcome)
  return { file, outcome }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const stop = () => { reject(new DOMException('stopped', 'AbortError')) }
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([work, promise]).finally(() => { signal.removeEventListener('abort', stop) })
}

function inOrder<T extends { file: LocalFile }>(files: readonly LocalFile[], results: readonly T[]): T[] {
  const byPath = new Map(results.map((result) => [result.file.path, result]))
  return files.flatMap((file) => byPath.get(file.path) ?? [])
}
