import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { create as contentDisposition } from 'content-disposition'
import type { Request, Response } from 'express'
import { documentsContract, type DocumentId } from '@intellidocs/contracts'
import type { DocumentContent } from '@intellidocs/domain'
import { AppError } from '@intellidocs/kernel'
import { HoldLast } from './hold-last.ts'

/** A reader that takes nothing for this long is cut. */
const READER_IDLE_MS = 60_000

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
export function setSafeHeaders(res: Response, { fileName, mime }: Pick<DocumentContent, 'fileName' | 'mime'>): void {
  // Not through Express, which would add a charset that nobody knows.
  res.setHeader('content-type', mime ?? 'application/octet-stream')
  res.set({
    'content-disposition': contentDisposition(fileName),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-site',
    'cache-control': 'private, no-cache',
  })
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
