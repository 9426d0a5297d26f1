import type { FlowFault, FlowSpec } from '@intellidocs/contracts'
import { checkConditions } from './check-conditions.ts'
import { checkEffects } from './check-effects.ts'
import { checkPeople } from './check-people.ts'
import { checkTimes } from './check-times.ts'
import { backTarget, MAX_STAGES, placedStages } from './stages.ts'
import type { PlacedStage, SpecFacts } from './types.ts'

type Named = { readonly key: string; readonly path: string }

function twice(names: readonly Named[], what: string): FlowFault[] {
  return names.filter(({ key }, at) => names.findIndex((other) => other.key === key) < at)
    .map(({ key, path }) => ({ path: `${path}.key`, message: `another ${what} is called ${key}` }))
}

function checkKeys({ stages }: FlowSpec, places: readonly PlacedStage[]): FlowFault[] {
  const branches = stages.map((entry, item) => ('parallel' in entry ? entry.parallel.map(({ key }, branch) => ({ key, path: `stages.${item}.parallel.${branch}` })) : []))
  return [...twice(places.map(({ stage: { key }, path }) => ({ key, path })), 'stage'), ...branches.flatMap((names) => twice(names, 'branch'))]
}

function checkRejections({ maxRounds }: FlowSpec, places: readonly PlacedStage[]): FlowFault[] {
  return places.flatMap((place) => {
    const { stage: { onReject, onDeadline, deadline }, path } = place
    if (onReject === 'end') return []
    const faults = maxRounds === 1 ? [{ path: `${path}.onReject`, message: 'maxRounds is 1: a rejection always ends the run' }] : []
    if (onReject === 'new-version') return faults
    if (backTarget(places, place) === undefined) faults.push({ path: `${path}.onReject.back`, message: `there is no stage ${onReject.back} before this one` })
    if (deadline !== undefined && onDeadline === 'reject') {
      faults.push({ path: `${path}.onDeadline`, message: 'a deadline that rejects and goes back leads round and round without anybody; let it expire, or let the rejection end' })
    }
    return faults
  })
}

/** Why a valid definition cannot work, each fault with its place; none when it can. What somebody may not see is answered as what is not there. */
export function checkSpec(spec: FlowSpec, facts: SpecFacts): FlowFault[] {
  const places = placedStages(spec)
  if (places.length > MAX_STAGES) return [{ path: 'stages', message: `a flow has ${MAX_STAGES} stages at most` }]
  return [
    ...checkKeys(spec, places), ...checkRejections(spec, places), ...checkTimes(places),
    ...checkPeople(spec, places, facts), ...checkConditions(spec, facts), ...checkEffects(spec, facts),
  ]
}
