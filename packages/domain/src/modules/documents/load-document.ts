import type { DocumentId } from '@intellidocs/contracts'
import { AppError, type Actor, type Tx } from '@intellidocs/kernel'
import { findReadable, type Guard } from './documents.repository.ts'
import type { ChangeableRow, DocumentRow } from './documents.rows.ts'
import { lockDocument } from './processing.repository.ts'

/** The document for a reader; `document.not_found` whether it is another's or not there at all. */
export async function loadDocument(tx: Tx, actor: Actor, id: DocumentId): Promise<ChangeableRow> {
  const found = await findReadable(tx, actor, id)
  if (found === null) throw new AppError('document.not_found')
  return found
}

/**
 * The same before a change, held until the transaction ends, so that what is decided on is what is changed.
 * `document.stale` when the caller names a revision that is not the present one.
 */
export async function loadForChange(tx: Tx, actor: Actor, target: { id: DocumentId; revision?: number | undefined }): Promise<ChangeableRow> {
  await lockDocument(tx, actor.orgId, target.id)
  const found = await loadDocument(tx, actor, target.id)
  if (target.revision !== undefined && target.revision !== found.revision) throw new AppError('document.stale')
  return found
}

/** Throws `auth.forbidden` for a reader who may not do this; others were told `document.not_found` before. */
export function must(allowed: boolean): void {
  if (!allowed) throw new AppError('auth.forbidden')
}

/** A guarded write changes exactly one row or the unit of work is undone. */
export function mustChangeOne(rows: number): void {
  if (rows !== 1) throw new AppError('document.stale')
}

export const guardOf = (row: DocumentRow, at: Date): Guard => ({ orgId: row.orgId, id: row.id, revision: row.revision, at })
