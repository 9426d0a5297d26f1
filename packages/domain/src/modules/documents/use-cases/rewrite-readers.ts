import { newId, systemActor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import type { FolderReadersRef } from '../folder-readers.types.ts'
import { holdDocumentsBelow, keepReaders, type WalkKey } from '../readers.repository.ts'

/** Held for some tens of milliseconds, which is what somebody who changes one of these documents may have to wait. */
const DOCUMENTS = 500

/**
 * Rewrites the readers of the next documents below a folder, as its place in the tree now says. Answers where it came to; null at the end. What a change
 * of the tree hides is hidden already (`app.holds`): this adds what is to be seen, and removes rows that only cost time.
 */
export function rewriteReaders(deps: DocumentsDeps, { orgId, folderId }: FolderReadersRef, after: WalkKey | null): Promise<WalkKey | null> {
  return deps.runInTx(systemActor(orgId, newId()), async (tx) => {
    const held = await holdDocumentsBelow(tx, { orgId, folderId }, { after, limit: DOCUMENTS })
    await keepReaders(tx, orgId, held.map(({ documentId }) => documentId))
    return held.length < DOCUMENTS ? null : held.at(-1) ?? null
  })
}
