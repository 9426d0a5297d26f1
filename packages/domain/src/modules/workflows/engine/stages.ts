import type { FlowSpec, FlowStage } from '@intellidocs/contracts'
import type { PlacedStage } from './types.ts'

/** More than anybody reads; keeps what is asked of the engine small. */
export const MAX_STAGES = 100

/** Every stage of a definition with its place, in the order in which they are read. */
export function placedStages(spec: Pick<FlowSpec, 'stages'>): PlacedStage[] {
  return spec.stages.flatMap((entry, item): PlacedStage[] => {
    if (!('parallel' in entry)) return [{ stage: entry, path: `stages.${item}`, item, branch: null }]
    return entry.parallel.flatMap(({ stages }, branch) =>
      stages.map((stage, at) => ({ stage, path: `stages.${item}.parallel.${branch}.stages.${at}`, item, branch })))
  })
}

/** Whether `stage` is `target` or is reached through it: what has to be done again when the run goes back to `target`. Branches beside it are not. */
export function isFrom(places: readonly PlacedStage[], target: PlacedStage, place: PlacedStage): boolean {
  if (place.item !== target.item) return place.item > target.item
  return place.branch === target.branch && places.indexOf(place) >= places.indexOf(target)
}

/** Where a rejection leads: a stage that lies before it. Undefined when there is no such stage. */
export function backTarget(places: readonly PlacedStage[], from: PlacedStage): PlacedStage | undefined {
  const { onReject } = from.stage
  if (typeof onReject === 'string') return undefined
  const target = places.find(({ stage }) => stage.key === onReject.back)
  return target !== undefined && target !== from && isFrom(places, target, from) ? target : undefined
}

export const goesOnAfterReject = ({ onReject }: FlowStage): boolean => onReject !== 'end'
