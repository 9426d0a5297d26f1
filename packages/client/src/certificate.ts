import type { CertificateFormat } from '@intellidocs/contracts'
import type { Download } from './download.ts'
import type { Transport } from './transport.ts'

export type CertificateOptions = { readonly format: CertificateFormat; readonly signal?: AbortSignal | undefined }

/** The certificate of a run as a file. Throws IntelliDocsError. */
export async function certificate(transport: Transport, runId: string, { format, signal }: CertificateOptions): Promise<Download> {
  const response = await transport.request(`/api/v1/runs/${encodeURIComponent(runId)}/certificate?format=${format}`, signal ? { signal } : {})
  const size = response.headers.get('content-length')
  return { stream: response.body ?? new Blob([]).stream(), size: size === null ? null : Number(size), mime: response.headers.get('content-type') }
}
