import type { Condition, FieldValue, FlowFault, FlowSpec, FolderId } from '@intellidocs/contracts'
import { canHold, newPatience } from './can-hold.ts'
import { knowsField, unknownField } from './check-people.ts'
import type { Compared } from './conditions.ts'
import type { SpecFacts } from './types.ts'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
export const UNKNOWN_FOLDER = 'there is no such folder'

type Place = { readonly condition: Condition; readonly path: string; /** Looked at in the same moment. */ readonly with?: Condition | undefined; readonly never: string }

function leaves(condition: Condition, path: string): { readonly compared: Compared; readonly path: string }[] {
  if ('all' in condition) return condition.all.flatMap((part, at) => leaves(part, `${path}.all.${at}`))
  if ('any' in condition) return condition.any.flatMap((part, at) => leaves(part, `${path}.any.${at}`))
  return 'not' in condition ? leaves(condition.not, `${path}.not`) : [{ compared: condition, path }]
}

/** The facts that a condition asks for. */
export const factsIn = (condition: Condition): Set<string> => new Set(leaves(condition, '').map(({ compared: { fact } }) => fact))

/** The fields that a condition asks for, without `metadata.`. */
export const fieldsOf = (condition: Condition): Set<string> =>
  new Set([...factsIn(condition)].flatMap((fact) => (fact.startsWith('metadata.') ? [fact.slice('metadata.'.length)] : [])))

export const conditionsOf = (spec: FlowSpec): Condition[] => placesOf(spec).map(({ condition }) => condition)

function placesOf({ trigger, stages }: FlowSpec): Place[] {
  const ofTrigger = 'when' in trigger && trigger.when !== undefined ? [{ condition: trigger.when, path: 'trigger.when', never: 'it can never hold: the flow never starts by itself' }] : []
  const ofStage = (when: Condition | undefined, path: string, branch?: Condition): Place[] =>
    (when === undefined ? [] : [{ condition: when, path: `${path}.when`, with: branch, never: 'it can never hold: the stage is never reached' }])
  return [...ofTrigger, ...stages.flatMap((entry, item) => {
    if (!('parallel' in entry)) return ofStage(entry.when, `stages.${item}`)
    return entry.parallel.flatMap((branch, at) => {
      const path = `stages.${item}.parallel.${at}`
      const own: Place[] = branch.when === undefined ? [] : [{ condition: branch.when, path: `${path}.when`, never: 'it can never hold: the branch is never reached' }]
      return [...own, ...branch.stages.flatMap((stage, index) => ofStage(stage.when, `${path}.stages.${index}`, index === 0 ? branch.when : undefined))]
    })
  })]
}

function foldersOf(compared: Compared): readonly FieldValue[] {
  if (compared.fact !== 'folder') return []
  if ('is' in compared) return [compared.is]
  if ('isNot' in compared) return [compared.isNot]
  return 'oneOf' in compared ? compared.oneOf : []
}

/** The folders that a condition names; what is no text names none. */
export const foldersIn = (condition: Condition): FolderId[] =>
  leaves(condition, '').flatMap(({ compared }) => foldersOf(compared)).filter((id): id is FolderId => typeof id === 'string' && UUID.test(id))

function unknowns(spec: FlowSpec, facts: SpecFacts, { condition, path }: Place): FlowFault[] {
  const folders: ReadonlySet<FieldValue> = facts.folders
  return leaves(condition, path).flatMap(({ compared, path: place }) => {
    const field = compared.fact.startsWith('metadata.') ? compared.fact.slice('metadata.'.length) : null
    if (field !== null && !knowsField(spec, facts, field)) return [{ path: `${place}.fact`, message: unknownField(field) }]
    return foldersOf(compared).some((id) => !folders.has(id)) ? [{ path: place, message: UNKNOWN_FOLDER }] : []
  })
}

/** Conditions that ask for what is not there, and stages and branches that nothing ever reaches. */
export function checkConditions(spec: FlowSpec, facts: SpecFacts): FlowFault[] {
  const patience = newPatience()
  return placesOf(spec).flatMap((place) => {
    const { condition, path, with: also, never } = place
    const holds = canHold([condition], patience) && (also === undefined || !canHold([also], patience) || canHold([condition, also], patience))
    return [...unknowns(spec, facts, place), ...(holds ? [] : [{ path, message: never }])]
  })
}
