import type { OrgId } from '@intellidocs/contracts'
import { newId, systemActor, type CommittedEvent, type Tx } from '@intellidocs/kernel'
import type { AnalyticsDeps } from './analytics.deps.ts'
import { factsOf, factsOfQueue, gaugeId, heardTypes, timeOf } from './facts.policy.ts'
import type { NewFacts, State } from './facts.repository.ts'

/** Rows to a transaction: some tenths of a second, while the organization's events wait to be counted. */
const PORTION = 5_000
const EVENTS = 1_000

type Deps = Pick<AnalyticsDeps, 'runInTx' | 'runAsSystem' | 'facts' | 'clock'>

/** Goes on with all that is to be collected, built, forgotten or removed; answers how many portions that were. Safe in several workers at once. */
export async function keepDays(deps: Deps, signal: AbortSignal): Promise<number> {
  let portions = 0
  for (const orgId of await deps.runAsSystem((tx) => deps.facts.places(tx, deps.clock.now()))) {
    while (!signal.aborted && await step(deps, orgId)) portions += 1
  }
  return portions
}

/** One portion. False: there is nothing to do. */
function step(deps: Deps, orgId: OrgId): Promise<boolean> {
  return deps.runInTx(systemActor(orgId, newId()), async (tx) => {
    const state = await deps.facts.hold(tx, orgId)
    if (state.collectedTo !== null) return collect(deps, tx, { orgId, state, after: state.collectedTo })
    if (state.collectAgainAt !== null && state.collectAgainAt <= deps.clock.now()) {
      await deps.facts.collectAgain(tx, orgId)
      return true
    }
    if (state.forgetFrom !== null && await deps.facts.forgetOn(tx, orgId, { after: state.forgetFrom, limit: PORTION })) return true
    if (state.leftover && await deps.facts.sweep(tx, orgId, { state, limit: PORTION })) return true
    if (state.building === null || state.buildingZone === null || state.builtTo === null) return false
    const to = { generation: state.building, zone: state.buildingZone }
    if (!await deps.facts.buildOn(tx, orgId, { to, after: state.builtTo, limit: PORTION })) await deps.facts.show(tx, orgId)
    return true
  })
}

/**
 * What happened before the organization was counted. What is handed over by the relay meanwhile is counted once all the same. Done twice, a day apart: during an
 * upgrade processes that do not count yet write events beside those that do.
 */
async function collect({ facts }: Deps, tx: Tx, { orgId, state, after }: { orgId: OrgId; state: State; after: bigint }): Promise<true> {
  const events = await facts.pastEvents(tx, orgId, { after, types: heardTypes, limit: EVENTS })
  await facts.add(tx, orgId, { state, given: events.map((event) => factsOfPast(event as CommittedEvent)) })
  await facts.noteCollected(tx, orgId, events.length < EVENTS ? null : events.at(-1)?.id ?? null)
  return true
}

const factsOfPast = (event: CommittedEvent): NewFacts => ({ eventId: event.id, at: timeOf(event), facts: factsOf(event) })

/** Looks at what waits, once in a quarter of an hour for each organization, however often it is asked; how many have anything. */
export async function sampleQueues(deps: Deps, beat: () => void): Promise<number> {
  const queues = await deps.runAsSystem((tx) => deps.facts.queues(tx))
  const at = deps.clock.now()
  for (const queue of queues) {
    beat()
    await deps.runInTx(systemActor(queue.orgId, newId()), async (tx) => {
      await deps.facts.add(tx, queue.orgId, { state: await deps.facts.hold(tx, queue.orgId), given: [{ eventId: gaugeId(at), at, facts: factsOfQueue(queue) }] })
    })
  }
  return queues.length
}
