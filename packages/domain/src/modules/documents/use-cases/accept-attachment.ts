import { createHash } from 'node:crypto'
import { documentsContract, type DocumentId, type VersionId } from '@intellidocs/contracts'
import { ExtractionError } from '@intellidocs/extraction'
import { FencedError, newId, systemActor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { insertDocument, lockBytes } from '../documents.repository.ts'
import { holdFolder } from '../folders.repository.ts'
import { copyGrants } from '../grants.repository.ts'
import { findNesting } from '../nesting.repository.ts'
import { fence, findSubject, lockDocument } from '../processing.repository.ts'
import type { ProcessingRef } from '../processing.types.ts'
import { keepReaders } from '../readers.repository.ts'
import { scanOfNew } from '../scanning.policy.ts'
import { insertVersion } from '../versions.repository.ts'

export type StoredAttachment = { readonly ordinal: number; readonly fileName: string; readonly sha256: string; readonly size: number }

/** Files within files within files of an upload become documents, deeper ones do not: an archive may hold itself. */
const MAX_DEPTH = 3
/** Documents that may come out of one upload, however they are nested. */
const MAX_DOCUMENTS = 10_000

/**
 * Whether `files` that were found in a document become documents: not where it stands too deep itself. Then they stay what they are, a part of it.
 * @throws ExtractionError output_limit: more would come out of one upload than is allowed
 */
export async function mayHoldDocuments(deps: DocumentsDeps, ref: ProcessingRef, files: number): Promise<boolean> {
  if (files === 0) return false
  const { depth, others } = await deps.runInTx(systemActor(ref.orgId, newId()), (tx) => findNesting(tx, ref, MAX_DEPTH))
  if (depth >= MAX_DEPTH) return false
  if (others + files > MAX_DOCUMENTS) throw new ExtractionError('output_limit', `more than ${MAX_DOCUMENTS} documents would come out of one upload`)
  return true
}

/**
 * Makes a file within another (a mail, an archive, a PDF) a document of its own beside it: same owner, readers and folder. Its ids are computed from the mail, its bytes and the
 * ordinal, so that reading the mail again, twice at once or as a version restored later, finds the document there. False: it was there.
 * @throws FencedError; AppError quota.exceeded, plan.read_only
 */
export function acceptAttachment(deps: DocumentsDeps, ref: ProcessingRef, file: StoredAttachment): Promise<boolean> {
  const actor = systemActor(ref.orgId, newId())
  const name = usableName(file)
  return deps.runInTx(actor, async (tx) => {
    await lockDocument(tx, ref.orgId, ref.documentId)
    const mail = await fence(tx, ref) ? await findSubject(tx, ref) : null
    if (mail === null) throw new FencedError(ref.versionId, ref.attempt)
    const place = `${ref.documentId}:${mail.sha256}:${file.ordinal}`
    const id = derivedId(`document:${place}`) as DocumentId
    const versionId = derivedId(`version:${place}`) as VersionId
    if (mail.folderId !== null) await holdFolder(tx, { orgId: ref.orgId, id: mail.folderId })
    await lockBytes(tx, ref.orgId, file.sha256)
    const at = deps.clock.now()
    const { folderId, ownerId, visibility, lifecycle } = mail
    if (!await insertDocument(
      tx, { id, orgId: ref.orgId, parentId: ref.documentId, folderId, ownerId, visibility, lifecycle, name, versionId, at },
    )) return false
    await copyGrants(tx, ref.orgId, { from: ref.documentId, to: id })
    await keepReaders(tx, ref.orgId, [id])
    await insertVersion(tx, {
      id: versionId, orgId: ref.orgId, documentId: id, number: 1, fileName: name, sha256: file.sha256, size: file.size,
      passwordCipher: null, scan: scanOfNew(deps), createdBy: ownerId, at,
    })
    await deps.quota.consume(tx, actor, [
      { kind: 'documents', amount: 1, key: `document:${id}`, documentId: id }, { kind: 'bytes', amount: file.size, key: `bytes:${versionId}`, documentId: id },
    ])
    await deps.outbox.append(tx, actor, {
      type: 'documents.uploaded.v1', documentId: id,
      payload: { documentId: id, versionId, attempt: 1, name, size: file.size, number: 1, ...(lifecycle === 'active' ? {} : { lifecycle }) },
      audit: {
        subjectType: 'document', subjectId: id, data: { versionId, number: 1, sha256: file.sha256, size: file.size, attachedTo: ref.documentId },
      },
    })
    return true
  })
}

/** A UUID of version 8 (RFC 9562 §5.8): the form of an id, the content of a hash. */
function derivedId(name: string): string {
  const bytes = createHash('sha256').update(`intellidocs/attachment/${name}`).digest().subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** Senders name attachments as they like; what cannot be a document's name becomes one. */
function usableName(file: StoredAttachment): string {
  const cleaned = file.fileName.normalize('NFC').replace(/[\u0000-\u001f\u007f]/g, '').slice(0, 300).toWellFormed().trim()
  return documentsContract.documentName.safeParse(cleaned).data ?? `attachment-${file.ordinal}`
}
