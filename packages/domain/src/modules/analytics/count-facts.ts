import type { OrgId } from '@intellidocs/contracts'
import { createBatcher, newId, systemActor } from '@intellidocs/kernel'
import type { AnalyticsDeps } from './analytics.deps.ts'
import type { NewFacts } from './facts.repository.ts'

type Counting = Pick<AnalyticsDeps, 'runInTx' | 'facts'>
/** What the relay brings together comes in one moment; each holds its place there for so long. */
const GATHER_MS = 10

/** Counts what happened in an organization, once each. What a killed server forgets of it comes again: its delivery is removed only once the disk has both. */
function countFacts({ runInTx, facts }: Counting, orgId: OrgId, given: readonly NewFacts[]): Promise<void> {
  return runInTx(systemActor(orgId, newId()), async (tx) => {
    await facts.add(tx, orgId, { state: await facts.hold(tx, orgId), given })
  }, { lazy: true })
}

/**
 * The same for what comes one by one: while one transaction of an organization is written the next ones gather, so that a crowd waits for a few
 * commits instead of one each for the same rows.
 */
export function createCounter(deps: Counting): (orgId: OrgId, given: NewFacts) => Promise<void> {
  const batcher = createBatcher<{ orgId: OrgId; given: NewFacts }>(async (batch) => {
    const ofOrg = Map.groupBy(batch, ({ orgId }) => orgId)
    for (const [orgId, items] of ofOrg) await countFacts(deps, orgId, items.map(({ given }) => given))
  }, { gatherMs: GATHER_MS })
  return (orgId, given) => batcher.add({ orgId, given })
}
