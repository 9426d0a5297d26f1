import type { Assignee, FlowFault, FlowSpec, UserId } from '@intellidocs/contracts'
import { MAX_PEOPLE } from './rules.ts'
import { placedStages } from './stages.ts'
import type { PlacedStage, SpecFacts } from './types.ts'

export const UNKNOWN_USER = 'there is no such active member'
const MAY_NOT = 'this member may not read documents or decide tasks'
export const UNKNOWN_GROUP = 'there is no such group'
export const unknownField = (name: string): string => `no document has a field ${name}`

type Asked = { readonly assignee: Assignee; readonly path: string }

/** Fields that documents have, or get at the end of this flow. */
export function knowsField({ effects }: FlowSpec, { fields }: SpecFacts, name: string): boolean {
  if (fields === null || fields.has(name)) return true
  return [...effects.approved, ...effects.rejected, ...effects.expired].some((effect) => effect.do === 'set' && Object.hasOwn(effect.metadata, name))
}

function faultOf(spec: FlowSpec, facts: SpecFacts, { assignee, path }: Asked): FlowFault | null {
  if ('user' in assignee) {
    if (facts.deciders.has(assignee.user)) return null
    return { path: `${path}.user`, message: facts.users.has(assignee.user) ? MAY_NOT : UNKNOWN_USER }
  }
  if ('group' in assignee) {
    const members = facts.groups.get(assignee.group)
    if (members === undefined) return { path: `${path}.group`, message: UNKNOWN_GROUP }
    return members.size > 0 ? null : { path: `${path}.group`, message: 'nobody in this group is an active member who may decide' }
  }
  if ('role' in assignee) return (facts.roles.get(assignee.role)?.size ?? 0) > 0 ? null : { path: `${path}.role`, message: `nobody who is ${assignee.role} is an active member` }
  if ('field' in assignee) return knowsField(spec, facts, assignee.field) ? null : { path: `${path}.field`, message: unknownField(assignee.field) }
  return spec.fourEyes ? { path: `${path}.requester`, message: 'who asked may not decide: fourEyes is on' } : null
}

const at = (path: string, assignees: readonly Assignee[]): Asked[] => assignees.map((assignee, index) => ({ assignee, path: `${path}.${index}` }))

/** Everybody whom a definition speaks of, wherever. */
export function assigneesOf(spec: FlowSpec): Assignee[] {
  const ofStages = placedStages(spec).flatMap(({ stage: { ask, escalation, ifAway } }) =>
    [...ask, ...escalation.flatMap(({ to }) => to), ...(ifAway === undefined || ifAway === 'drop' ? [] : [ifAway])])
  return [...ofStages, ...spec.delegation.to ?? []]
}

/** As many as may be asked: nobody twice, and one for each who is known by the document or the run only. */
function peopleOf(asked: readonly Assignee[], { groups, roles }: SpecFacts): number {
  const known = new Set<UserId>()
  let others = 0
  for (const assignee of asked) {
    if ('user' in assignee) known.add(assignee.user)
    else if ('group' in assignee) for (const id of groups.get(assignee.group) ?? []) known.add(id)
    else if ('role' in assignee) for (const id of roles.get(assignee.role) ?? []) known.add(id)
    else others += 1
  }
  return known.size + others
}

function stageFaults(spec: FlowSpec, facts: SpecFacts, { stage, path }: PlacedStage): FlowFault[] {
  const { ask, escalation, ifAway } = stage
  const inAsk = at(`${path}.ask`, ask).flatMap((asked) => faultOf(spec, facts, asked) ?? [])
  const others: Asked[] = [
    ...escalation.flatMap(({ to }, index) => at(`${path}.escalation.${index}.to`, to)),
    ...(ifAway === undefined || ifAway === 'drop' ? [] : [{ assignee: ifAway, path: `${path}.ifAway` }]),
  ]
  const faults = [...inAsk, ...others.flatMap((asked) => faultOf(spec, facts, asked) ?? [])]
  return [...faults, ...(inAsk.length === 0 ? countFaults(spec, facts, { stage, path }) : [])]
}

/** More people than one stage asks, and fewer than a rule wants: at first, or once an escalation has replaced those who have not answered. */
function countFaults(spec: FlowSpec, facts: SpecFacts, { stage: { ask, decide, escalation, ifAway }, path }: Omit<PlacedStage, 'item' | 'branch'>): FlowFault[] {
  const faults: FlowFault[] = []
  const people = peopleOf(ask, facts)
  const approvals = 'approvals' in decide ? decide.approvals ?? 0 : 0
  // Whoever asks may be one of them, whose place nobody takes then.
  const away = spec.fourEyes && ifAway === 'drop' && approvals > 1 ? 1 : 0
  if (people > MAX_PEOPLE) faults.push({ path: `${path}.ask`, message: `it asks ${people} people; ${MAX_PEOPLE} are the most` })
  if (approvals > people - away) {
    const message = away > 0 && approvals === people ? `it wants ${approvals} approvals of ${people} people, and who asked may be one of them` : `it wants ${approvals} approvals of ${people} people`
    faults.push({ path: `${path}.decide.approvals`, message })
  }
  for (const [index, { to, how }] of escalation.entries()) {
    const added = peopleOf(to, facts)
    if (how === 'replace' && approvals > added) faults.push({ path: `${path}.escalation.${index}.to`, message: `it leaves ${added} people, and ${approvals} approvals are wanted` })
    if (added > MAX_PEOPLE) faults.push({ path: `${path}.escalation.${index}.to`, message: `it asks ${added} people; ${MAX_PEOPLE} are the most` })
  }
  return faults
}

/** People, groups and roles that are not there, and rules that want more of them than there are. */
export function checkPeople(spec: FlowSpec, places: readonly PlacedStage[], facts: SpecFacts): FlowFault[] {
  const delegates = at('delegation.to', spec.delegation.to ?? []).flatMap((asked) => faultOf(spec, facts, asked) ?? [])
  return [...places.flatMap((place) => stageFaults(spec, facts, place)), ...delegates]
}
