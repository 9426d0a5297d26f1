import type { OrgId } from '@intellidocs/contracts'
import { createBatcher, newId, systemActor } from '@intellidocs/kernel'
import type { AnalyticsDeps } from './analytics.deps.ts'
import type { NewFacts } from './facts.repository.ts'

/** Counts what happened in an organization, once each. */
export function countFacts({ runInTx, facts }: Pick<AnalyticsDeps, 'runInTx' | 'facts'>, orgId: OrgId, given: readonly NewFacts[]): Promise<void> {
  return runInTx(systemActor(orgId, newId()), async (tx) => {
    await facts.add(tx, orgId, { state: await facts.hold(tx, orgId), given })
  })
}

/**
 * The same for what comes one by one: while one transaction of an organization is written the next ones gather, so that a crowd waits for a few
 * commits instead of one each for the same rows.
 */
export function createCounter(deps: Pick<AnalyticsDeps, 'runInTx' | 'facts'>): (orgId: OrgId, given: NewFacts) => Promise<void> {
  const batcher = createBatcher<{ orgId: OrgId; given: NewFacts }>(async (batch) => {
    const ofOrg = Map.groupBy(batch, ({ orgId }) => orgId)
    for (const [orgId, items] of ofOrg) await countFacts(deps, orgId, items.map(({ given }) => given))
  })
  return (orgId, given) => batcher.add({ orgId, given })
}
