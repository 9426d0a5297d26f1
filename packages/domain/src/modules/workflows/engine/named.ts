import type { Assignee, FlowId, FlowSpec, FolderId, GroupId, UserId } from '@intellidocs/contracts'
import { assigneesOf } from './check-people.ts'
import { conditionsOf, fieldsOf, foldersIn } from './check-conditions.ts'
import { placedEffects, startedBy } from './check-effects.ts'

/** Everything that a definition names and that may not be there. Nothing twice. */
export type Named = {
  readonly users: readonly UserId[]; readonly groups: readonly GroupId[]; readonly roles: readonly string[]
  readonly folders: readonly FolderId[]; readonly fields: readonly string[]; readonly flows: readonly FlowId[]
}

export function namedIn(spec: FlowSpec): Named {
  const [users, groups, roles, folders, fields] = [new Set<UserId>(), new Set<GroupId>(), new Set<string>(), new Set<FolderId>(), new Set<string>()]
  const add = (assignee: Assignee): void => {
    if ('user' in assignee) users.add(assignee.user)
    if ('group' in assignee) groups.add(assignee.group)
    if ('role' in assignee) roles.add(assignee.role)
    if ('field' in assignee) fields.add(assignee.field)
  }
  for (const assignee of assigneesOf(spec)) add(assignee)
  for (const condition of conditionsOf(spec)) {
    for (const field of fieldsOf(condition)) fields.add(field)
    for (const id of foldersIn(condition)) folders.add(id)
  }
  if (spec.trigger.on === 'uploaded') folders.add(spec.trigger.folderId)
  for (const { effect } of placedEffects(spec)) {
    if (effect.do === 'move' && effect.folderId !== null) folders.add(effect.folderId)
    if (effect.do === 'share' && 'user' in effect.with) users.add(effect.with.user)
    if (effect.do === 'share' && 'group' in effect.with) groups.add(effect.with.group)
  }
  return { users: [...users], groups: [...groups], roles: [...roles], folders: [...folders], fields: [...fields], flows: startedBy(spec) }
}
