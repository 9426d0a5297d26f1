import { AppError, type Actor, type DeletionGate } from '@intellidocs/kernel'
import type { GateRepository, Standing } from './gate.repository.ts'
import { mayKnow } from './retention.policy.ts'

function mustNotBeHeld(actor: Actor, hold: Standing | null): void {
  if (hold === null) return
  throw new AppError('retention.held', mayKnow(actor) ? { details: { ...hold } } : {})
}

/** The port by which the modules below ask before they delete. */
export function createDeletionGate(repository: GateRepository): DeletionGate {
  return {
    async documents(tx, actor, ids) {
      await repository.shareDeletions(tx, actor.orgId)
      mustNotBeHeld(actor, await repository.ofDocuments(tx, actor.orgId, ids))
    },
    async folder(tx, actor, id) {
      await repository.shareDeletions(tx, actor.orgId)
      mustNotBeHeld(actor, await repository.ofFolder(tx, actor.orgId, id))
    },
    async organization(tx, actor) {
      await repository.shareDeletions(tx, actor.orgId)
      mustNotBeHeld(actor, await repository.ofOrganization(tx, actor.orgId))
    },
    async account(tx, { userId, orgs }) {
      // In one order: two who wait for holds being placed do not hold the other one up.
      for (const orgId of orgs.toSorted()) await repository.shareDeletions(tx, orgId)
      // Nobody is told of a hold by the end of their own account.
      if (await repository.isOnOwner(tx, { userId, orgs })) throw new AppError('retention.held')
    },
  }
}
