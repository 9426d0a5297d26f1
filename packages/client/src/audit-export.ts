import type { Download } from './download.ts'
import type { Transport } from './transport.ts'

/** The bytes that `api.audit.export` named by their path, as they are made. Throws IntelliDocsError. */
export async function auditExport(transport: Transport, path: string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Download> {
  const response = await transport.request(path, options.signal ? { signal: options.signal } : {})
  return { stream: response.body ?? new Blob([]).stream(), size: null, mime: response.headers.get('content-type') }
}
