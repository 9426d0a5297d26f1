import { DetailedError, Upload } from 'tus-js-client'
import type { UploadAnswer } from '@intellidocs/contracts'
import { fromHttpAnswer, IntelliDocsError, toIntelliDocsError } from './errors.ts'
import type { Transport } from './transport.ts'

/** A File or Blob (which can be resumed), bytes, or a stream (sent once, in one request). Blobs of a disk file are not read into memory. */
export type UploadSource = Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

export type UploadOptions = {
  readonly name: string
  readonly folderId?: string | null | undefined
  /** Makes a new version of this document instead of a new document. */
  readonly documentId?: string | undefined
  /** What happens when the organization already holds these bytes; `create` makes another document of them. */
  readonly onDuplicate?: 'create' | 'return' | undefined
  /** The same key with the same bytes and name is the same document, however often it is sent. */
  readonly idempotencyKey?: string | undefined
  /** Lower-case hexadecimal; the server refuses other bytes. */
  readonly sha256?: string | undefined
  /** In which languages its pixels are read, as tesseract names them, or `auto`; left out, folder, organization and installation say. */
  readonly ocrLanguages?: readonly string[] | undefined
  readonly onProgress?: ((bytesSent: number, bytesTotal: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** Where the address of a started upload is remembered, so that another process can go on with it; needs an `idempotencyKey`. */
  readonly resumeStore?: ResumeStore | undefined
  /** Files of this many bytes and more are sent resumably. */
  readonly resumableFrom?: number | undefined
}

/** Remembers addresses of uploads under way. In a browser, `localStorage` serves. */
export type ResumeStore = {
  get(key: string): Promise<string | null>
  set(key: string, uploadUrl: string): Promise<void>
  delete(key: string): Promise<void>
}

const MB = 1024 * 1024
const RESUMABLE_FROM = 16 * MB
/** Bytes of one request and of the memory an upload takes. */
const CHUNK = 8 * MB
const RETRY_DELAYS_MS = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000]

/** Sends a file. The answer is the server's promise: the bytes are kept. Throws IntelliDocsError. */
export async function upload(transport: Transport, source: UploadSource, options: UploadOptions): Promise<UploadAnswer> {
  const blob = source instanceof Uint8Array ? new Blob([source]) : source
  if (blob instanceof Blob && blob.size >= (options.resumableFrom ?? RESUMABLE_FROM)) return uploadResumably(transport, blob, options)
  return uploadAtOnce(transport, blob, options)
}

async function uploadAtOnce(transport: Transport, source: Blob | ReadableStream<Uint8Array>, options: UploadOptions): Promise<UploadAnswer> {
  const size = source instanceof Blob ? source.size : 0
  options.onProgress?.(0, size)
  const headers = {
    'content-type': 'application/octet-stream',
    // RFC 8187: any name travels in ASCII.
    'x-file-name': `UTF-8''${encodeURIComponent(options.name.toWellFormed())}`,
    ...(options.folderId ? { 'x-folder-id': options.folderId } : {}),
    ...(options.documentId ? { 'x-document-id': options.documentId } : {}),
    ...(options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {}),
    ...(options.onDuplicate ? { 'x-on-duplicate': options.onDuplicate } : {}),
    ...(options.sha256 ? { 'x-content-sha256': options.sha256 } : {}),
    ...(options.ocrLanguages ? { 'x-ocr-languages': options.ocrLanguages.join(',') } : {}),
  }
  const response = await transport.request('/api/v1/documents', {
    method: 'POST', body: source, headers,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(source instanceof Blob ? {} : { duplex: 'half' }),
  })
  const answer = await response.json() as UploadAnswer
  options.onProgress?.(answer.document.size, answer.document.size)
  return answer
}

async function uploadResumably(transport: Transport, blob: Blob, options: UploadOptions): Promise<UploadAnswer> {
  const remembered = rememberIn(options.resumeStore, options.idempotencyKey && `${transport.url} ${transport.org ?? ''} ${options.idempotencyKey}`)
  const { url, body } = await runTus(transport, blob, { ...options, uploadUrl: await remembered.get(), onUploadUrl: remembered.set })
  // An upload that had ended before this process looked, its answer lost on the way, is asked for the answer.
  const answer = parseAnswer(body ?? await (await transport.request(url.slice(transport.url.length))).text())
  await remembered.delete()
  return answer
}

function parseAnswer(text: string): UploadAnswer {
  const { document, duplicateOf, created } = JSON.parse(text) as UploadAnswer
  return { document, duplicateOf, created }
}

function rememberIn(store: ResumeStore | undefined, key: string | undefined) {
  const off = !store || !key
  return {
    get: async () => (off ? null : store.get(key)),
    set: async (uploadUrl: string) => { if (!off) await store.set(key, uploadUrl) },
    delete: async () => { if (!off) await store.delete(key) },
  }
}

type TusOptions = UploadOptions & { uploadUrl: string | null; onUploadUrl: (url: string) => Promise<void> }
/** Where the upload was, and the last answer's body where it had one. */
type TusResult = { url: string; body: string | null }

async function runTus(transport: Transport, blob: Blob, options: TusOptions): Promise<TusResult> {
  const headers = await transport.headers()
  const { promise, resolve, reject } = Promise.withResolvers<TusResult>()
  const task = new Upload(blob, {
    endpoint: `${transport.url}/api/v1/uploads`,
    uploadUrl: options.uploadUrl,
    headers, chunkSize: CHUNK, retryDelays: RETRY_DELAYS_MS,
    metadata: metadataOf(options),
    fileReader: { openFile: async (file: Blob) => readInSlices(file) },
    storeFingerprintForResuming: false,
    onUploadUrlAvailable: () => { if (task.url) options.onUploadUrl(task.url).catch(reject) },
    onProgress: (sent, total) => options.onProgress?.(sent, total),
    onSuccess: ({ lastResponse }) => { resolve({ url: task.url ?? '', body: lastResponse.getBody() || null }) },
    onError: (error) => { reject(toUploadError(error, transport.url)) },
  })
  const stop = () => {
    void task.abort()
    reject(new IntelliDocsError('The upload was aborted.', { code: 'ABORTED', cause: options.signal?.reason }))
  }
  if (options.signal?.aborted) stop()
  else {
    options.signal?.addEventListener('abort', stop, { once: true })
    task.start()
  }
  return promise.finally(() => { options.signal?.removeEventListener('abort', stop) })
}

function metadataOf({ name, folderId, documentId, onDuplicate, idempotencyKey, sha256, ocrLanguages }: UploadOptions): Record<string, string> {
  const all = { filename: name.toWellFormed(), folderId, documentId, onDuplicate, idempotencyKey, sha256, ocrLanguages: ocrLanguages?.join(',') }
  return Object.fromEntries(Object.entries(all).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** One slice at a time in memory, the same in browsers and Node. */
function readInSlices(file: Blob) {
  return {
    size: file.size,
    async slice(start: number, end: number) {
      const bytes = new Uint8Array(await file.slice(start, Math.min(end, file.size)).arrayBuffer())
      // The library counts the bytes of a slice by `size`, which arrays lack.
      return { value: Object.assign(bytes, { size: bytes.length }), done: end >= file.size }
    },
    close: () => undefined,
  }
}

function toUploadError(error: Error, server: string): IntelliDocsError {
  const response = error instanceof DetailedError ? error.originalResponse : null
  if (!response) return toIntelliDocsError(error, server)
  return fromHttpAnswer(response.getStatus(), response.getBody(), response.getHeader('x-request-id') ?? null)
}
