import type { DocumentId, Level } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import { levelOnDocument } from '../documents.policy.ts'
import { findReadable } from '../documents.repository.ts'

/** For a caller's own transaction: what the actor may do with a document; null: it is not there, or not shown to them. */
export async function levelOf(tx: Tx, actor: Actor, id: DocumentId): Promise<Level | null> {
  const row = await findReadable(tx, actor, id)
  return row === null ? null : levelOnDocument(actor, row)
}
