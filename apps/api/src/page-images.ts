import type { Request, RequestHandler, Response } from 'express'
import { documentsContract } from '@intellidocs/contracts'
import { AppError, mustHold, type Actor } from '@intellidocs/kernel'
import type { Modules } from '@intellidocs/domain'
import type { z } from 'zod'
import { readTarget } from './document-bytes.ts'

type Input = z.infer<typeof documentsContract.pageImage.input>
type Deps = { pageImage: Modules['documents']['pageImage']; thumbnail: Modules['documents']['thumbnail']; actorOf: (req: Request) => Promise<Actor> }

/** `12-20,31-38`: characters of the page's text. */
const spans = /^\d{1,9}-\d{1,9}(,\d{1,9}-\d{1,9}){0,99}$/

/** `GET /api/v1/documents/:id/pages/:page/image?version=&width=&format=&highlight=`: what `documents.pageImage` tells, as bytes. `highlight` names spans of the page's text. */
export function sendPageImage({ pageImage, actorOf }: Pick<Deps, 'pageImage' | 'actorOf'>): RequestHandler {
  return async (req, res) => {
    const actor = await actorOf(req)
    mustHold(actor, 'documents:read')
    send(res, await pageImage(actor, readInput(req)))
  }
}

/** `GET /api/v1/documents/:id/thumbnail?version=`: the first page as a small picture. */
export function sendThumbnail({ thumbnail, actorOf }: Pick<Deps, 'thumbnail' | 'actorOf'>): RequestHandler {
  return async (req, res) => {
    const actor = await actorOf(req)
    mustHold(actor, 'documents:read')
    send(res, await thumbnail(actor, readTarget(req)))
  }
}

function send(res: Response, { bytes, mime }: { bytes: Buffer; mime: string }): void {
  res.set({
    'content-type': mime, 'content-disposition': 'inline', 'content-security-policy': "default-src 'none'; sandbox", 'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-site', 'cache-control': 'private, no-cache',
  }).send(bytes)
}

function readInput({ params, query }: Request): Input {
  const id = documentsContract.document.shape.id.safeParse(params['id'])
  if (!id.success) throw new AppError('document.not_found')
  const { highlight, width, version, ...others } = query
  const input = documentsContract.pageImage.input.safeParse({
    ...others, id: id.data, page: Number(params['page']),
    ...(width === undefined ? {} : { width: Number(width) }), ...(version === undefined ? {} : { version: Number(version) }),
    ...(highlight === undefined ? {} : { spans: spansOf(highlight) }),
  })
  if (!input.success) throw new AppError('input.invalid')
  return input.data
}

function spansOf(given: unknown): { start: number; end: number }[] {
  if (typeof given !== 'string' || !spans.test(given)) throw new AppError('input.invalid')
  return given.split(',').map((span) => {
    const [start = 0, end = 0] = span.split('-').map(Number)
    return { start, end }
  })
}
