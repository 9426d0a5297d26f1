import type { OrgId, UserId } from '@intellidocs/contracts'
import { newId, systemActor, userPrincipal } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { isMember } from '../grants.repository.ts'
import { changeOwner, firstOwner } from '../owners.repository.ts'
import { keepReaders } from '../readers.repository.ts'
import { forgetPrincipal } from './forget-principal.ts'

/** Held for some tens of milliseconds. */
const DOCUMENTS = 500

/**
 * What somebody owned in an organization that they are no member of any more goes to its first owner, batch by batch, each with its event and
 * audit row; what they were granted is forgotten. A second call does what a first one left. Who is a member again by then, keeps what is left.
 */
export async function handOver(deps: DocumentsDeps, { orgId, userId }: { orgId: OrgId; userId: UserId }, signal: AbortSignal): Promise<void> {
  const system = systemActor(orgId, newId())
  let moved: number
  do {
    signal.throwIfAborted()
    moved = await deps.runInTx(system, async (tx) => {
      if (await isMember(tx, orgId, userId)) return 0
      const to = await firstOwner(tx, orgId)
      const documents = to === null ? [] : await changeOwner(tx, orgId, { from: userId, to, limit: DOCUMENTS })
      if (to === null || documents.length === 0) return 0
      await keepReaders(tx, orgId, documents)
      await deps.outbox.append(tx, system, {
        type: 'documents.handed-over.v1', payload: { from: userId, to, documents: documents.length },
        audit: { subjectType: 'user', subjectId: userId, data: { before: { owner: userId }, after: { owner: to }, documents } },
      })
      return documents.length
    })
  } while (moved === DOCUMENTS)
  await forgetPrincipal(deps, system, { principal: userPrincipal(userId), ended: async (tx) => !await isMember(tx, orgId, userId), signal })
}
