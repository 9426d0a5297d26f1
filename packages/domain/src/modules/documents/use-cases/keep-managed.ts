import type { FolderId, GrantId } from '@intellidocs/contracts'
import { newId, userPrincipal, type Actor, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { lockGrant, putGrant } from '../grants.repository.ts'
import { unmanagedFolders } from '../managers.repository.ts'
import { firstOwner } from '../owners.repository.ts'
import { appendGrantSet } from './grant-events.ts'

/**
 * A folder that is kept from the organization is kept by somebody: the actor manages it by a grant of their own from here on, for one above it may
 * be taken away. In the name of the worker, the first owner; where there is none, the organization is no more.
 */
export async function keepFor(deps: DocumentsDeps, tx: Tx, { actor, id }: { actor: Actor; id: FolderId }): Promise<void> {
  const keeper = actor.kind === 'system' ? await firstOwner(tx, actor.orgId) : actor.userId
  if (keeper === null) return
  const target = { documentId: null, folderId: id }
  const principal = userPrincipal(keeper)
  const held = await lockGrant(tx, actor.orgId, { target, principal })
  if (held?.level === 'manage') return
  await putGrant(tx, actor, { id: held?.id ?? newId() as GrantId, target, principal, level: 'manage', at: deps.clock.now() })
  await appendGrantSet(deps, tx, { actor, target, principal, before: held?.level ?? null, after: 'manage' })
}

/** Does that for each restricted folder, of these and those below them, that was left without anybody who manages it. */
export async function keepManaged(deps: DocumentsDeps, tx: Tx, { actor, at }: { actor: Actor; at: readonly FolderId[] }): Promise<void> {
  for (const id of await unmanagedFolders(tx, actor.orgId, { at })) await keepFor(deps, tx, { actor, id })
}
