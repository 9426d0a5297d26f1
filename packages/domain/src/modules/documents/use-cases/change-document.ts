import type { Document, DocumentId, FolderId } from '@intellidocs/contracts'
import { AppError, type Actor, type NewEvent, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canEdit, canManage, canMove, canPurge, canTrash, levelOnDocument, type Visibility } from '../documents.policy.ts'
import { deleteDocument, findReadable, updateFolder, updateLifecycle, updateNameAndVisibility } from '../documents.repository.ts'
import { toDocument, type ChangeableRow, type DocumentRow } from '../documents.rows.ts'
import { findFolder } from '../folders.repository.ts'
import { guardOf, loadDocument, loadForChange, must, mustChangeOne } from '../load-document.ts'
import { enterFolder, notShown } from '../load-folder.ts'
import { grantsDiffer } from '../managers.repository.ts'
import { keepReaders, readersOfDocument } from '../readers.repository.ts'
import { leftovers } from '../versions.repository.ts'

type Changeable = { readonly name: string; readonly visibility: Visibility }
const picked = (from: Changeable, fields: readonly (keyof Changeable)[]): Record<string, unknown> =>
  Object.fromEntries(fields.map((field) => [field, from[field]]))

type Target = { readonly id: DocumentId; readonly revision?: number | undefined }

const audited = (row: DocumentRow, data: Record<string, unknown>): NewEvent['audit'] => ({ subjectType: 'document', subjectId: row.id, data })

/** @throws AppError document.not_found, document.stale, document.state (trashed), auth.forbidden */
export function updateDocument(
  deps: DocumentsDeps, actor: Actor, input: Target & { name?: string | undefined; visibility?: Visibility | undefined },
): Promise<Document> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, input)
    must(canEdit(actor, row))
    const next = { name: (input.name ?? row.name).normalize('NFC'), visibility: input.visibility ?? row.visibility }
    const changed = (['name', 'visibility'] as const).filter((field) => next[field] !== row[field])
    if (changed.includes('visibility')) must(canManage(actor, row))
    if (row.lifecycle !== 'active') throw new AppError('document.state')
    if (changed.length === 0) return toDocument(row)
    mustChangeOne(await updateNameAndVisibility(tx, guardOf(row, deps.clock.now()), next))
    if (changed.includes('visibility')) await keepReaders(tx, row.orgId, [row.id])
    await deps.outbox.append(tx, actor, {
      type: 'documents.updated.v1', documentId: row.id, payload: { documentId: row.id, revision: row.revision + 1, changed: [...changed] },
      audit: audited(row, { before: picked(row, changed), after: picked(next, changed) }),
    })
    return reread(tx, actor, { ...row, ...next })
  })
}

/** Who took a document away from themselves, by restricting or moving it, still gets an answer about the change. */
async function reread(tx: Tx, actor: Actor, after: ChangeableRow): Promise<Document> {
  return toDocument(await findReadable(tx, actor, after.id) ?? { ...after, revision: after.revision + 1 })
}

/** `folderId: null` is the top. @throws AppError document.not_found, document.stale, document.state (trashed), folder.not_found, auth.forbidden */
export function moveDocument(deps: DocumentsDeps, actor: Actor, input: Target & { folderId: FolderId | null }): Promise<Document> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, input)
    must(canEdit(actor, row))
    const to = await enterFolder(tx, actor, input.folderId)
    const from = row.folderId === null ? null : await findFolder(tx, actor, row.folderId) ?? notShown
    const crosses = row.restricted !== (to?.restricted ?? false) || await grantsDiffer(tx, actor.orgId, { from: row.folderId, to: input.folderId })
    must(canMove(actor, { level: levelOnDocument(actor, row), from, to, crosses }))
    if (row.lifecycle !== 'active') throw new AppError('document.state')
    if (row.folderId === input.folderId) return toDocument(row)
    mustChangeOne(await updateFolder(tx, guardOf(row, deps.clock.now()), input.folderId))
    await keepReaders(tx, row.orgId, [row.id])
    await deps.outbox.append(tx, actor, {
      type: 'documents.moved.v1', documentId: row.id, payload: { documentId: row.id, folderId: input.folderId }, audit: audited(
        row, { before: { folderId: row.folderId }, after: { folderId: input.folderId } },
      ),
    })
    return reread(tx, actor, { ...row, folderId: input.folderId })
  })
}

/**
 * Into the trash, in whatever state its reading is; the reading goes on, so that a restored document is complete.
 * Already there is success and changes nothing. @throws AppError document.not_found, auth.forbidden
 */
export function trashDocument(deps: DocumentsDeps, actor: Actor, input: Target): Promise<Document> {
  return changeLifecycle(deps, actor, { id: input.id, from: 'active', to: 'trashed' })
}

/** Out of the trash. Not in it is success and changes nothing. @throws AppError document.not_found, auth.forbidden */
export function restoreDocument(deps: DocumentsDeps, actor: Actor, input: Target): Promise<Document> {
  return changeLifecycle(deps, actor, { id: input.id, from: 'trashed', to: 'active' })
}

type Turn = { readonly id: DocumentId; readonly from: 'active' | 'trashed'; readonly to: 'active' | 'trashed' }

function changeLifecycle(deps: DocumentsDeps, actor: Actor, turn: Turn): Promise<Document> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, { id: turn.id })
    must(canTrash(actor, row))
    if (row.lifecycle === turn.to) return toDocument(row)
    mustChangeOne(await updateLifecycle(tx, guardOf(row, deps.clock.now()), turn))
    await deps.outbox.append(tx, actor, {
      type: turn.to === 'trashed' ? 'documents.trashed.v1' : 'documents.restored.v1',
      documentId: row.id, payload: { documentId: row.id },
      audit: audited(row, { before: { lifecycle: turn.from }, after: { lifecycle: turn.to } }),
    })
    return toDocument(await loadDocument(tx, actor, row.id))
  })
}

/**
 * Deletes a trashed document for good: all rows now, its passages, runs and unshared bytes by the event's subscribers.
 * @throws AppError document.not_found, document.state (not in the trash), retention.held, retention.kept, auth.forbidden
 */
export function purgeDocument(deps: DocumentsDeps, actor: Actor, input: Target): Promise<{ id: DocumentId; purged: true }> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, { id: input.id })
    must(canPurge(actor, row))
    if (row.lifecycle !== 'trashed') throw new AppError('document.state')
    await erase(deps, tx, { actor, row })
    return { id: row.id, purged: true as const }
  })
}

/**
 * The same of a document in whatever lifecycle, in the caller's own transaction, for what is deleted when its time is over; whether it is was decided there.
 * @throws AppError document.not_found, retention.held, retention.kept
 */
export async function discardDocument(deps: DocumentsDeps, tx: Tx, { actor, id }: { actor: Actor; id: DocumentId }): Promise<void> {
  await erase(deps, tx, { actor, row: await loadForChange(tx, actor, { id }) })
}

async function erase(deps: DocumentsDeps, tx: Tx, { actor, row }: { actor: Actor; row: ChangeableRow }): Promise<void> {
  await deps.deletions.documents(tx, actor, [row.id])
  const audience = await readersOfDocument(tx, row.orgId, row.id)
  const { runs, blobs, held } = await leftovers(tx, { orgId: row.orgId, documentId: row.id })
  mustChangeOne(await deleteDocument(tx, guardOf(row, deps.clock.now()), row.lifecycle))
  await deps.quota.giveBack(tx, actor, row.id)
  await deps.outbox.append(tx, actor, {
    type: 'documents.purged.v1', documentId: row.id, audience, payload: { documentId: row.id, blobs, runs, held, lifecycle: row.lifecycle },
    audit: audited(row, { name: row.name, blobs }),
  })
}
