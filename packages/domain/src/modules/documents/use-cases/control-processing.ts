import type { Document, DocumentId } from '@intellidocs/contracts'
import { AppError, encryptSecret, type Actor, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canEdit } from '../documents.policy.ts'
import { toDocument, type DocumentRow } from '../documents.rows.ts'
import { loadDocument, loadForChange, must } from '../load-document.ts'
import { passwordPurpose } from '../password.ts'
import { cancelOpen, requeue, requeueWithPassword } from '../versions.repository.ts'

type Target = { readonly id: DocumentId }

/** Reads the current version again from its bytes, whatever state it is in. @throws AppError document.not_found, auth.forbidden */
export function reprocessDocument(deps: DocumentsDeps, actor: Actor, input: Target): Promise<Document> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, input)
    must(canEdit(actor, row))
    const attempt = await requeue(tx, { orgId: row.orgId, versionId: row.versionId, at: deps.clock.now(), scanning: deps.scanning === true })
    return requested(deps, tx, { actor, row, attempt, why: 'reprocess' })
  })
}

/**
 * Gives the password of a locked file and reads it again. A wrong one ends in `needs_password` with `password_wrong`.
 * @throws AppError document.not_found, document.state (it waits for no password), auth.forbidden
 */
export function providePassword(deps: DocumentsDeps, actor: Actor, input: Target & { password: string }): Promise<Document> {
  const cipher = new Uint8Array(encryptSecret(deps.secretKey, passwordPurpose, Buffer.from(input.password, 'utf8')))
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, input)
    must(canEdit(actor, row))
    const attempt = await requeueWithPassword(tx, { orgId: row.orgId, versionId: row.versionId, at: deps.clock.now() }, cipher)
    return requested(deps, tx, { actor, row, attempt, why: 'password' })
  })
}

type Request = { readonly actor: Actor; readonly row: DocumentRow; readonly attempt: number | null; readonly why: 'reprocess' | 'password' }

async function requested(deps: DocumentsDeps, tx: Tx, { actor, row, attempt, why }: Request): Promise<Document> {
  if (attempt === null) throw new AppError('document.state')
  await deps.outbox.append(tx, actor, {
    type: 'documents.reprocess-requested.v1', documentId: row.id, payload: { documentId: row.id, versionId: row.versionId, attempt },
    audit: { subjectType: 'document', subjectId: row.id, data: { versionId: row.versionId, attempt, why } },
  })
  return toDocument(await loadDocument(tx, actor, row.id))
}

/**
 * Stops the reading of the current version. The state changes now; the run is stopped by the event's subscriber and can write nothing from here on.
 * @throws AppError document.not_found, document.state (nothing is waiting or in work), auth.forbidden
 */
export function cancelProcessing(deps: DocumentsDeps, actor: Actor, input: Target): Promise<Document> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, input)
    must(canEdit(actor, row))
    const attempt = await cancelOpen(tx, { orgId: row.orgId, versionId: row.versionId, at: deps.clock.now() })
    if (attempt === null) throw new AppError('document.state')
    await deps.outbox.append(tx, actor, {
      type: 'documents.cancelled.v1', documentId: row.id, payload: { documentId: row.id, versionId: row.versionId, attempt, state: 'cancelled' },
      audit: { subjectType: 'document', subjectId: row.id, data: { versionId: row.versionId, attempt } },
    })
    return toDocument(await loadDocument(tx, actor, row.id))
  })
}
