import type { DocumentId } from '@intellidocs/contracts'
import { AppError, type Actor, type Clock, type DeletionGate, type Tx } from '@intellidocs/kernel'
import type { GateRepository, Standing } from './gate.repository.ts'
import { mayKnow } from './retention.policy.ts'
import { keptBy } from './rules.policy.ts'
import type { RulesRepository } from './rules.repository.ts'

export type GateDeps = { readonly repository: GateRepository; readonly rules: Pick<RulesRepository, 'list' | 'factsOf'>; readonly clock: Clock }

function mustNotBeHeld(actor: Actor, hold: Standing | null): void {
  if (hold === null) return
  throw new AppError('retention.held', mayKnow(actor) ? { details: { ...hold } } : {})
}

async function mustNotBeKept({ rules: repository, clock }: GateDeps, tx: Tx, { actor, ids }: { actor: Actor; ids: readonly DocumentId[] }): Promise<void> {
  const rules = (await repository.list(tx, actor.orgId)).filter(({ keepDays }) => keepDays !== null)
  if (rules.length === 0) return
  for (const facts of await repository.factsOf(tx, actor.orgId, ids)) {
    const kept = keptBy(facts, { rules, now: clock.now() })
    if (kept === null) continue
    const { rule: { id: ruleId, name }, until } = kept
    throw new AppError('retention.kept', mayKnow(actor) ? { details: { ruleId, name, until: until?.toISOString() ?? null } } : {})
  }
}

/** The port by which the modules below ask before they delete. */
export function createDeletionGate(deps: GateDeps): DeletionGate {
  const { repository } = deps
  return {
    async documents(tx, actor, ids) {
      await repository.shareDeletions(tx, actor.orgId)
      mustNotBeHeld(actor, await repository.ofDocuments(tx, actor.orgId, ids))
      await mustNotBeKept(deps, tx, { actor, ids })
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
