import type { Request, Response } from 'express'
import { intakeContract, type Sender, type SubmissionId } from '@intellidocs/contracts'
import { AppError, newId, type Clock, type Log } from '@intellidocs/kernel'
import type { Modules, Outcome, ReceivedFile, UploadLimits, UploadVisitor } from '@intellidocs/domain'
import { StorageError, type BlobStore } from '@intellidocs/storage'
import { logRequestError } from '../http-errors.ts'
import { watchPace } from '../uploads/body-guard.ts'
import type { BufferRelief } from '../uploads/buffer-relief.ts'
import { looked } from './looked.ts'
import type { NotTaken, Receipt, WhyNot } from './pages.ts'
import { receiveForm, type FormFile } from './receive-form.ts'

/** What the words of a form may take beside its files, bytes. */
const FORM_ROOM = 1024 * 1024

export type TakeFormDeps = {
  readonly handingIn: Modules['intake']['handingIn']
  readonly blobs: BlobStore
  readonly relief: BufferRelief
  readonly clock: Clock
  readonly log: Log
}
type Form = { readonly req: Request; readonly res: Response; readonly limits: UploadLimits }
type Fields = ReadonlyMap<string, string>
type About = { readonly submission: SubmissionId; readonly sender: Sender }

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

/** What is said of the files that a failure kept out, when others of the form are in already. */
function whyOf({ code }: AppError): WhyNot {
  if (code === 'upload_link.closed') return 'closed'
  if (code === 'upload_link.password') return 'password'
  if (code === 'rate.limited') return 'limited'
  if (code === 'storage.full') return 'full'
  return code === 'input.invalid' || code === 'input.timeout' ? 'early' : 'failed'
}

/**
 * Takes a form of files, and answers what came of it. What is in stays in: once a file was received, whatever ends the form is told on its receipt and not
 * instead of it. Files that come after that go by unread.
 * @throws AppError what ended the form before anything of it was received
 */
export async function takeForm(deps: TakeFormDeps, visitor: UploadVisitor, { req, res, limits }: Form): Promise<Receipt> {
  const anew = newId() as SubmissionId
  if (Number(req.headers['content-length'] ?? 0) > limits.maxTotalBytes + FORM_ROOM) throw new AppError('input.too_large')
  const received: ReceivedFile[] = []
  const refused: NotTaken[] = []
  let about: About = { submission: anew, sender: { name: null, email: null } }
  let cut: WhyNot | null = null
  const cutBy = (error: unknown): WhyNot => {
    if (received.length === 0) throw error
    return whyOf(logRequestError(deps.log, error, { req, res }))
  }
  const take = async (file: FormFile, fields: Fields): Promise<void> => {
    const { name } = file
    about = { submission: submissionOf(fields, anew), sender: senderOf(fields) }
    if (cut !== null) return void refused.push({ name, why: cut })
    try {
      const outcome = await takeFile(deps, visitor, { ...about, file, pass: fields.get('pass') ?? '' })
      if (outcome.kind === 'received') received.push(outcome.file)
      else refused.push({ name, why: outcome.why })
    } catch (error) {
      cut = cutBy(error)
      refused.push({ name, why: cut })
    }
  }
  const slow = new AbortController()
  watchPace(req, () => slow.abort(new AppError('input.timeout')))
  try {
    // One more, so that somebody is told of what was too much.
    const { passedOver } = await receiveForm(req, { maxFiles: limits.maxFiles + 1, maxFileBytes: limits.maxFileBytes, relief: deps.relief, signal: slow.signal, take })
    if (passedOver) refused.push({ name: null, why: 'too_many' })
  } catch (error) {
    refused.push({ name: null, why: cutBy(error) })
  }
  if (received.length + refused.length === 0) throw new AppError('input.invalid', { details: { issues: [{ path: 'file', message: 'the form holds no file' }] } })
  return { received, refused, at: deps.clock.now(), mailed: await mailReceipt(deps, visitor, { ...about, received, req, res }) }
}

/** Where the receipt is mailed to; null where it is not. The files are in either way, so that a failure is told of in the log, and on the page as no mail. */
async function mailReceipt(
  { handingIn, log }: TakeFormDeps, visitor: UploadVisitor, { submission, sender, received, req, res }: About & Omit<Form, 'limits'> & { received: readonly ReceivedFile[] },
): Promise<string | null> {
  try {
    return await handingIn.sendReceipt(visitor, { submission, sender, files: received }) ? sender.email : null
  } catch (error) {
    logRequestError(log, error, { req, res })
    return null
  }
}

type Taking = About & { readonly file: FormFile; readonly pass: string }

/** Asked anew for each file, as those before it may have taken hours: a link that closed meanwhile gets no more bytes. */
async function takeFile({ handingIn, blobs, clock }: TakeFormDeps, visitor: UploadVisitor, { file, pass, submission, sender }: Taking): Promise<Outcome> {
  const { orgId, maxBytes, mayBeWanted } = await handingIn.begin(visitor, { pass, submission, name: file.name })
  const { bytes, isRefused } = looked(file.bytes, mayBeWanted)
  try {
    const { sha256, size } = await blobs.put(orgId, bytes, { maxBytes })
    if (file.isCut()) return { kind: 'refused', why: 'too_large' }
    return await handingIn.receive(visitor, { submission, sender, name: file.name, sha256, size, storedAt: clock.now() })
  } catch (error) {
    if (isRefused()) return { kind: 'refused', why: 'kind' }
    if (error instanceof StorageError && error.kind === 'too_large') return { kind: 'refused', why: await file.whole() ? 'no_room' : 'too_large' }
    // The form ended before the file did.
    if (file.bytes.errored !== null) throw new AppError('input.invalid', { cause: error })
    throw error
  }
}
