import type { FolderId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { lockTree } from '../folders.repository.ts'
import { deleteGrantsTo } from '../grants.repository.ts'
import { appendGrantRemoved } from './grant-events.ts'
import { keepManaged } from './keep-managed.ts'

/** Held for some tens of milliseconds. */
const GRANTS = 500

type Forgotten = {
  readonly principal: string
  /** Asked before each batch: nothing is taken from who is there again. */
  readonly ended: (tx: Tx) => Promise<boolean>
  readonly signal: AbortSignal
}

/**
 * Takes away all that a principal was granted, batch by batch, each grant with its event and audit row. Restricted folders that nobody manages any more
 * are the first owner's to manage from then on.
 */
export async function forgetPrincipal(deps: DocumentsDeps, system: Actor, { principal, ended, signal }: Forgotten): Promise<void> {
  let gone: number
  do {
    signal.throwIfAborted()
    gone = await deps.runInTx(system, async (tx) => {
      await lockTree(tx, system.orgId)
      if (!await ended(tx)) return 0
      const grants = await deleteGrantsTo(tx, system.orgId, { principal, limit: GRANTS })
      for (const { documentId, folderId, level } of grants) {
        const target = documentId === null ? { documentId, folderId: folderId as FolderId } : { documentId, folderId: null }
        await appendGrantRemoved(deps, tx, { actor: system, target, principal, before: level })
      }
      const folders = grants.flatMap(({ folderId }) => (folderId === null ? [] : [folderId]))
      await keepManaged(deps, tx, { actor: system, at: folders })
      return grants.length
    })
  } while (gone === GRANTS)
}
