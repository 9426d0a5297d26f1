import { flowRunId, type DocumentId, type FlowId, type FlowRunId, type Run, type UserId } from '@intellidocs/contracts'
import { AppError, hashRequest, newId, type Actor, type Tx } from '@intellidocs/kernel'
import { findFlow, insertRun } from '../runs.repository.ts'
import { isUnread } from '../driver/work.ts'
import { loadRun } from '../load-run.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'

type Start = { readonly flowId: FlowId; readonly documentId: DocumentId; readonly note?: string | undefined }
type StartOnce = Start & { readonly idempotencyKey?: string | undefined }
/** By something else than a person: `cause` starts one run of a flow, ever. */
type StartOf = Start & { readonly cause: string; readonly requesterId: UserId }

/**
 * The run is a row from here on; the event's subscriber has Temporal drive it.
 * @throws AppError document.not_found, flow.not_found, flow.state (archived, never published), run.document (in the trash, not read yet), run.open, quota.exceeded,
 *   plan.read_only, idempotency.mismatch
 */
export function startRun(deps: WorkflowsDeps, actor: Actor, { idempotencyKey: key, ...input }: StartOnce): Promise<Run> {
  return deps.runInTx(actor, async (tx) => {
    const begun = key === undefined ? null : await deps.idempotency.begin(tx, actor, key, hashRequest({ start: input }))
    if (begun !== null && 'replay' in begun) return loadRun(tx, actor, flowRunId.parse(begun.replay))
    const id = await begin(deps, tx, { ...input, actor, cause: null, requesterId: actor.userId })
    if (id === null) throw new AppError('run.open')
    if (key !== undefined) await deps.idempotency.finish(tx, actor, key, id)
    return loadRun(tx, actor, id)
  })
}

/** Also on a document that is still being read. Null: this cause has started its run, or one is open. @throws AppError as `startRun`, without run.open */
export async function startRunOf(deps: WorkflowsDeps, actor: Actor, input: StartOf): Promise<FlowRunId | null> {
  if (!await deps.switches.isOn('flows', actor.orgId)) throw new AppError('feature.off', { details: { feature: 'flows' } })
  return deps.runInTx(actor, (tx) => begin(deps, tx, { ...input, actor }))
}

async function begin(deps: WorkflowsDeps, tx: Tx, of: Start & { readonly actor: Actor; readonly cause: string | null; readonly requesterId: UserId }): Promise<FlowRunId | null> {
  const { actor, documentId, cause, requesterId, note = null } = of
  const document = await deps.documents.facts.inTx(tx, actor, { id: documentId, hold: true })
  if (document === null) throw new AppError('document.not_found')
  const flow = await findFlow(tx, actor.orgId, of.flowId)
  if (flow === null) throw new AppError('flow.not_found')
  if (flow.status !== 'active' || flow.published === null) throw new AppError('flow.state')
  // What began by itself would be lost if it were refused: its run rests until the document is read.
  if (document.lifecycle !== 'active' || (cause === null && isUnread(document))) throw new AppError('run.document')
  const { flowId, version: flowVersion } = flow.published
  const [id, { version, versionId }] = [newId() as FlowRunId, document]
  const inserted = await insertRun(tx, { id, orgId: actor.orgId, flowId, flowVersion, documentId, version, requesterId, cause, note, at: deps.clock.now() })
  if (!inserted) return null
  await deps.quota.consume(tx, actor, [{ kind: 'flowRuns', amount: 1, key: `flow-run:${id}`, documentId }])
  await deps.outbox.append(tx, actor, {
    type: 'workflows.run-started.v1', documentId, payload: { runId: id, documentId, flowId, flowVersion, versionId },
    audit: { subjectType: 'flowRun', subjectId: id, data: { flowId, flowVersion, documentId, version, contentSha256: document.sha256, requesterId, cause } },
  })
  return id
}
