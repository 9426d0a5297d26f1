import type { Delegation, DelegationId, FlowId, FlowTask, FlowTaskId, Page, UserId } from '@intellidocs/contracts'
import { AppError, decodeCursor, newId, pageOf, userPrincipal, type Actor, type PageInput, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import { countFlows, existsDelegation, insertDelegation, listDelegations as selectDelegations, revokeDelegationRow, type DelegationRow } from '../delegations.repository.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'
import { delegateOne } from './hand-on-task.ts'

const toDelegation = (row: DelegationRow): Delegation => ({
  id: row.id, from: row.from, to: row.to, startsAt: row.startsAt.toISOString(), endsAt: row.endsAt.toISOString(), flows: row.flows, note: row.note, createdAt: row.createdAt.toISOString(),
})

type Standing = { readonly to: UserId; readonly from: string; readonly until: string; readonly flows?: readonly FlowId[] | undefined; readonly reason?: string | undefined }
type Handed = { readonly id: FlowTaskId; readonly to: UserId; readonly reason?: string | undefined }

/** One task now, or whatever comes in a time. @throws AppError as `delegateOne` and `standIn` */
export async function delegateTask(deps: WorkflowsDeps, actor: Actor, input: Standing | Handed): Promise<{ task: FlowTask } | { delegation: Delegation }> {
  return 'id' in input ? { task: await delegateOne(deps, actor, input) } : { delegation: await standIn(deps, actor, input) }
}

/**
 * Whoever is asked while it holds is asked in the person of another; where that one cannot be asked, or the flow does not allow it, nothing changes. Tasks that are open by
 * then stay. @throws AppError task.delegate (oneself, no member, a time that is over), flow.not_found
 */
function standIn(deps: WorkflowsDeps, actor: Actor, input: Standing): Promise<Delegation> {
  const [startsAt, endsAt] = [new Date(input.from), new Date(input.until)]
  const flows = input.flows === undefined ? null : [...new Set(input.flows)]
  return deps.runInTx(actor, async (tx) => {
    if (input.to === actor.userId || endsAt <= startsAt || endsAt <= deps.clock.now()) throw new AppError('task.delegate')
    if (flows !== null && await countFlows(tx, actor.orgId, flows) < flows.length) throw new AppError('flow.not_found')
    const row = await insertDelegation(tx, {
      id: newId() as DelegationId, orgId: actor.orgId, from: actor.userId, to: input.to, startsAt, endsAt, flows, note: input.reason ?? null,
    })
    if (row === null) throw new AppError('task.delegate')
    await tell(deps, tx, { actor, row, type: 'workflows.delegation-set.v1' })
    return toDelegation(row)
  })
}

type Told = { readonly actor: Actor; readonly row: DelegationRow; readonly type: 'workflows.delegation-set.v1' | 'workflows.delegation-ended.v1' }

/** Heard by the two alone. */
async function tell(deps: WorkflowsDeps, tx: Tx, { actor, row, type }: Told): Promise<void> {
  const { id, from, to, startsAt, endsAt, flows } = row
  await deps.outbox.append(tx, actor, {
    type, payload: { delegationId: id, from, to }, audience: [userPrincipal(from), userPrincipal(to)],
    audit: { subjectType: 'delegation', subjectId: id, data: { from, to, startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString(), flows } },
  })
}

/** @throws AppError input.cursor */
export async function listDelegations(deps: WorkflowsDeps, actor: Actor, { limit, cursor }: PageInput): Promise<Page<Delegation>> {
  const below = cursor === undefined ? null : decodeCursor(z.uuid(), cursor)
  const of = { orgId: actor.orgId, userId: actor.userId, at: deps.clock.now() }
  const rows = await deps.runInTx(actor, (tx) => selectDelegations(tx, of, { below, limit: limit + 1 }), { readOnly: true })
  return pageOf(rows, limit, { item: toDelegation, key: ({ id }) => id })
}

/** @throws AppError delegation.not_found */
export function revokeDelegation(deps: WorkflowsDeps, actor: Actor, { id }: { id: DelegationId }): Promise<{ revoked: boolean }> {
  const of = { orgId: actor.orgId, userId: actor.userId, at: deps.clock.now() }
  return deps.runInTx(actor, async (tx) => {
    const row = await revokeDelegationRow(tx, of, id)
    if (row === null && !await existsDelegation(tx, of, id)) throw new AppError('delegation.not_found')
    if (row !== null) await tell(deps, tx, { actor, row, type: 'workflows.delegation-ended.v1' })
    return { revoked: row !== null }
  })
}
