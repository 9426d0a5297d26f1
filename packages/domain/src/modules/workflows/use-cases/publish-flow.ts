import type { FlowFault, FlowId, FlowSpec } from '@intellidocs/contracts'
import { AppError, newId, type Actor, type Tx } from '@intellidocs/kernel'
import { unlessTaken } from '../../orgs/index.ts'
import { loadFacts } from '../definition-facts.ts'
import type { DefinitionsDeps } from '../definitions.deps.ts'
import { beyondRights } from '../definitions.policy.ts'
import type { FlowRow } from '../definitions.repository.ts'
import { showFlow, type ShownFlow } from '../definitions.types.ts'
import { checkSpec } from '../engine/check-spec.ts'
import { loadDefinition, lockFlow } from '../load-definition.ts'

const audited = (id: FlowId, before: unknown, after: unknown) => ({ subjectType: 'flow', subjectId: id, data: { before, after } })

/** @throws AppError flow.name_taken */
export function createFlow(deps: DefinitionsDeps, actor: Actor, { spec }: { spec: FlowSpec }): Promise<ShownFlow> {
  const id = newId() as FlowId
  return deps.runInTx(actor, async (tx) => {
    if (!await deps.definitions.insert(tx, { id, orgId: actor.orgId, spec, createdBy: actor.userId })) throw new AppError('flow.name_taken')
    await deps.outbox.append(tx, actor, { type: 'workflows.definition-created.v1', payload: { flowId: id }, audit: audited(id, null, { name: spec.name, spec }) })
    return showFlow((await loadDefinition(deps, tx, { actor, id })).flow)
  })
}

/** Why the actor could not publish it now. */
export async function faultsOf(deps: DefinitionsDeps, tx: Tx, of: { actor: Actor; spec: FlowSpec; self: FlowId | null }): Promise<FlowFault[]> {
  const facts = await loadFacts(deps, tx, of)
  return [...checkSpec(of.spec, facts), ...beyondRights(of.spec, of.actor, facts.places)]
}

async function nextVersion(deps: DefinitionsDeps, tx: Tx, { actor, flow, spec }: { actor: Actor; flow: FlowRow; spec: FlowSpec }): Promise<void> {
  const version = flow.version + 1
  const one = { orgId: actor.orgId, id: flow.id }
  await unlessTaken('flow.name_taken', () => deps.definitions.publish(tx, { ...one, version }, { spec, publishedBy: actor.userId, at: deps.clock.now() }))
  await deps.outbox.append(tx, actor, {
    type: 'workflows.definition-published.v1', payload: { flowId: flow.id, version },
    audit: audited(flow.id, { name: flow.name, version: flow.version }, { name: spec.name, version, spec }),
  })
}

/**
 * Freezes a definition as the next version, with its publisher's rights for what it does at its ends. The same again by the same person changes nothing.
 * @throws AppError flow.not_found, flow.state (archived), flow.invalid, flow.name_taken
 */
export function publishFlow(deps: DefinitionsDeps, actor: Actor, { id, spec: given }: { id: FlowId; spec?: FlowSpec | undefined }): Promise<ShownFlow> {
  return deps.runInTx(actor, async (tx) => {
    await deps.definitions.lockPublishing(tx, actor.orgId)
    const flow = await lockFlow(deps, tx, { actor, id })
    if (flow.status === 'archived') throw new AppError('flow.state')
    const spec = given ?? (await loadDefinition(deps, tx, { actor, id, version: 0 })).spec
    const faults = await faultsOf(deps, tx, { actor, spec, self: id })
    if (faults.length > 0) throw new AppError('flow.invalid', { details: { faults } })
    const isThere = await deps.definitions.isVersion(tx, { orgId: actor.orgId, id, version: flow.version }, { spec, publishedBy: actor.userId })
    if (isThere) return showFlow(flow)
    await nextVersion(deps, tx, { actor, flow, spec })
    return showFlow((await loadDefinition(deps, tx, { actor, id })).flow)
  })
}

/** @throws AppError flow.not_found */
export function archiveFlow(deps: DefinitionsDeps, actor: Actor, { id }: { id: FlowId }): Promise<ShownFlow> {
  return deps.runInTx(actor, async (tx) => {
    const flow = await lockFlow(deps, tx, { actor, id })
    if (flow.status === 'archived') return showFlow(flow)
    await deps.definitions.archive(tx, { orgId: actor.orgId, id }, deps.clock.now())
    await deps.outbox.append(tx, actor, {
      type: 'workflows.definition-archived.v1', payload: { flowId: id }, audit: audited(id, { status: 'active', version: flow.version }, { status: 'archived' }),
    })
    return showFlow((await loadDefinition(deps, tx, { actor, id })).flow)
  })
}
