import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { create as contentDisposition } from 'content-disposition'
import type { Request, RequestHandler, Response } from 'express'
import parseRange from 'range-parser'
import { documentsContract, type DocumentId } from '@intellidocs/contracts'
import { AppError, mustHold, type Actor } from '@intellidocs/kernel'
import type { Caller } from './audit-export.ts'
import { cutOnceClosed } from './cut-once-closed.ts'
import type { DocumentContent } from '@intellidocs/domain'
import type { BlobStore } from '@intellidocs/storage'
import { HoldLast } from './hold-last.ts'

export type FindContent = (actor: Actor, input: { id: DocumentId; version?: number | undefined }) => Promise<DocumentContent>
type Deps = { blobs: BlobStore; content: FindContent; callerOf: (req: Request) => Promise<Caller> }
type Range = { start: number; end: number }

/** A reader that takes nothing for this long is cut. */
const READER_IDLE_MS = 60_000

/**
 * `GET /api/v1/documents/:id/content?version=`: the original bytes, whole or one range, never other ones. Cut within two seconds once its caller loses the session, the
 * key or the organization.
 */
export function downloadContent({ blobs, content, callerOf }: Deps): RequestHandler {
  return async (req, res) => {
    const { actor, stillValid } = await callerOf(req)
    mustHold(actor, 'documents:read')
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

/** The document that a route names, and the version where its query does. @throws AppError document.not_found, version.not_found */
export function readTarget(req: Request): { id: DocumentId; version?: number } {
  const id = documentsContract.document.shape.id.safeParse(req.params['id'])
  if (!id.success) throw new AppError('document.not_found')
  const { version } = req.query
  if (version === undefined) return { id: id.data }
  if (typeof version !== 'string' || !/^[1-9][0-9]{0,8}$/.test(version)) throw new AppError('version.not_found')
  return { id: id.data, version: Number(version) }
}

/** Uploaded files are data of strangers: downloaded, never shown, and unable to run even where a browser shows them. */
function setHeaders(res: Response, { sha256, fileName, mime }: DocumentContent): void {
  // Not through Express, which would add a charset that nobody knows.
  res.setHeader('content-type', mime ?? 'application/octet-stream')
  res.set({
    'content-disposition': contentDisposition(fileName),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-site',
    'cache-control': 'private, no-cache',
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

/** Sends bytes, the last of them only when all were sound; null: they are a part of those. */
export async function send(res: Response, source: Readable, expectedSha256: string | null): Promise<void> {
  res.setTimeout(READER_IDLE_MS, () => res.destroy())
  try {
    await pipeline(source, new HoldLast(expectedSha256), res)
  } catch (error) {
    // A reader that leaves early is nobody's fault.
    if (res.destroyed && error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE' && source.errored === null) return
    throw error
  }
}
