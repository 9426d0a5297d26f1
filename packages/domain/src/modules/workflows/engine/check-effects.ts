import type { Condition, FlowEffect, FlowFault, FlowId, FlowSpec } from '@intellidocs/contracts'
import { canHold } from './can-hold.ts'
import { fieldsOf, UNKNOWN_FOLDER } from './check-conditions.ts'
import { UNKNOWN_GROUP, UNKNOWN_USER } from './check-people.ts'
import type { SpecFacts } from './types.ts'

const AGAIN = 'it starts this flow again, and again at its end'

type Placed = { readonly effect: FlowEffect; readonly path: string }

/** Every effect with its place, such as `effects.approved.0`. */
export const placedEffects = ({ effects }: Pick<FlowSpec, 'effects'>): Placed[] =>
  (['approved', 'rejected', 'expired'] as const).flatMap((outcome) => effects[outcome].map((effect, at) => ({ effect, path: `effects.${outcome}.${at}` })))

/** The flows that a definition starts at its ends. */
export const startedBy = (spec: Pick<FlowSpec, 'effects'>): FlowId[] =>
  [...new Set(placedEffects(spec).flatMap(({ effect }) => (effect.do === 'start' ? [effect.flowId] : [])))]

function reaches({ flows, self }: SpecFacts, from: FlowId): boolean {
  const seen = new Set<FlowId>()
  const ahead = [from]
  for (let flow = ahead.pop(); flow !== undefined; flow = ahead.pop()) {
    if (flow === self) return true
    if (!seen.has(flow)) ahead.push(...flows.get(flow) ?? [])
    seen.add(flow)
  }
  return false
}

/** Whether the trigger would hear of what is set here, and still hold. */
function setsItselfOff({ trigger }: FlowSpec, metadata: Record<string, string | number | boolean | null>): boolean {
  if (trigger.on !== 'changed') return false
  const asked = fieldsOf(trigger.when)
  if (!Object.keys(metadata).some((name) => asked.has(name))) return false
  const set = Object.entries(metadata).map(([name, value]): Condition => {
    const fact = `metadata.${name}`
    return value === null ? { fact, exists: false } : { fact, is: value }
  })
  return canHold([trigger.when, ...set])
}

function faultsOf(spec: FlowSpec, facts: SpecFacts, { effect, path }: Placed): FlowFault[] {
  const fault = (place: string, message: string): FlowFault[] => [{ path: `${path}.${place}`, message }]
  switch (effect.do) {
    case 'move': return effect.folderId === null || facts.folders.has(effect.folderId) ? [] : fault('folderId', UNKNOWN_FOLDER)
    case 'tag': {
      if (effect.add.length + effect.remove.length === 0) return fault('add', 'it changes nothing')
      if (effect.add.some((tag) => effect.remove.includes(tag))) return fault('remove', 'it adds and removes the same tag')
      return spec.trigger.on === 'tagged' && effect.add.includes(spec.trigger.tag) ? fault('add', AGAIN) : []
    }
    case 'set': {
      if (Object.keys(effect.metadata).length === 0) return fault('metadata', 'it changes nothing')
      return setsItselfOff(spec, effect.metadata) ? fault('metadata', `${AGAIN}: let trigger.when leave out what is set here`) : []
    }
    case 'share': {
      if ('user' in effect.with) return facts.users.has(effect.with.user) ? [] : fault('with.user', UNKNOWN_USER)
      return 'group' in effect.with && !facts.groups.has(effect.with.group) ? fault('with.group', UNKNOWN_GROUP) : []
    }
    case 'hook': return []
    case 'start': {
      if (effect.flowId !== facts.self && !facts.flows.has(effect.flowId)) return fault('flowId', 'there is no such published flow')
      return reaches(facts, effect.flowId) ? fault('flowId', AGAIN) : []
    }
  }
}

/** What the ends of a run name and what is not there, and flows that start themselves for ever. */
export function checkEffects(spec: FlowSpec, facts: SpecFacts): FlowFault[] {
  const { trigger } = spec
  const ofTrigger = trigger.on === 'uploaded' && !facts.folders.has(trigger.folderId) ? [{ path: 'trigger.folderId', message: UNKNOWN_FOLDER }] : []
  return [...ofTrigger, ...placedEffects(spec).flatMap((placed) => faultsOf(spec, facts, placed))]
}
