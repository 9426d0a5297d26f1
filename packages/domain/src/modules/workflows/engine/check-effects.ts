import type { Condition, FlowEffect, FlowFault, FlowId, FlowSpec } from '@intellidocs/contracts'
import { canHold } from './can-hold.ts'
import { factsIn, UNKNOWN_FOLDER } from './check-conditions.ts'
import { UNKNOWN_GROUP, UNKNOWN_USER } from './check-people.ts'
import type { SpecFacts } from './types.ts'

const AGAIN = 'it starts this flow again, and again at its end'
const AGAIN_UNLESS = `${AGAIN}: let trigger.when leave out what is done here`

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

/** What holds of a document once an effect was done to it: of each fact that it may change. */
function madeBy(effect: FlowEffect): Condition[] {
  switch (effect.do) {
    case 'move': return [effect.folderId === null ? { fact: 'folder', exists: false } : { fact: 'folder', is: effect.folderId }]
    case 'tag': return [...effect.add.map((tag): Condition => ({ fact: 'tag', is: tag })), ...effect.remove.map((tag): Condition => ({ fact: 'tag', isNot: tag }))]
    case 'set': return Object.entries(effect.metadata).map(([name, value]): Condition => (value === null ? { fact: `metadata.${name}`, exists: false } : { fact: `metadata.${name}`, is: value }))
    case 'share': case 'hook': case 'start': return []
  }
}

/** Whether the trigger would hear of what is done here, and still hold. */
function setsItselfOff({ trigger }: FlowSpec, effect: FlowEffect): boolean {
  if (trigger.on !== 'changed') return false
  const [made, asked] = [madeBy(effect), factsIn(trigger.when)]
  return made.some((condition) => [...factsIn(condition)].some((fact) => asked.has(fact))) && canHold([trigger.when, ...made])
}

function faultsOf(spec: FlowSpec, facts: SpecFacts, { effect, path }: Placed): FlowFault[] {
  const fault = (place: string, message: string): FlowFault[] => [{ path: `${path}.${place}`, message }]
  switch (effect.do) {
    case 'move': {
      if (effect.folderId !== null && !facts.folders.has(effect.folderId)) return fault('folderId', UNKNOWN_FOLDER)
      return setsItselfOff(spec, effect) ? fault('folderId', AGAIN_UNLESS) : []
    }
    case 'tag': {
      if (effect.add.length + effect.remove.length === 0) return fault('add', 'it changes nothing')
      if (effect.add.some((tag) => effect.remove.includes(tag))) return fault('remove', 'it adds and removes the same tag')
      if (spec.trigger.on === 'tagged' && effect.add.includes(spec.trigger.tag)) return fault('add', AGAIN)
      return setsItselfOff(spec, effect) ? fault(effect.add.length > 0 ? 'add' : 'remove', AGAIN_UNLESS) : []
    }
    case 'set': {
      if (Object.keys(effect.metadata).length === 0) return fault('metadata', 'it changes nothing')
      return setsItselfOff(spec, effect) ? fault('metadata', AGAIN_UNLESS) : []
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
