import type { Document, DocumentId, VersionId } from '@intellidocs/contracts'
import { AppError, newId, type Actor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canEdit } from '../documents.policy.ts'
import { lockBytes, updateCurrentVersion } from '../documents.repository.ts'
import { toDocument } from '../documents.rows.ts'
import { guardOf, loadDocument, loadForChange, must, mustChangeOne } from '../load-document.ts'
import { scanOfNew } from '../scanning.policy.ts'
import { findVersion, highestNumber, insertVersion } from '../versions.repository.ts'

/**
 * Makes an older version the current one again: a new version of the same bytes, read anew. The numbers only ever go up.
 * @throws AppError document.not_found, version.not_found, document.state (trashed), auth.forbidden
 */
export function restoreVersion(deps: DocumentsDeps, actor: Actor, input: { id: DocumentId; number: number }): Promise<Document> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, { id: input.id })
    must(canEdit(actor, row))
    const of = { orgId: row.orgId, documentId: row.id }
    const old = await findVersion(tx, of, input.number)
    if (old === null) throw new AppError('version.not_found')
    if (row.lifecycle !== 'active') throw new AppError('document.state')
    if (old.current) return toDocument(row)
    await lockBytes(tx, row.orgId, old.sha256)
    const at = deps.clock.now()
    const versionId = newId() as VersionId
    const number = await highestNumber(tx, of) + 1
    await insertVersion(tx, {
      ...of, id: versionId, number, fileName: old.fileName, sha256: old.sha256, size: old.size, passwordCipher: old.passwordCipher,
      scan: scanOfNew(deps, old.scan),
      createdBy: actor.userId, at,
    })
    mustChangeOne(await updateCurrentVersion(tx, guardOf(row, at), { versionId, ocrLanguages: null }))
    await deps.outbox.append(tx, actor, {
      type: 'documents.uploaded.v1', documentId: row.id, payload: { documentId: row.id, versionId, attempt: 1, name: old.fileName, size: old.size, number },
      audit: { subjectType: 'document', subjectId: row.id, data: { versionId, number, restoredFrom: input.number, sha256: old.sha256 } },
    })
    return toDocument(await loadDocument(tx, actor, row.id))
  })
}
