import { createTRPCClient, getUntypedClient, type TRPCClient } from '@trpc/client'
import type { UploadAnswer } from '@intellidocs/contracts'
import type { AppRouter } from '@intellidocs/domain'
import { auditExport } from './audit-export.ts'
import { certificate, type CertificateOptions } from './certificate.ts'
import { download, type Download, type DownloadOptions } from './download.ts'
import { createLinks } from './links.ts'
import { openLive, type Live, type LiveOptions } from './live.ts'
import { createTransport, type ClientOptions } from './transport.ts'
import { upload, type UploadOptions, type UploadSource } from './upload.ts'

export type IntelliDocsClient = {
  /** Every procedure of the API, typed: `client.api.documents.list.query({ limit: 20 })`. Throws IntelliDocsError. */
  readonly api: TRPCClient<AppRouter>
  readonly url: string
  /** Events as they happen, resuming by themselves after interruptions. */
  live(options: LiveOptions): Live
  /** Sends a file; large ones resumably. When it answers, the bytes are kept. */
  upload(source: UploadSource, options: UploadOptions): Promise<UploadAnswer>
  download(documentId: string, options?: DownloadOptions): Promise<Download>
  /** Streams the export whose `path` `api.audit.export` answered. */
  auditExport(path: string, options?: { readonly signal?: AbortSignal | undefined }): Promise<Download>
  /** The certificate of a run that is over, as pages or as the text that was signed. */
  certificate(runId: string, options: CertificateOptions): Promise<Download>
  /** Closes the websocket; calls over HTTP go on working. */
  close(): Promise<void>
}

/** A client of one installation, for browsers and Node. It opens no connection before it is used. */
export function createIntelliDocsClient(options: ClientOptions): IntelliDocsClient {
  const transport = createTransport(options)
  const { links, close } = createLinks(transport, options)
  const api = createTRPCClient<AppRouter>({ links })
  const untyped = getUntypedClient(api)
  return {
    api,
    url: transport.url,
    live: (liveOptions) => openLive(untyped, transport.url, liveOptions),
    upload: (source, uploadOptions) => upload(transport, source, uploadOptions),
    download: (documentId, downloadOptions) => download(transport, documentId, downloadOptions),
    auditExport: (path, exportOptions) => auditExport(transport, path, exportOptions),
    certificate: (runId, certificateOptions) => certificate(transport, runId, certificateOptions),
    close,
  }
}
