import type { IncomingHttpHeaders } from 'node:http'
import { documentsContract, type UploadAnswer } from '@intellidocs/contracts'
import { AppError, inputIssues } from '@intellidocs/kernel'

export type UploadRequest = ReturnType<typeof documentsContract.uploadRequest.parse>
type Raw = Partial<Record<keyof UploadRequest, string | undefined>>

const first = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

/** Percent-decoding that leaves a name alone which merely contains a percent sign. */
function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}

/** Header bytes arrive as Latin-1 characters; most clients mean UTF-8 by them. */
function utf8OrLatin1(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'))
  } catch (error) {
    if (error instanceof TypeError) return text
    throw error
  }
}

/** The name in `x-file-name`: RFC 8187 (`UTF-8''na%C3%AFve.pdf`), percent-encoded UTF-8, or raw bytes. */
export function decodeFileName(header: string): string {
  const extended = /^utf-8'[^']*'(.*)$/is.exec(header)
  return percentDecoded(extended?.[1] ?? utf8OrLatin1(header))
}

/** What an upload asks for, checked. `name` is compared and stored in NFC; `''` and `root` as folder mean the top. Throws `input.invalid`. */
export function parseUploadRequest(raw: Raw): UploadRequest {
  const given: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(raw)) if (value !== undefined && value !== '') given[key] = value
  if (raw.name !== undefined) given['name'] = raw.name.normalize('NFC')
  if (raw.folderId === 'root') given['folderId'] = null
  if (raw.sha256 !== undefined) given['sha256'] = raw.sha256.toLowerCase()
  if (raw.ocrLanguages) given['ocrLanguages'] = raw.ocrLanguages.split(',').map((code) => code.trim()).filter((code) => code !== '')
  const parsed = documentsContract.uploadRequest.safeParse(given)
  if (parsed.success) return parsed.data
  throw new AppError('input.invalid', { details: { issues: inputIssues(parsed.error) }, cause: parsed.error })
}

/** The headers of `POST /api/v1/documents`, not yet checked: a form may add to them. */
export function readUploadHeaders(headers: IncomingHttpHeaders): Raw {
  const name = first(headers['x-file-name'])
  return {
    name: name === undefined ? undefined : decodeFileName(name),
    folderId: first(headers['x-folder-id']),
    documentId: first(headers['x-document-id']),
    idempotencyKey: first(headers['idempotency-key']),
    onDuplicate: first(headers['x-on-duplicate']),
    sha256: first(headers['x-content-sha256']),
    ocrLanguages: first(headers['x-ocr-languages']),
  }
}

/** The metadata of a resumable upload; `filename` is what the tus clients call the name. */
export function readUploadMetadata(metadata: Readonly<Record<string, string | null>> | undefined): Raw {
  const of = (key: string): string | undefined => metadata?.[key] ?? undefined
  return {
    name: of('filename') ?? of('name'), folderId: of('folderId'), documentId: of('documentId'), idempotencyKey: of('idempotencyKey'),
    onDuplicate: of('onDuplicate'), sha256: of('sha256'), ocrLanguages: of('ocrLanguages'),
  }
}

/** 201 when a document or a version was made, 200 when the one that exists was named. */
export const statusOf = (answer: UploadAnswer): 200 | 201 => (answer.created ? 201 : 200)
