import type { ContentForm } from '@intellidocs/contracts'
import type { Transport } from './transport.ts'

export type DownloadOptions = {
  /** Left out: the current version. */
  readonly version?: number | undefined
  /** Left out: the original. A PDF that is made has no ranges. */
  readonly form?: ContentForm | undefined
  /** First and last byte, both included. */
  readonly range?: { readonly start: number; readonly end: number } | undefined
  readonly signal?: AbortSignal | undefined
}

export type Download = {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
  /** Bytes to come, where the server said so. */
  readonly size: number | null
  readonly mime: string | null
}

/** The bytes of a document. Throws IntelliDocsError. */
export async function download(transport: Transport, documentId: string, options: DownloadOptions = {}): Promise<Download> {
  const { version, form } = options
  const query = new URLSearchParams({ ...(version === undefined ? {} : { version: String(version) }), ...(form === undefined ? {} : { form }) }).toString()
  const response = await transport.request(`/api/v1/documents/${encodeURIComponent(documentId)}/content${query && `?${query}`}`, {
    ...(options.signal ? { signal: options.signal } : {}),
    headers: options.range ? { range: `bytes=${options.range.start}-${options.range.end}` } : {},
  })
  const size = response.headers.get('content-length')
  return { stream: response.body ?? new Blob([]).stream(), size: size === null ? null : Number(size), mime: response.headers.get('content-type') }
}
