import type { Readable } from 'node:stream'
import type { Request, RequestHandler, Response } from 'express'
import parseRange from 'range-parser'
import { documentsContract, type DocumentId } from '@intellidocs/contracts'
import { AppError, mustHold, type Actor } from '@intellidocs/kernel'
import type { Caller } from './audit-export.ts'
import { cutOnceClosed } from './cut-once-closed.ts'
import type { DocumentContent } from '@intellidocs/domain'
import type { BlobStore } from '@intellidocs/storage'
import { readTarget, send, setSafeHeaders } from './document-bytes.ts'
import { sendSearchable, type FindSearchable } from './searchable-downloads.ts'

export type FindContent = (actor: Actor, input: { id: DocumentId; version?: number | undefined }) => Promise<DocumentContent>
type Deps = { blobs: BlobStore; content: FindContent; searchablePdf: FindSearchable; callerOf: (req: Request) => Promise<Caller> }
type Range = { start: number; end: number }

/**
 * `GET /api/v1/documents/:id/content?version=&form=`: the original bytes, whole or one range, never other ones; with `form=searchable-pdf` what `sendSearchable` tells.
 * Cut within two seconds once its caller loses the session, the key or the organization.
 */
export function downloadContent({ blobs, content, searchablePdf, callerOf }: Deps): RequestHandler {
  return async (req, res) => {
    const { actor, stillValid } = await callerOf(req)
    mustHold(actor, 'documents:read')
    if (isSearchable(req) && await sendSearchable(searchablePdf, { req, res, actor, stillValid: async () => await stillValid() !== null })) return
    const found = await content(actor, readTarget(req))
    setHeaders(res, found)
    if (isUnchanged(req, found.sha256)) return void res.status(304).end()
    const range = chooseRange(req, found)
    if (range === 'unsatisfiable') return void res.status(416).set({ 'content-range': `bytes */${found.size}`, 'content-length': '0' }).end()
    const length = range === null ? found.size : range.end - range.start + 1
    res.status(range === null ? 200 : 206).set('content-length', String(length))
    if (range !== null) res.set('content-range', `bytes ${range.start}-${range.end}/${found.size}`)
    if (req.method === 'HEAD') return void res.end()
    void cutOnceClosed(res, async () => await stillValid() !== null)
    await send(res, await openBytes({ blobs, actor, found, range, res }), range === null ? found.sha256 : null)
  }
}

/** Which form of the document is asked for. @throws AppError input.invalid */
function isSearchable({ query }: Request): boolean {
  const form = documentsContract.contentForm.safeParse(query['form'] ?? 'original')
  if (!form.success) throw new AppError('input.invalid')
  return form.data === 'searchable-pdf'
}

function setHeaders(res: Response, { sha256, ...content }: DocumentContent): void {
  setSafeHeaders(res, content)
  res.set({
    'accept-ranges': 'bytes',
    'etag': `"${sha256}"`,
    'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
  })
}

const isUnchanged = (req: Request, sha256: string): boolean =>
  (req.headers['if-none-match'] ?? '').split(',').some((tag) => [`"${sha256}"`, `W/"${sha256}"`, '*'].includes(tag.trim()))

/** One range is served; several, or a malformed header, are answered with the whole, as RFC 9110 allows. */
function chooseRange(req: Request, { size, sha256 }: DocumentContent): Range | null | 'unsatisfiable' {
  const { range: header, 'if-range': condition } = req.headers
  if (header === undefined || (condition !== undefined && condition !== `"${sha256}"`)) return null
  const ranges = parseRange(size, header)
  if (ranges === -1) return 'unsatisfiable'
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null
  return ranges[0] ?? null
}

const describing = ['content-type', 'content-length', 'content-range', 'content-disposition', 'etag', 'repr-digest', 'accept-ranges']

async function openBytes({ blobs, actor, found, range, res }: {
  blobs: BlobStore; actor: Actor; found: DocumentContent; range: Range | null; res: Response
}): Promise<Readable> {
  try {
    return await blobs.open(actor.orgId, found.sha256, range ?? undefined)
  } catch (error) {
    // The headers above describe the document; the error that follows is none.
    for (const name of describing) res.removeHeader(name)
    res.set('cache-control', 'no-store')
    throw error
  }
}
