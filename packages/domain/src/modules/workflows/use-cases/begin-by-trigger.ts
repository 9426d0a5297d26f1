import type { DocumentId, FlowTrigger, OrgId, UserId } from '@intellidocs/contracts'
import { AppError, newId, systemActor } from '@intellidocs/kernel'
import { factsOf } from '../driver/work.ts'
import { foldersAbove, runsSince, triggeredFlows, versionMaker, type PublishedFlow } from '../runs.repository.ts'
import { begins, triggersOf, type Happened } from '../triggers.policy.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'
import { startRunOf } from './start-run.ts'

export type Occasion = { readonly orgId: OrgId; readonly documentId: DocumentId; readonly actorId: UserId; readonly eventId: bigint; readonly happened: Happened }

/**
 * A flow begins by itself on a document at most this often in an hour: flows that set each other off by what they do to a document come to rest, and somebody looks.
 */
const MOST_IN_AN_HOUR = 10
const HOUR_MS = 3_600_000

/** Starts what begins by an event, once however often it is delivered. Who made the version is who asks. */
export async function beginByTrigger(deps: WorkflowsDeps, occasion: Occasion): Promise<void> {
  const { orgId, documentId, happened } = occasion
  const actor = systemActor(orgId, newId())
  const found = await deps.runInTx(actor, async (tx) => {
    const flows = await triggeredFlows(tx, orgId, triggersOf(happened))
    if (flows.length === 0) return null
    const document = await deps.documents.facts.inTx(tx, actor, { id: documentId })
    if (document === null || document.lifecycle !== 'active') return null
    const of = { orgId, documentId }
    const since = new Date(deps.clock.now().getTime() - HOUR_MS)
    const place = { facts: factsOf(document), first: document.version === 1, path: await foldersAbove(tx, of) }
    const fitting = flows.filter(({ spec }) => begins(spec.trigger, happened, place))
    const counts = new Map<string, number>()
    for (const { flowId } of fitting) counts.set(flowId, await runsSince(tx, { ...of, flowId }, since))
    return { document, maker: await versionMaker(tx, orgId, document.versionId), flows: fitting.filter(({ flowId }) => (counts.get(flowId) ?? 0) < MOST_IN_AN_HOUR) }
  }, { readOnly: true })
  if (found === null) return
  for (const flow of found.flows) {
    const requesterId = happened.kind === 'ready' ? found.maker ?? occasion.actorId : occasion.actorId
    await begin(deps, occasion, { flow, requesterId, cause: causeOf(flow.spec.trigger, occasion, found.document.versionId) })
  }
}

/** A version that is read again begins nothing again. */
const causeOf = ({ on }: FlowTrigger, { documentId, eventId }: Occasion, versionId: string): string =>
  (on === 'ready' ? `ready:${versionId}` : on === 'uploaded' ? `uploaded:${documentId}` : `event:${eventId}`)

async function begin(deps: WorkflowsDeps, { orgId, documentId }: Occasion, { flow, requesterId, cause }: { flow: PublishedFlow; requesterId: UserId; cause: string }): Promise<void> {
  try {
    await startRunOf(deps, systemActor(orgId, newId()), { flowId: flow.flowId, documentId, cause, requesterId })
  } catch (error) {
    // Archived, trashed or purged since; or a version is being read, whose event comes.
    if (!(error instanceof AppError) || !['flow.not_found', 'flow.state', 'document.not_found', 'run.document'].includes(error.code)) throw error
  }
}
