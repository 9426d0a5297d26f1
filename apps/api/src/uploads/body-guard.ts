import { AsyncResource } from 'node:async_hooks'
import type { RequestHandler, Request, Response } from 'express'
import { AppError, httpStatusOf } from '@intellidocs/kernel'
import { errorBody } from '../http-errors.ts'

/** What a sender must keep up. */
export type BodyPace = {
  /** Length of the window that is looked at, milliseconds. */
  windowMs: number
  /** Bytes that must arrive within each window; a sender that is merely far away sends more. */
  minBytes: number
}
export const uploadPace: BodyPace = { windowMs: 8000, minBytes: 8 * 1024 }

const hasBody = ({ headers }: Request): boolean => headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0

/** Says 408 and ends the connection; whoever reads the body finds it cut. */
function giveUp(req: Request, res: Response): void {
  if (res.headersSent) return void req.destroy()
  const error = new AppError('input.timeout')
  res.status(httpStatusOf(error)).set('connection', 'close').json(errorBody(error, String(res.locals['requestId'])))
}

/**
 * Ends senders that drip: a connection costs us memory, so it must bring bytes. A phone that loses its network resumes by tus.
 */
export function guardPace(pace: BodyPace = uploadPace): RequestHandler {
  return (req, res, next) => {
    next()
    watchPace(req, () => giveUp(req, res), pace)
  }
}

/** Calls `slow` for each window in which too little of the body came. Time in which we do not read (a slow disk) is not held against the sender. */
export function watchPace(req: Request, slow: () => void, { windowMs, minBytes }: BodyPace = uploadPace): void {
  if (!hasBody(req)) return
  let before = req.socket.bytesRead
  const timer = setInterval(() => {
    const { bytesRead } = req.socket
    const waitsForUs = req.readableLength > 0 || req.isPaused()
    if (!waitsForUs && bytesRead - before < minBytes) slow()
    before = bytesRead
  }, windowMs)
  const done = (): void => clearInterval(timer)
  req.once('end', done).once('close', done)
}

/**
 * A small body (a call) must be there as a whole within `ms`. The call begins with it, or with `bytes` of it, as it is refused then for its length:
 * until then it costs a connection and no work, for which, with hundreds of senders that drip, everybody else would wait; and what the caller may
 * do is looked up when all of the call is there, not seconds before.
 */
export function guardDeadline({ ms, bytes }: { ms: number; bytes: number }): RequestHandler {
  return (req, res, next) => {
    if (!hasBody(req)) return next()
    // The body comes by events of the socket, which know nothing of the trace that the request is in.
    const goOn = AsyncResource.bind(() => next())
    const begin = (): void => {
      if (!req.complete && req.readableLength < bytes) return
      // Whoever reads next finds the stream as it was: nothing is taken from it here.
      req.off('readable', begin)
      goOn()
    }
    req.on('readable', begin)
    // Asked for that much, the stream holds that much; as less has come, it gives nothing away.
    if (!req.complete && req.readableLength < bytes) req.read(bytes)
    const timer = setTimeout(() => {
      if (req.complete) return
      req.off('readable', begin)
      giveUp(req, res)
    }, ms)
    const done = (): void => clearTimeout(timer)
    req.once('end', done).once('close', done)
  }
}
