import type { IncomingMessage } from 'node:http'
import { AppError } from '@intellidocs/kernel'
import { SESSION_COOKIE } from '@intellidocs/domain'
import type { RequestHandler } from 'express'

/** A header that a foreign page cannot send without asking first, and we answer that question only for allowed origins. */
export const CSRF_HEADER = 'x-intellidocs-csrf'
const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

type Headers = Pick<IncomingMessage, 'headers'>

export const carriesSessionCookie = ({ headers }: Headers): boolean => (headers.cookie ?? '').includes(`${SESSION_COOKIE}=`)

/**
 * May this request change something? A bearer token proves intent: browsers never add it by themselves. Otherwise a foreign Origin is
 * refused, with or without a cookie (a foreign page must not sign its visitor in either), and a cookie without any Origin wants the header.
 */
export function mayChange(request: Headers & { method?: string | undefined }, allowedOrigins: readonly string[]): boolean {
  const { headers } = request
  if (safeMethods.has(request.method ?? 'GET') || headers.authorization !== undefined || headers[CSRF_HEADER] !== undefined) return true
  if (headers.origin !== undefined) return allowedOrigins.includes(headers.origin)
  return !carriesSessionCookie(request)
}

/** A websocket is never preflighted, so its Origin is looked at before the upgrade; without a cookie there is nothing to steal. */
export function mayUpgrade(request: Headers, allowedOrigins: readonly string[]): boolean {
  if (!carriesSessionCookie(request)) return true
  return request.headers.origin !== undefined && allowedOrigins.includes(request.headers.origin)
}

const allowedHeaders = [
  'authorization', 'content-type', 'x-intellidocs-org', CSRF_HEADER, 'idempotency-key', 'x-file-name', 'x-folder-id', 'x-document-id', 'x-on-duplicate',
  'x-content-sha256', 'x-ocr-languages', 'range', 'if-range', 'tus-resumable', 'upload-length', 'upload-offset', 'upload-metadata', 'upload-defer-length',
  'last-event-id', 'trpc-accept',
].join(', ')
const exposedHeaders = [
  'location', 'tus-resumable', 'upload-offset', 'upload-length', 'upload-expires', 'x-request-id', 'x-document-id', 'content-disposition',
  'content-range', 'etag', 'repr-digest', 'retry-after',
].join(', ')

/** Answers browsers of allowed origins (and only those), and refuses changes that another site set off. */
export function guardOrigins(allowedOrigins: readonly string[]): RequestHandler {
  return (req, res, next) => {
    const { origin } = req.headers
    res.vary('Origin')
    if (origin !== undefined && allowedOrigins.includes(origin)) {
      res.set({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true', 'access-control-expose-headers': exposedHeaders })
      if (req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined) {
        res.set({
          'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE', 'access-control-allow-headers': allowedHeaders,
          'access-control-max-age': '600',
        })
        res.status(204).end()
        return
      }
    }
    next(mayChange(req, allowedOrigins) ? undefined : new AppError('auth.origin'))
  }
}
