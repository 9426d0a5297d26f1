import type { FolderId, SubmissionId } from '@intellidocs/contracts'
import { AppError, hashToken, newId, systemActor, type Actor } from '@intellidocs/kernel'
import type { IntakeDeps } from '../intake.deps.ts'
import { mayBeWanted } from '../kinds.policy.ts'
import { nameOf, passFor, passHolds, stateOf } from '../intake.policy.ts'
import type { Begun, Limits, Shown, UploadRequestRow, Visitor } from '../intake.types.ts'

const closed = (): AppError => new AppError('upload_link.closed')

/** The form that may be sent again where it used the link up; `unknown`: which one is not known yet, and is asked before anything is taken. */
type Again = SubmissionId | 'unknown' | null
/** The request of a link that takes files, and its maker as they are now, in whose name these come. */
export type OpenLink = { readonly request: UploadRequestRow; readonly maker: Actor }

/**
 * Everything that closes a link has one answer: no such token, revoked, expired, used up; a maker who left, is suspended, or may put nothing into the folder
 * any more; a folder that is gone; an organization that is suspended or ends, or whose plan lets nothing be added. What used a link up may be sent `again`, by whom its receipt did not reach.
 * @throws AppError upload_link.closed, rate.limited (tokens that open nothing)
 */
export async function findOpen(deps: IntakeDeps, { token, ip, requestId }: Visitor, again: Again = null): Promise<OpenLink> {
  const tokenHash = hashToken(token)
  const found = await deps.runAsIdentity((tx) => deps.requests.byToken(tx, tokenHash))
  const request = found === null ? null : await deps.runInTx(systemActor(found.orgId, requestId), (tx) => deps.requests.find(tx, found), { readOnly: true })
  if (request === null || !await takes(deps, request, again)) {
    await deps.attempts.attempt('uploadLink', { ip, account: tokenHash })
    throw closed()
  }
  const maker = await deps.memberActor({ orgId: request.orgId, userId: request.createdBy, requestId })
  if (maker === null || !maker.permissions.has('documents:create') || !await mayEnter(deps, maker, request.folderId)) throw closed()
  return { request, maker }
}

async function takes(deps: IntakeDeps, request: UploadRequestRow, again: Again): Promise<boolean> {
  const state = stateOf(request, deps.clock.now())
  if (state !== 'used_up' || again === null) return state === 'open'
  if (again === 'unknown') return true
  return deps.runInTx(systemActor(request.orgId, newId()), (tx) => deps.requests.hasSubmission(tx, request, again), { readOnly: true })
}

async function mayEnter(deps: IntakeDeps, maker: Actor, folderId: FolderId): Promise<boolean> {
  try {
    await deps.runInTx(maker, async (tx) => {
      await deps.documents.mayAdd(tx, maker)
      await deps.documents.enterFolder(tx, maker, folderId)
    })
    return true
  } catch (error) {
    if (isRefused(error)) return false
    throw error
  }
}

/** Whether it says that the maker may not do this any more, or nobody there. */
export const isRefused = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'folder.not_found' || error.code === 'auth.forbidden' || error.code === 'plan.read_only')

async function form(deps: IntakeDeps, { request }: OpenLink, requestId: string): Promise<Shown> {
  const { orgId, title, note, kinds, maxFileBytes, expiresAt } = request
  const orgName = await deps.runInTx(systemActor(orgId, requestId), (tx) => deps.requests.orgName(tx, orgId), { readOnly: true })
  return {
    kind: 'form', title, note, orgName, kinds, maxFileBytes, expiresAt, submission: newId() as SubmissionId, pass: passFor(deps.secretKey, request, deps.clock.now()),
    filesLeft: request.maxFiles - request.files, bytesLeft: request.maxTotalBytes - request.bytes,
  }
}

/** What a link shows: its form, or that it wants a password. Looking changes nothing. @throws AppError upload_link.closed, rate.limited */
export async function lookAtLink(deps: IntakeDeps, visitor: Visitor): Promise<Shown> {
  const open = await findOpen(deps, visitor)
  return open.request.passwordHash === null ? form(deps, open, visitor.requestId) : { kind: 'ask' }
}

/** The form, for whoever knows the password. @throws AppError upload_link.closed, upload_link.password, rate.limited */
export async function unlockLink(deps: IntakeDeps, visitor: Visitor, password: string): Promise<Shown> {
  const from = { ip: visitor.ip, account: hashToken(visitor.token) }
  const open = await findOpen(deps, visitor)
  const { passwordHash } = open.request
  if (passwordHash === null) return form(deps, open, visitor.requestId)
  await deps.attempts.attempt('uploadLink', from)
  if (!await deps.passwords.verify(passwordHash, password.slice(0, 128))) throw new AppError('upload_link.password')
  await deps.attempts.succeeded('uploadLink', from)
  return form(deps, open, visitor.requestId)
}

/** Before a form is read: what it may bring at most. @throws AppError upload_link.closed, rate.limited */
export async function limitsOfLink(deps: IntakeDeps, visitor: Visitor): Promise<Limits> {
  const { request: { maxFiles, maxFileBytes, maxTotalBytes } } = await findOpen(deps, visitor, 'unknown')
  return { maxFiles, maxFileBytes, maxTotalBytes }
}

/** Before any byte of a file is read: where they go; not for whoever has had much stored of late that was refused. @throws AppError upload_link.closed, upload_link.password (no pass, or an old one), rate.limited */
export async function beginUpload(deps: IntakeDeps, visitor: Visitor, { pass, submission, name }: { pass: string; submission: SubmissionId; name: string }): Promise<Begun> {
  const { request, maker } = await findOpen(deps, visitor, submission)
  if (!passHolds(deps.secretKeys, request, { pass, now: deps.clock.now() })) throw new AppError('upload_link.password')
  await deps.attempts.admit('uploadWaste', { ip: visitor.ip, account: hashToken(visitor.token) })
  const room = Math.min(request.maxFileBytes, Math.max(request.maxTotalBytes - request.bytes, await sentBefore(deps, { request, maker }, { submission, name })))
  return { orgId: request.orgId, maxBytes: room, mayBeWanted: (head) => mayBeWanted(request.kinds, head) }
}

/** What came by this form under this name: it may be sent again, though it has taken the room that was left. Bytes. */
async function sentBefore(deps: IntakeDeps, { request, maker }: OpenLink, { submission, name }: { submission: SubmissionId; name: string }): Promise<number> {
  const files = await deps.runInTx(maker, async (tx) => (await deps.requests.hasSubmission(tx, request, submission) ? deps.requests.files(tx, request.orgId, submission) : []), { readOnly: true })
  return files.filter((file) => file.name === nameOf(name)).reduce((most, { size }) => Math.max(most, size), 0)
}
