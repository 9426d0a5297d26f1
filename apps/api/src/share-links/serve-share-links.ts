import { create as contentDisposition } from 'content-disposition'
import { Router, type Request, type RequestHandler, type Response } from 'express'
import { documentsContract, sharePath, sharingContract, type DocumentId, type ErrorCode } from '@intellidocs/contracts'
import { AppError, type Log } from '@intellidocs/kernel'
import type { Modules, PlaceInDocument, Visitor } from '@intellidocs/domain'
import type { BlobStore } from '@intellidocs/storage'
import { send } from '../document-bytes.ts'
import { answerErrors, type SayError } from '../http-errors.ts'
import { failureOf } from '../link-pages/failure-of.ts'
import { cutOnceClosed } from '../cut-once-closed.ts'
import { PAGE_POLICY } from '../link-pages/html.ts'
import { countAll, localeOf, onlyUnder } from '../link-pages/link-requests.ts'
import { FORM_BYTES, readForm } from '../link-pages/read-form.ts'
import { guardDeadline } from '../uploads/body-guard.ts'
import { askPage, documentBelowPage, documentPage, folderBelowPage, folderPage, plainPage, type Place } from './pages.ts'

const FORM_MS = 8_000
const COOKIE = 'intellidocs-link'

export type ShareLinksDeps = {
  readonly visiting: Modules['sharing']['visiting']
  readonly blobs: BlobStore
  readonly countCall: (ip: string) => Promise<void>
  readonly log: Log
  /** Links are served under this origin alone; absent: under each. */
  readonly filesUrl: string | undefined
}

const gone = (): AppError => new AppError('share.not_found')
const placeOf = (req: Request): Place => ({ token: tokenOf(req), locale: localeOf(req) })

function tokenOf(req: Request): string {
  const { token } = req.params
  if (typeof token !== 'string') throw gone()
  return token
}

function visitorOf(req: Request, res: Response): Visitor {
  const cookie = (req.headers.cookie ?? '').split(';').map((part) => part.trim()).find((part) => part.startsWith(`${COOKIE}=`))
  return {
    token: tokenOf(req), visit: cookie?.slice(COOKIE.length + 1) ?? null, ip: req.ip ?? '', requestId: String(res.locals['requestId']), locale: localeOf(req),
  }
}

function documentIdOf(req: Request): DocumentId {
  const id = documentsContract.document.shape.id.safeParse(req.params['documentId'])
  if (!id.success) throw gone()
  return id.data
}

/** Counted from 1; what is none is the first. */
const numberOf = (given: unknown): number => (typeof given === 'string' && /^[1-9][0-9]{0,5}$/.test(given) ? Number(given) : 1)
const textIn = (given: unknown): string | undefined => (typeof given === 'string' ? given : undefined)
const whereIn = ({ query }: Request) => ({ cursor: textIn(query['cursor']), folders: textIn(query['folders']) })
const placeIn = ({ query }: Request): PlaceInDocument => ({ page: numberOf(query['page']), part: numberOf(query['part']) })

function answer(res: Response, page: string, status = 200): void {
  res.status(status).set('content-security-policy', PAGE_POLICY).vary('accept-language').type('html').send(page)
}

/**
 * `GET /s/:token` and what lies below it. Nobody signs in here: the token is the right to what it leads to, and the cookie of the link tells one opening of
 * it from another. Looking at a link spends nothing, so that whoever looks at the links of a mail ahead of its reader changes nothing; opening it is a `POST`.
 */
export function serveShareLinks(deps: ShareLinksDeps): Router {
  const links = Router({ caseSensitive: true, strict: true })
  const form = guardDeadline({ ms: FORM_MS, bytes: FORM_BYTES })
  links.use(onlyUnder(deps.filesUrl), countAll(deps.countCall))
  links.route('/:token').get(showLink(deps)).post(form, openLink(deps))
  links.post('/:token/code', form, sendCode(deps))
  links.get('/:token/f/:folderId', onlyGet, showFolder(deps))
  links.get('/:token/d/:documentId', onlyGet, showDocument(deps))
  links.get('/:token/d/:documentId/pages/:page', onlyGet, sendPicture(deps))
  links.get('/:token/d/:documentId/content', onlyGet, sendContent(deps))
  links.use(() => { throw gone() })
  links.use(answerErrors(deps.log, sayByPage))
  return links
}

/** Express answers HEAD by GET, which would spend what is only asked for. */
const onlyGet: RequestHandler = (req, _res, next) => next(req.method === 'GET' ? undefined : gone())

const showLink = ({ visiting }: ShareLinksDeps): RequestHandler => async (req, res) => {
  const shown = await visiting.look(visitorOf(req, res), { ...whereIn(req), place: placeIn(req) })
  const place = placeOf(req)
  if (shown.kind === 'ask') return answer(res, askPage(place, shown))
  answer(res, shown.kind === 'folder' ? folderPage(place, shown) : documentPage(place, shown, placeIn(req).page))
}

/** Of a look that has no visit, and shows nothing but what it takes to open the link. */
const nowhere = { cursor: undefined, folders: undefined, place: { page: 1, part: 1 } }
const said = (form: URLSearchParams, name: string): string | null => form.get(name) || null
const addressIn = (form: URLSearchParams): string | null => sharingContract.visitorEmail.safeParse(form.get('email') ?? '').data ?? null

const openLink = ({ visiting, filesUrl }: ShareLinksDeps): RequestHandler => async (req, res) => {
  const form = await readForm(req)
  const visitor = visitorOf(req, res)
  const opened = await visiting.open(visitor, { password: said(form, 'password'), email: addressIn(form), code: said(form, 'code') })
  const place = placeOf(req)
  if (opened.kind === 'refused') {
    const shown = await visiting.look({ ...visitor, visit: null }, nowhere)
    if (shown.kind !== 'ask') throw gone()
    return answer(res, askPage(place, shown, { said: 'refused', email: said(form, 'email') ?? '' }), 403)
  }
  const path = `${sharePath}/${encodeURIComponent(place.token)}`
  const secure = filesUrl?.startsWith('https:') === true || req.secure ? '; Secure' : ''
  res.append('set-cookie', `${COOKIE}=${opened.cookie}; Path=${path}; Max-Age=${opened.seconds}; HttpOnly; SameSite=Lax${secure}`)
  res.redirect(303, path)
}

const sendCode = ({ visiting }: ShareLinksDeps): RequestHandler => async (req, res) => {
  const form = await readForm(req)
  const visitor = visitorOf(req, res)
  const email = addressIn(form)
  if (email !== null) await visiting.sendCode(visitor, { email })
  const shown = await visiting.look({ ...visitor, visit: null }, nowhere)
  if (shown.kind !== 'ask') throw gone()
  answer(res, askPage(placeOf(req), shown, { ...(email === null ? {} : { said: 'sent' }), email: said(form, 'email') ?? '' }))
}

const showFolder = ({ visiting }: ShareLinksDeps): RequestHandler => async (req, res) => {
  const folderId = documentsContract.folder.shape.id.safeParse(req.params['folderId'])
  if (!folderId.success) throw gone()
  const shown = await visiting.folder(visitorOf(req, res), { folderId: folderId.data, ...whereIn(req) })
  answer(res, folderBelowPage(placeOf(req), { ...shown, id: folderId.data }))
}

const showDocument = ({ visiting }: ShareLinksDeps): RequestHandler => async (req, res) => {
  const found = await visiting.document(visitorOf(req, res), { documentId: documentIdOf(req), place: placeIn(req) })
  answer(res, documentBelowPage(placeOf(req), found, placeIn(req).page))
}

const sendPicture = ({ visiting }: ShareLinksDeps): RequestHandler => async (req, res) => {
  const { page } = req.params
  if (typeof page !== 'string' || !/^[1-9][0-9]{0,5}$/.test(page)) throw gone()
  const { bytes, contentType } = await visiting.picture(visitorOf(req, res), { documentId: documentIdOf(req), page: Number(page) })
  res.set({ 'content-type': contentType, 'content-security-policy': "default-src 'none'; sandbox", 'cross-origin-resource-policy': 'same-origin' }).send(bytes)
}

/** Whole or not at all: a part of a file would be a download that is not counted. The original alone: other forms are made for members, not for whoever has a link. */
const sendContent = ({ visiting, blobs }: ShareLinksDeps): RequestHandler => async (req, res) => {
  if (req.query['form'] !== undefined) throw gone()
  const visitor = visitorOf(req, res)
  const documentId = documentIdOf(req)
  const { orgId, version, sha256, size, fileName, mime } = await visiting.content(visitor, { documentId })
  const bytes = await blobs.open(orgId, sha256)
  // Not through Express, which would add a charset that nobody knows.
  res.setHeader('content-type', mime ?? 'application/octet-stream')
  res.set({
    'content-disposition': contentDisposition(fileName), 'content-length': String(size), 'content-security-policy': "sandbox; default-src 'none'",
    'cross-origin-resource-policy': 'same-origin', 'accept-ranges': 'none',
  })
  void cutOnceClosed(res, () => visiting.stillOpen(visitor, { documentId, version }))
  await send(res, bytes, sha256)
}

/** What a link does not open, and what nobody asks a link: one answer to all of it. */
const opensNothing: ReadonlySet<ErrorCode> = new Set(['share.not_found', 'input.invalid', 'input.cursor', 'input.too_large', 'input.timeout'])

/** A person reads it: whatever the link does not open has the one page, with nothing of the request in it. */
const sayByPage: SayError = (error, req, res) => {
  const [status, page] = opensNothing.has(error.code) ? [404, 'gone'] as const : failureOf(error)
  answer(res, plainPage(localeOf(req), page), status)
}
