import type { ErrorRequestHandler, Request, Response } from 'express'
import type { ErrorCode } from '@intellidocs/contracts'
import { AppError, httpStatusOf, logErrorOnce, toAppError, type Log } from '@intellidocs/kernel'
import { StorageError, type StorageErrorKind } from '@intellidocs/storage'

const fromStorage: Record<StorageErrorKind, ErrorCode> = {
  full: 'storage.full', missing: 'blob.integrity', integrity: 'blob.integrity', too_large: 'input.too_large', checksum: 'document.checksum',
}
const noSpace = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** What a failure on the way of the bytes means to the caller. */
export function toHttpError(error: unknown): AppError {
  if (error instanceof StorageError) return new AppError(fromStorage[error.kind], { cause: error })
  if (error instanceof Error && 'code' in error && noSpace.has(String(error.code))) return new AppError('storage.full', { cause: error })
  // Percent signs in the address that stand for nothing.
  if (error instanceof URIError) return new AppError('input.invalid', { cause: error })
  return toAppError(error)
}

/** The body of every error over plain HTTP. */
export const errorBody = (error: AppError, requestId: string): { error: { code: ErrorCode; message: string; requestId: string; details: unknown } } =>
  ({ error: { code: error.code, message: error.message, requestId, details: error.details ?? null } })

/** A path as it may stand in the log: the token of a link is the whole right to what it leads to. Routes are found in whatever case. */
export const loggedPath = (path: string): string => path.replace(/^\/([rs])\/[^/]+/i, '/$1/[token]')

function retryAfter(res: Response, error: AppError): void {
  const ms = error.details?.['retryAfterMs']
  if (typeof ms === 'number') res.set('retry-after', String(Math.ceil(ms / 1000)))
}

/** How long a sender who has its answer may go on before its connection is cut: long enough to read the answer. */
const LINGER_MS = 2000

/** Reads on without keeping anything: most bodies end soon and their connection can be used again; cutting it at once would cost the answer. */
export function drainBriefly(req: Request): void {
  req.unpipe().resume()
  setTimeout(() => { if (!req.complete) req.destroy() }, LINGER_MS).unref()
}

/** How an error is said to whoever asked; `retry-after` is set by then. */
export type SayError = (error: AppError, req: Request, res: Response) => void
const sayAsJson: SayError = (error, _req, res) => void res.status(httpStatusOf(error)).json(errorBody(error, String(res.locals['requestId'])))

/** Logs what went wrong with a request, and answers what it means. Somebody who hung up is not an error of ours. */
export function logRequestError(log: Log, thrown: unknown, { req, res }: { req: Request; res: Response }): AppError {
  const error = toHttpError(thrown)
  if (!(req.destroyed && !req.complete)) logErrorOnce(log, error, { requestId: String(res.locals['requestId']), method: req.method, path: loggedPath(req.baseUrl + req.path) })
  return error
}

/** Answers what handlers threw; never a stack. A response that has begun is cut, so that it cannot pass for a whole one. */
export function answerErrors(log: Log, say: SayError = sayAsJson): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    const error = logRequestError(log, thrown, { req, res })
    if (res.headersSent || res.destroyed) {
      res.destroy()
      return
    }
    retryAfter(res, error)
    say(error, req, res)
    void next
  }
}
