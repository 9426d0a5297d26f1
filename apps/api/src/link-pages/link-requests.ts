import type { Request, RequestHandler } from 'express'
import type { Locale } from '@intellidocs/contracts'

/** In which language pages of links are read: as the browser asks. */
export const localeOf = (req: Request): Locale => (req.acceptsLanguages('en', 'pt') === 'pt' ? 'pt' : 'en')

/** On another host than that of `filesUrl` there are no links, whatever the token; under every host where it is absent. */
export function onlyUnder(filesUrl: string | undefined): RequestHandler {
  const host = filesUrl === undefined ? null : new URL(filesUrl).host
  return (req, _res, next) => next(host === null || req.host === host ? undefined : 'router')
}

/** Counts each request for its address. @throws AppError rate.limited */
export const countAll = (countCall: (ip: string) => Promise<void>): RequestHandler => async (req, _res, next) => {
  await countCall(req.ip ?? '')
  next()
}
