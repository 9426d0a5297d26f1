import { uploadLinkPath, type FileKind, type FolderId, type Page, type UploadRequestId, type UploadRequestShown } from '@intellidocs/contracts'
import { AppError, hashToken, newId, positionedPage, randomToken, windowOf, type Actor, type PageInput, type Tx } from '@intellidocs/kernel'
import type { IntakeDeps } from './intake.deps.ts'
import { seesRequest, stateOf } from './intake.policy.ts'
import type { UploadRequestRow } from './intake.types.ts'
import type { Settings } from './requests.repository.ts'

const DAY_MS = 86_400_000
type Limits = { maxFiles: number; maxFileBytes: number; maxTotalBytes: number }
type Creating = Limits & { folderId: FolderId; title: string; note: string; password?: string | undefined; days: number; kinds: FileKind[] | null }
type One = { id: UploadRequestId }
type Changes = One & { [K in keyof Limits | 'title' | 'note' | 'days' | 'kinds']?: Creating[K] | undefined } & { password?: string | null | undefined }

/** Upload requests of the actor's organization: own ones, and everybody's for those who manage documents; `upload_request.not_found` for all others. */
export type IntakeService = {
  /** The token opens the link, and is never readable again. @throws AppError folder.not_found, auth.forbidden (nothing may be put there) */
  create(actor: Actor, input: Creating): Promise<{ request: UploadRequestShown; token: string; url: string }>
  /** @throws AppError input.cursor */
  list(actor: Actor, input: PageInput & { folderId?: FolderId | undefined }): Promise<Page<UploadRequestShown>>
  /** @throws AppError upload_request.revoked */
  update(actor: Actor, input: Changes): Promise<UploadRequestShown>
  revoke(actor: Actor, input: One): Promise<UploadRequestShown>
}

const show = (row: UploadRequestRow, now: Date): UploadRequestShown => ({
  id: row.id, folderId: row.folderId, createdBy: row.createdBy, title: row.title, note: row.note, hasPassword: row.passwordHash !== null, kinds: row.kinds,
  maxFiles: row.maxFiles, maxFileBytes: row.maxFileBytes, maxTotalBytes: row.maxTotalBytes, files: row.files, bytes: row.bytes, state: stateOf(row, now),
  expiresAt: row.expiresAt.toISOString(), revokedAt: row.revokedAt?.toISOString() ?? null, createdAt: row.createdAt.toISOString(),
})

/** What the audit keeps: that there is a password, not which. */
const audited = ({ title, kinds, maxFiles, maxFileBytes, maxTotalBytes, expiresAt, passwordHash }: Settings): Record<string, unknown> =>
  ({ title, kinds, maxFiles, maxFileBytes, maxTotalBytes, expiresAt: expiresAt.toISOString(), password: passwordHash !== null })
const audit = (id: UploadRequestId, data: Record<string, unknown>) => ({ subjectType: 'uploadRequest', subjectId: id, data })

async function create(deps: IntakeDeps, actor: Actor, { password, days, ...input }: Creating) {
  const token = randomToken()
  // Hashed before the transaction: it takes tens of milliseconds.
  const passwordHash = password === undefined ? null : await deps.passwords.hash(password)
  const createdAt = deps.clock.now()
  const expiresAt = new Date(createdAt.getTime() + days * DAY_MS)
  return deps.runInTx(actor, async (tx) => {
    await deps.documents.enterFolder(tx, actor, input.folderId)
    const row = await deps.requests.insert(tx, {
      ...input, id: newId() as UploadRequestId, orgId: actor.orgId, createdBy: actor.userId, tokenHash: hashToken(token), passwordHash, expiresAt, createdAt,
    })
    await deps.outbox.append(tx, actor, {
      type: 'intake.request-created.v1', payload: { requestId: row.id, folderId: row.folderId }, audit: audit(row.id, { folderId: row.folderId, ...audited(row) }),
    })
    return { request: show(row, createdAt), token, url: `${deps.filesUrl}${uploadLinkPath}/${token}` }
  })
}

async function lock(deps: IntakeDeps, tx: Tx, { actor, id }: { actor: Actor; id: UploadRequestId }): Promise<UploadRequestRow> {
  const row = await deps.requests.lock(tx, { orgId: actor.orgId, id })
  if (row === null || !seesRequest(actor, row)) throw new AppError('upload_request.not_found')
  return row
}

async function update(deps: IntakeDeps, actor: Actor, { id, password, days, ...changes }: Changes): Promise<UploadRequestShown> {
  const newHash = password === undefined || password === null ? password : await deps.passwords.hash(password)
  const now = deps.clock.now()
  return deps.runInTx(actor, async (tx) => {
    const before = await lock(deps, tx, { actor, id })
    const after: Settings = {
      title: changes.title ?? before.title, note: changes.note ?? before.note, kinds: changes.kinds === undefined ? before.kinds : changes.kinds,
      maxFiles: changes.maxFiles ?? before.maxFiles, maxFileBytes: changes.maxFileBytes ?? before.maxFileBytes, maxTotalBytes: changes.maxTotalBytes ?? before.maxTotalBytes,
      passwordHash: newHash === undefined ? before.passwordHash : newHash,
      expiresAt: days === undefined ? before.expiresAt : new Date(now.getTime() + days * DAY_MS),
    }
    const row = await deps.requests.change(tx, { orgId: actor.orgId, id }, after)
    if (row === null) throw new AppError('upload_request.revoked')
    const changed = (Object.keys(after) as (keyof Settings)[]).filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]))
    if (changed.length > 0) await deps.outbox.append(tx, actor, {
      type: 'intake.request-updated.v1', payload: { requestId: id, folderId: row.folderId, changed: changed.map((name) => (name === 'passwordHash' ? 'password' : name)) },
      audit: audit(id, { before: audited(before), after: audited(after) }),
    })
    return show(row, now)
  })
}

function revoke(deps: IntakeDeps, actor: Actor, { id }: One): Promise<UploadRequestShown> {
  const now = deps.clock.now()
  return deps.runInTx(actor, async (tx) => {
    const before = await lock(deps, tx, { actor, id })
    const row = await deps.requests.revoke(tx, { orgId: actor.orgId, id }, now)
    if (row === null) return show(before, now)
    await deps.outbox.append(tx, actor, {
      type: 'intake.request-revoked.v1', payload: { requestId: id, folderId: row.folderId }, audit: audit(id, { files: row.files, bytes: row.bytes }),
    })
    return show(row, now)
  })
}

export function createIntakeService(deps: IntakeDeps): IntakeService {
  return {
    create: (actor, input) => create(deps, actor, input),
    async list(actor, { folderId = null, ...input }) {
      const page = windowOf(input)
      const maker = actor.permissions.has('documents:manage') ? null : actor.userId
      const rows = await deps.runInTx(actor, (tx) => deps.requests.list(tx, actor.orgId, { ...page, maker, folderId }), { readOnly: true })
      return positionedPage(rows, page.limit, (row) => show(row, deps.clock.now()))
    },
    update: (actor, input) => update(deps, actor, input),
    revoke: (actor, input) => revoke(deps, actor, input),
  }
}
