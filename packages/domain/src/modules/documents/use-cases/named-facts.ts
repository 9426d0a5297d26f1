import type { FolderId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import { canPutInto } from '../documents.policy.ts'
import { fieldsInUse } from '../documents.repository.ts'
import { findFolders } from '../folders.repository.ts'

/** Of the folders that a rule of another module names, those that are shown to the actor, and whether they may put documents there; null is the top. */
export async function namedFolders(tx: Tx, actor: Actor, ids: readonly FolderId[]): Promise<ReadonlyMap<FolderId | null, { readonly mayPut: boolean }>> {
  const shown = ids.length === 0 ? [] : await findFolders(tx, actor, ids)
  return new Map([[null, { mayPut: canPutInto(actor, null) }], ...shown.map((folder) => [folder.id, { mayPut: canPutInto(actor, folder) }] as const)])
}

/** Of the fields that a rule of another module names, those that some document has which the actor reads. */
export const namedFields = async (tx: Tx, actor: Actor, names: readonly string[]): Promise<ReadonlySet<string>> =>
  new Set(names.length === 0 ? [] : await fieldsInUse(tx, actor, names))
