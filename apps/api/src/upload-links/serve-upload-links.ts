import { Router, type Request, type RequestHandler, type Response } from 'express'
import { AppError } from '@intellidocs/kernel'
import type { UploadVisitor } from '@intellidocs/domain'
import { answerErrors, type SayError } from '../http-errors.ts'
import { failureOf } from '../link-pages/failure-of.ts'
import { PAGE_POLICY } from '../link-pages/html.ts'
import { countAll, localeOf, onlyUnder } from '../link-pages/link-requests.ts'
import { FORM_BYTES, readForm } from '../link-pages/read-form.ts'
import { guardDeadline } from '../uploads/body-guard.ts'
import { createFormsRoom } from './forms-room.ts'
import { askPage, formPage, plainPage, receiptPage, type Place } from './pages.ts'
import { takeForm, type TakeFormDeps } from './take-form.ts'

const FORM_MS = 8_000
/** Forms of one link that are taken at a time: each may store what there is room for, before it is known that another took the room. */
const FORMS_AT_ONCE = 8
const FORMS_WAITING = 24

export type UploadLinksDeps = TakeFormDeps & {
  readonly countCall: (ip: string) => Promise<void>
  /** Links are served under this origin alone; absent: under each. */
  readonly filesUrl: string | undefined
}

const placeOf = (req: Request): Place => ({ token: tokenOf(req), locale: localeOf(req) })

function tokenOf(req: Request): string {
  const { token } = req.params
  if (typeof token !== 'string') throw new AppError('upload_link.closed')
  return token
}
const visitorOf = (req: Request, res: Response): UploadVisitor =>
  ({ token: tokenOf(req), ip: req.ip ?? '', requestId: String(res.locals['requestId']), locale: localeOf(req) })

/** The referrer stays on this origin, whose pages alone may know the token; without one browsers would hide the Origin that `onlyFromHere` asks for. */
function answer(res: Response, page: string, status = 200): void {
  res.status(status).set({ 'content-security-policy': PAGE_POLICY, 'referrer-policy': 'same-origin' }).vary('accept-language').type('html').send(page)
}

/**
 * `GET /r/:token` and what is sent there. Nobody signs in: the token, with a password where there is one, is the right to hand files in, no cookie is looked at,
 * and looking changes nothing.
 */
export function serveUploadLinks(deps: UploadLinksDeps): Router {
  const links = Router({ caseSensitive: true, strict: true })
  links.use(onlyUnder(deps.filesUrl), countAll(deps.countCall))
  links.get('/:token', showLink(deps))
  links.post('/:token/unlock', onlyFromHere(deps.filesUrl), guardDeadline({ ms: FORM_MS, bytes: FORM_BYTES }), unlockLink(deps))
  links.post('/:token', onlyFromHere(deps.filesUrl), takeFiles(deps))
  links.use(() => { throw new AppError('upload_link.closed') })
  links.use(answerErrors(deps.log, sayByPage))
  return links
}

/** A form of another page is refused; programs, which send no Origin, are not. */
function onlyFromHere(filesUrl: string | undefined): RequestHandler {
  return (req, _res, next) => {
    const { origin } = req.headers
    const own = filesUrl === undefined ? `${req.protocol}://${req.host}` : new URL(filesUrl).origin
    next(origin === undefined || origin === own ? undefined : new AppError('auth.origin'))
  }
}

const showLink = ({ handingIn }: UploadLinksDeps): RequestHandler => async (req, res) => {
  const shown = await handingIn.look(visitorOf(req, res))
  answer(res, shown.kind === 'ask' ? askPage(placeOf(req), { refused: false }) : formPage(placeOf(req), shown))
}

const unlockLink = ({ handingIn }: UploadLinksDeps): RequestHandler => async (req, res) => {
  const password = (await readForm(req)).get('password') ?? ''
  const shown = await handingIn.unlock(visitorOf(req, res), password)
  answer(res, shown.kind === 'ask' ? askPage(placeOf(req), { refused: true }) : formPage(placeOf(req), shown))
}

function takeFiles(deps: UploadLinksDeps): RequestHandler {
  const inTurn = createFormsRoom({ atOnce: FORMS_AT_ONCE, mostWaiting: FORMS_WAITING })
  return async (req, res) => {
    const visitor = visitorOf(req, res)
    const limits = await deps.handingIn.limits(visitor)
    if (!req.is('multipart/form-data')) throw new AppError('input.invalid')
    await inTurn(visitor.token, async () => {
      // Gone while it waited; nothing would tell of it any more.
      if (req.destroyed) throw new AppError('input.invalid')
      const receipt = await takeForm(deps, visitor, { req, res, limits })
      answer(res, receiptPage(placeOf(req), receipt), receipt.received.length === 0 ? 409 : 200)
    })
  }
}

/** A person reads it: whatever the link does not take has the one page, with nothing of the request in it. */
const sayByPage: SayError = (error, req, res) => {
  const [status, page] = pageOf(error)
  answer(res, page === 'ask' ? askPage({ token: /^\/([^/]+)/.exec(req.path)?.[1] ?? '', locale: localeOf(req) }, { refused: true }) : plainPage(localeOf(req), page), status)
}

function pageOf(error: AppError): readonly [number, 'ask' | 'gone' | 'limited' | 'failed' | 'foreign'] {
  const { code } = error
  if (code === 'upload_link.password') return [403, 'ask']
  if (code === 'auth.origin') return [403, 'foreign']
  if (code === 'upload_link.closed') return [404, 'gone']
  if (code === 'input.too_large') return [413, 'gone']
  return code === 'input.invalid' || code === 'input.timeout' ? [400, 'failed'] : failureOf(error)
}
