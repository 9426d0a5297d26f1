import type { Document, DocumentId, FieldValue } from '@intellidocs/contracts'
import { AppError, type Actor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canEdit } from '../documents.policy.ts'
import { toDocument, type Metadata } from '../documents.rows.ts'
import { guardOf, loadDocument, loadForChange, must, mustChangeOne } from '../load-document.ts'
import { changeMetadata, fits } from '../tags.policy.ts'
import { updateMetadata } from '../tags.repository.ts'

type Setting = { readonly id: DocumentId; readonly revision?: number | undefined; readonly metadata: Readonly<Record<string, FieldValue | null>> }

const picked = (from: Metadata, fields: readonly string[]): Record<string, FieldValue | null> =>
  Object.fromEntries(fields.map((field) => [field, from[field] ?? null]))

/**
 * Null removes a field; those that are not named stay. What holds already is success, and said nothing of.
 * @throws AppError document.not_found, document.stale, document.state (trashed), document.tag_limit, auth.forbidden
 */
export function setMetadata(deps: DocumentsDeps, actor: Actor, input: Setting): Promise<Document> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, input)
    must(canEdit(actor, row))
    if (row.lifecycle !== 'active') throw new AppError('document.state')
    const { metadata, changed } = changeMetadata(row.metadata, input.metadata)
    if (changed.length === 0) return toDocument(row)
    if (!fits({ ...row, metadata })) throw new AppError('document.tag_limit')
    mustChangeOne(await updateMetadata(tx, guardOf(row, deps.clock.now()), metadata))
    await deps.outbox.append(tx, actor, {
      type: 'documents.metadata-changed.v1', documentId: row.id, payload: { documentId: row.id, changed },
      audit: { subjectType: 'document', subjectId: row.id, data: { before: picked(row.metadata, changed), after: picked(metadata, changed) } },
    })
    return toDocument(await loadDocument(tx, actor, row.id))
  })
}
