import { documentsContract, type DocumentId, type UploadAnswer, type VersionId } from '@intellidocs/contracts'
import { AppError, newId, type Actor, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canCreate, canEdit } from '../documents.policy.ts'
import { findReadableBySha, insertDocument, lockBytes, updateCurrentVersion } from '../documents.repository.ts'
import { toDocument } from '../documents.rows.ts'
import type { AcceptInput } from '../documents.types.ts'
import { guardOf, loadDocument, loadForChange, must, mustChangeOne } from '../load-document.ts'
import { enterFolder } from '../load-folder.ts'
import { scanOfNew } from '../scanning.policy.ts'
import { lockDocument } from '../processing.repository.ts'
import { highestNumber, insertVersion } from '../versions.repository.ts'

/** Between the bytes being stored and the row naming them; past this the sweep of unnamed blobs might no longer spare them. */
const STORED_FOR_MS = 60_000

/**
 * Makes stored bytes a document, or with `documentId` the next version of one: rows, readers, usage, event and audit in one transaction.
 * When it returns, the document will be read: its event is committed with it. The same idempotency key gives the same answer.
 *
 * @throws AppError document.empty, input.invalid, auth.forbidden, folder.not_found, document.not_found, document.state (trashed), quota.exceeded,
 *   plan.read_only, idempotency.mismatch, idempotency.in_flight, service.unavailable (`storedAt` too long ago: send the bytes again)
 */
export const acceptDocument = (deps: DocumentsDeps, actor: Actor, input: AcceptInput): Promise<UploadAnswer> =>
  acceptTogether(deps, actor, { input, work: (_tx, accept) => accept() })

export type Together<T> = { readonly input: AcceptInput; readonly work: (tx: Tx, accept: () => Promise<UploadAnswer>) => Promise<T> }

/**
 * The same within a transaction in which whoever calls writes more: they call `accept` once, when theirs that may refuse is done, or not at all. Throws as
 * `acceptDocument`, and what `work` throws; then nothing is written.
 */
export async function acceptTogether<T>(deps: DocumentsDeps, actor: Actor, { input, work }: Together<T>): Promise<T> {
  must(canCreate(actor))
  if (input.size === 0) throw new AppError('document.empty')
  if (input.storedAt !== undefined && deps.clock.now().getTime() - input.storedAt.getTime() > STORED_FOR_MS) throw new AppError('service.unavailable')
  const name = documentsContract.documentName.safeParse(input.name.normalize('NFC'))
  if (!name.success) throw new AppError('input.invalid', { details: { issues: [{ path: 'name', message: 'not a usable file name' }] } })
  return deps.runInTx(actor, (tx) => work(tx, () => acceptOnce(deps, tx, { actor, input: { ...input, name: name.data } })))
}

async function acceptOnce(deps: DocumentsDeps, tx: Tx, { actor, input }: Call): Promise<UploadAnswer> {
  const key = input.idempotencyKey
  if (key === null) return accept(deps, tx, { actor, input })
  const begun = await deps.idempotency.begin(tx, actor, key, input.requestHash)
  if ('replay' in begun) return documentsContract.uploadAnswer.parse(begun.replay)
  const answer = await accept(deps, tx, { actor, input })
  await deps.idempotency.finish(tx, actor, key, answer)
  return answer
}

type Call = { readonly actor: Actor; readonly input: AcceptInput }

async function accept(deps: DocumentsDeps, tx: Tx, { actor, input }: Call): Promise<UploadAnswer> {
  // Document before folder and bytes, as everywhere: a restored version and a deleted folder take them in this order.
  if (input.documentId !== undefined) await lockDocument(tx, actor.orgId, input.documentId)
  if (input.documentId === undefined) await enterFolder(tx, actor, input.folderId)
  await lockBytes(tx, actor.orgId, input.sha256)
  const twin = await findReadableBySha(tx, actor, input.sha256)
  // Nothing is made, but the target of a new version is still checked first: an answer must not depend on what else holds these bytes.
  if (input.documentId !== undefined) return addVersion(deps, tx, { actor, input, documentId: input.documentId, twin })
  if (twin !== null && input.onDuplicate === 'return') return {
    document: toDocument(await loadDocument(tx, actor, twin)), duplicateOf: twin, created: false,
  }
  return create(deps, tx, { actor, input, twin })
}

async function create(deps: DocumentsDeps, tx: Tx, { actor, input, twin }: Call & { twin: DocumentId | null }): Promise<UploadAnswer> {
  const id = newId() as DocumentId
  const versionId = newId() as VersionId
  const at = deps.clock.now()
  const visibility = 'org'
  await insertDocument(tx, {
    id, orgId: actor.orgId, folderId: input.folderId, parentId: null, ownerId: actor.userId, name: input.name, visibility,
    lifecycle: 'active', versionId, at, ...(input.metadata === undefined ? {} : { metadata: input.metadata }),
    ...(input.ocrLanguages === undefined ? {} : { ocrLanguages: input.ocrLanguages }),
  })
  await storeVersion(deps, tx, { actor, input, documentId: id, versionId, number: 1, at })
  await deps.quota.consume(tx, actor, [
    { kind: 'documents', amount: 1, key: `document:${id}`, documentId: id }, { kind: 'bytes', amount: input.size, key: `bytes:${versionId}`, documentId: id },
  ])
  return { document: toDocument(await loadDocument(tx, actor, id)), duplicateOf: twin, created: true }
}

async function addVersion(deps: DocumentsDeps, tx: Tx, call: Call & { documentId: DocumentId; twin: DocumentId | null }): Promise<UploadAnswer> {
  const { actor, input, documentId, twin } = call
  const row = await loadForChange(tx, actor, { id: documentId })
  must(canEdit(actor, row))
  if (row.lifecycle !== 'active') throw new AppError('document.state')
  if (row.sha256 === input.sha256 && input.onDuplicate === 'return') return { document: toDocument(row), duplicateOf: row.id, created: false }
  const versionId = newId() as VersionId
  const at = deps.clock.now()
  const number = await highestNumber(tx, { orgId: actor.orgId, documentId }) + 1
  await storeVersion(deps, tx, { actor, input, documentId, versionId, number, at })
  mustChangeOne(await updateCurrentVersion(tx, guardOf(row, at), { versionId, ocrLanguages: input.ocrLanguages ?? null }))
  await deps.quota.consume(tx, actor, [{ kind: 'bytes', amount: input.size, key: `bytes:${versionId}`, documentId }])
  return { document: toDocument(await loadDocument(tx, actor, documentId)), duplicateOf: twin === documentId ? null : twin, created: true }
}

type Stored = Call & { readonly documentId: DocumentId; readonly versionId: VersionId; readonly number: number; readonly at: Date }

async function storeVersion(deps: DocumentsDeps, tx: Tx, { actor, input, documentId, versionId, number, at }: Stored): Promise<void> {
  await insertVersion(tx, {
    id: versionId, orgId: actor.orgId, documentId, number, fileName: input.name, sha256: input.sha256, size: input.size, passwordCipher: null,
    scan: scanOfNew(deps), createdBy: actor.userId, at,
  })
  await deps.outbox.append(tx, actor, {
    type: 'documents.uploaded.v1', documentId, payload: { documentId, versionId, attempt: 1, name: input.name, size: input.size, number },
    audit: { subjectType: 'document', subjectId: documentId, data: { versionId, number, sha256: input.sha256, size: input.size, ...(input.ocrLanguages === undefined ? {} : { ocrLanguages: input.ocrLanguages }) } },
  })
}
