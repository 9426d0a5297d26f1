import type { RetentionRule, RetentionRuleId } from '@intellidocs/contracts'
import { AppError, newId, type Actor } from '@intellidocs/kernel'
import type { RetentionDeps } from './retention.deps.ts'
import type { StoredRule } from './rules.repository.ts'

type Setting = Omit<RetentionRule, 'id' | 'setBy' | 'setAt'> & { id?: RetentionRuleId | undefined }
type TrashTime = { days: number | null }

/** Rules of retention of the actor's organization, and the time of its trash. */
export type RulesService = {
  /** All of them, by name. */
  list(actor: Actor): Promise<{ items: RetentionRule[] }>
  /** @throws AppError retention_rule.not_found, retention_rule.name_taken, retention_rule.limit, folder.not_found */
  set(actor: Actor, input: Setting): Promise<RetentionRule>
  /** @throws AppError retention_rule.not_found */
  remove(actor: Actor, input: { id: RetentionRuleId }): Promise<{ id: RetentionRuleId; removed: true }>
  trash(actor: Actor): Promise<TrashTime>
  setTrash(actor: Actor, input: TrashTime): Promise<TrashTime>
}

/** All of them are asked for each document. */
const MOST = 200

const show = ({ setAt, ...rule }: StoredRule): RetentionRule => ({ ...rule, setAt: setAt.toISOString() })
const audited = ({ name, on, since, keepDays, deleteDays, needsRelease }: StoredRule): Record<string, unknown> => ({ name, on, since, keepDays, deleteDays, needsRelease })

function set(deps: RetentionDeps, actor: Actor, { id, name, on, since, keepDays, deleteDays, needsRelease }: Setting): Promise<RetentionRule> {
  return deps.runInTx(actor, async (tx) => {
    await deps.rules.lock(tx, actor.orgId)
    const all = await deps.rules.list(tx, actor.orgId)
    const before = all.find((rule) => rule.id === id) ?? null
    if (id !== undefined && before === null) throw new AppError('retention_rule.not_found')
    if (all.some((rule) => rule.id !== id && rule.name.toLowerCase() === name.toLowerCase())) throw new AppError('retention_rule.name_taken')
    if (before === null && all.length >= MOST) throw new AppError('retention_rule.limit')
    if ('folderId' in on && !await deps.rules.isShownFolder(tx, actor, on.folderId)) throw new AppError('folder.not_found')
    const after: StoredRule = { id: id ?? newId() as RetentionRuleId, name, on, since, keepDays, deleteDays, needsRelease, setBy: actor.userId, setAt: deps.clock.now() }
    if (before === null) await deps.rules.insert(tx, actor.orgId, after)
    else if (await deps.rules.update(tx, actor.orgId, after) !== 1) throw new AppError('retention_rule.not_found')
    await deps.outbox.append(tx, actor, {
      type: 'retention.rule-set.v1', payload: { ruleId: after.id },
      audit: { subjectType: 'retentionRule', subjectId: after.id, data: { before: before === null ? null : audited(before), after: audited(after) } },
    })
    return show(after)
  })
}

function remove(deps: RetentionDeps, actor: Actor, { id }: { id: RetentionRuleId }): Promise<{ id: RetentionRuleId; removed: true }> {
  return deps.runInTx(actor, async (tx) => {
    await deps.rules.lock(tx, actor.orgId)
    const before = (await deps.rules.list(tx, actor.orgId)).find((rule) => rule.id === id)
    if (before === undefined || await deps.rules.remove(tx, { orgId: actor.orgId, id }) !== 1) throw new AppError('retention_rule.not_found')
    await deps.outbox.append(tx, actor, {
      type: 'retention.rule-removed.v1', payload: { ruleId: id },
      audit: { subjectType: 'retentionRule', subjectId: id, data: { before: audited(before), after: null } },
    })
    return { id, removed: true as const }
  })
}

function setTrash(deps: RetentionDeps, actor: Actor, { days }: TrashTime): Promise<TrashTime> {
  return deps.runInTx(actor, async (tx) => {
    await deps.rules.lock(tx, actor.orgId)
    const before = await deps.rules.trashDays(tx, actor.orgId)
    if (before === days) return { days }
    await deps.rules.setTrashDays(tx, actor.orgId, days)
    await deps.outbox.append(tx, actor, {
      type: 'retention.trash-set.v1', payload: { days }, audit: { subjectType: 'org', subjectId: actor.orgId, data: { before: { trashDays: before }, after: { trashDays: days } } },
    })
    return { days }
  })
}

export function createRulesService(deps: RetentionDeps): RulesService {
  return {
    list: async (actor) => ({ items: (await deps.runInTx(actor, (tx) => deps.rules.list(tx, actor.orgId), { readOnly: true })).map(show) }),
    set: (actor, input) => set(deps, actor, input),
    remove: (actor, input) => remove(deps, actor, input),
    trash: async (actor) => ({ days: await deps.runInTx(actor, (tx) => deps.rules.trashDays(tx, actor.orgId), { readOnly: true }) }),
    setTrash: (actor, input) => setTrash(deps, actor, input),
  }
}
