import { Router, type Request, type RequestHandler, type Response } from 'express'
import { intakeContract, type Sender, type SubmissionId } from '@intellidocs/contracts'
import { AppError, newId, type Clock, type Log } from '@intellidocs/kernel'
import type { Modules, Outcome, UploadVisitor } from '@intellidocs/domain'
import { StorageError, type BlobStore } from '@intellidocs/storage'
import { answerErrors, type SayError } from '../http-errors.ts'
import { PAGE_POLICY } from '../link-pages/html.ts'
import { countAll, localeOf, onlyUnder } from '../link-pages/link-requests.ts'
import { FORM_BYTES, readForm } from '../link-pages/read-form.ts'
import { guardDeadline, guardPace } from '../uploads/body-guard.ts'
import type { BufferRelief } from '../uploads/buffer-relief.ts'
import { createFormsRoom } from './forms-room.ts'
import { askPage, formPage, plainPage, receiptPage, type Place } from './pages.ts'
import { looked } from './looked.ts'
import { receiveForm, type FormFile } from './receive-form.ts'

const FORM_MS = 8_000
/** What the words of a form may take beside its files, bytes. */
const FORM_ROOM = 1024 * 1024
/** Forms of one link that are taken at a time: each may store what there is room for, before it is known that another took the room. */
const FORMS_AT_ONCE = 8
const FORMS_WAITING = 24

export type UploadLinksDeps = {
  readonly handingIn: Modules['intake']['handingIn']
  readonly blobs: BlobStore
  readonly relief: BufferRelief
  readonly clock: Clock
  readonly countCall: (ip: string) => Promise<void>
  readonly log: Log
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
  links.post('/:token', onlyFromHere(deps.filesUrl), guardPace(), takeFiles(deps))
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

type Fields = ReadonlyMap<string, string>

/** What somebody says of themselves; what is no name or no address counts as not said. */
function senderOf(fields: Fields): Sender {
  const { name, email } = intakeContract.sender.shape
  const said = (key: string): string | null => fields.get(key)?.trim() || null
  return { name: name.safeParse(said('name')).data ?? null, email: email.safeParse(said('email')).data ?? null }
}

/** The id of the form; a program that sends none sends each time anew. */
const submissionOf = (fields: Fields, otherwise: SubmissionId): SubmissionId => {
  const given = intakeContract.submission.safeParse(fields.get('submission'))
  return given.success ? given.data : otherwise
}

function takeFiles(deps: UploadLinksDeps): RequestHandler {
  const inTurn = createFormsRoom({ atOnce: FORMS_AT_ONCE, mostWaiting: FORMS_WAITING })
  return async (req, res) => {
    const visitor = visitorOf(req, res)
    const limits = await deps.handingIn.limits(visitor)
    if (!req.is('multipart/form-data')) throw new AppError('input.invalid')
    await inTurn(visitor.token, () => takeForm(deps, visitor, { req, res, limits }))
  }
}

type Form = { readonly req: Request; readonly res: Response; readonly limits: { readonly maxFiles: number; readonly maxFileBytes: number; readonly maxTotalBytes: number } }

async function takeForm(deps: UploadLinksDeps, visitor: UploadVisitor, { req, res, limits }: Form): Promise<void> {
  // Gone while it waited; nothing would tell of it any more.
  if (req.destroyed) throw new AppError('input.invalid')
  const anew = newId() as SubmissionId
  if (Number(req.headers['content-length'] ?? 0) > limits.maxTotalBytes + FORM_ROOM) throw new AppError('input.too_large')
  let about: { submission: SubmissionId; sender: Sender } = { submission: anew, sender: { name: null, email: null } }
  const taken = await receiveForm(req, {
    // One more, so that somebody is told of what was too much.
    maxFiles: limits.maxFiles + 1, maxFileBytes: limits.maxFileBytes, relief: deps.relief,
    take: async (file, fields) => {
      about = { submission: submissionOf(fields, anew), sender: senderOf(fields) }
      return { name: file.name, ...await takeFile(deps, visitor, { ...about, file, pass: fields.get('pass') ?? '' }) }
    },
  })
  const received = taken.flatMap((one) => (one.kind === 'received' ? [one.file] : []))
  const refused = taken.flatMap((one) => (one.kind === 'refused' ? [{ name: one.name, why: one.why }] : []))
  if (taken.length === 0) throw new AppError('input.invalid', { details: { issues: [{ path: 'file', message: 'the form holds no file' }] } })
  const mailed = await deps.handingIn.sendReceipt(visitor, { ...about, files: received }) ? about.sender.email : null
  answer(res, receiptPage(placeOf(req), { received, refused, at: deps.clock.now(), mailed }), received.length === 0 ? 409 : 200)
}

type Taking = { readonly file: FormFile; readonly pass: string; readonly submission: SubmissionId; readonly sender: Sender }

/** Asked anew for each file, as those before it may have taken hours: a link that closed meanwhile gets no more bytes. */
async function takeFile({ handingIn, blobs, clock }: UploadLinksDeps, visitor: UploadVisitor, { file, pass, submission, sender }: Taking): Promise<Outcome> {
  const { orgId, maxBytes, mayBeWanted } = await handingIn.begin(visitor, { pass, submission, name: file.name })
  const { bytes, isRefused } = looked(file.bytes, mayBeWanted)
  try {
    const { sha256, size } = await blobs.put(orgId, bytes, { maxBytes })
    if (file.isCut()) return { kind: 'refused', why: 'too_large' }
    return await handingIn.receive(visitor, { submission, sender, name: file.name, sha256, size, storedAt: clock.now() })
  } catch (error) {
    if (isRefused()) return { kind: 'refused', why: 'kind' }
    if (error instanceof StorageError && error.kind === 'too_large') return { kind: 'refused', why: await file.whole() ? 'no_room' : 'too_large' }
    throw error
  }
}

/** A person reads it: whatever the link does not take has the one page, with nothing of the request in it. */
const sayByPage: SayError = (error, req, res) => {
  const [status, page] = pageOf(error)
  answer(res, page === 'ask' ? askPage({ token: /^\/([^/]+)/.exec(req.path)?.[1] ?? '', locale: localeOf(req) }, { refused: true }) : plainPage(localeOf(req), page), status)
}

function pageOf({ code }: AppError): readonly [number, 'ask' | 'gone' | 'limited' | 'failed' | 'foreign'] {
  if (code === 'upload_link.password') return [403, 'ask']
  if (code === 'auth.origin') return [403, 'foreign']
  if (code === 'rate.limited') return [429, 'limited']
  if (code === 'storage.full' || code === 'service.unavailable') return [503, 'failed']
  if (code === 'internal' || code === 'blob.integrity') return [500, 'failed']
  return code === 'input.too_large' ? [413, 'gone'] : code === 'input.invalid' || code === 'input.timeout' ? [400, 'failed'] : [404, 'gone']
}
