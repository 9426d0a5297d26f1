import type { DocumentId, FlowTrigger, OrgId, UserId } from '@intellidocs/contracts'
import { AppError, newId, systemActor, type Actor, type Tx } from '@intellidocs/kernel'
import { factsOf, isUnread } from '../driver/work.ts'
import { findVersion, foldersAbove, runsSince, triggeredFlows, type PublishedFlow } from '../runs.repository.ts'
import { begins, triggersOf, waitsForReading, type Happened } from '../triggers.policy.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'
import { startRunOf } from './start-run.ts'

export type Occasion = { readonly orgId: OrgId; readonly documentId: DocumentId; readonly actorId: UserId; readonly eventId: bigint; readonly happened: Happened }

/**
 * A flow begins by itself on a document at most this often in an hour: flows that set each other off by what they do to a document come to rest, and somebody looks.
 */
const MOST_IN_AN_HOUR = 10
const HOUR_MS = 3_600_000

type Found = { readonly begin: readonly PublishedFlow[]; readonly requesterId: UserId; readonly mustWait: boolean }

/**
 * Starts what begins by an event, once however often it is delivered. Whoever made the version that was read, or did what happened, is who asks.
 * @throws AppError run.document: the document is being read, and only then can be told whether another flow begins by this; to be delivered again
 */
export async function beginByTrigger(deps: WorkflowsDeps, occasion: Occasion): Promise<void> {
  const actor = systemActor(occasion.orgId, newId())
  const found = await deps.runInTx(actor, (tx) => find(deps, tx, { ...occasion, actor }), { readOnly: true })
  if (found === null) return
  for (const flow of found.begin) await begin(deps, occasion, { flow, requesterId: found.requesterId, cause: causeOf(flow.spec.trigger, occasion) })
  if (found.mustWait) throw new AppError('run.document')
}

async function find(deps: WorkflowsDeps, tx: Tx, { orgId, documentId, actorId, happened, actor }: Occasion & { readonly actor: Actor }): Promise<Found | null> {
  const flows = await triggeredFlows(tx, orgId, triggersOf(happened))
  const document = flows.length === 0 ? null : await deps.documents.facts.inTx(tx, actor, { id: documentId })
  if (document?.lifecycle !== 'active') return null
  const version = happened.kind === 'ready' ? await findVersion(tx, orgId, happened.versionId) : null
  const current = happened.kind === 'ready' && happened.versionId === document.versionId
  // Being read once more: that is told again.
  if (current && isUnread(document)) return null
  const place = { facts: factsOf(document), path: await foldersAbove(tx, { orgId, documentId }), current, first: version?.first === true }
  const later = isUnread(document) ? flows.filter(({ spec }) => waitsForReading(spec.trigger, happened, place)) : []
  const fitting = flows.filter((flow) => !later.includes(flow) && begins(flow.spec.trigger, happened, place))
  return { begin: await notTooOften(deps, tx, { orgId, documentId, fitting }), requesterId: version?.by ?? actorId, mustWait: later.length > 0 }
}

async function notTooOften({ clock }: WorkflowsDeps, tx: Tx, { fitting, ...of }: { orgId: OrgId; documentId: DocumentId; fitting: readonly PublishedFlow[] }): Promise<PublishedFlow[]> {
  const since = new Date(clock.now().getTime() - HOUR_MS)
  const left: PublishedFlow[] = []
  for (const flow of fitting) if (await runsSince(tx, { ...of, flowId: flow.flowId }, since) < MOST_IN_AN_HOUR) left.push(flow)
  return left
}

/** A version that is read again begins nothing again, and a document is uploaded once. */
function causeOf({ on }: FlowTrigger, { documentId, eventId, happened }: Occasion): string {
  if (happened.kind === 'ready') return on === 'uploaded' ? `uploaded:${documentId}` : `${on}:${happened.versionId}`
  return `${on}:${eventId}`
}

async function begin(deps: WorkflowsDeps, { orgId, documentId }: Occasion, { flow, requesterId, cause }: { flow: PublishedFlow; requesterId: UserId; cause: string }): Promise<void> {
  try {
    await startRunOf(deps, systemActor(orgId, newId()), { flowId: flow.flowId, documentId, cause, requesterId })
  } catch (error) {
    // Archived, trashed or purged since.
    if (!(error instanceof AppError) || !['flow.not_found', 'flow.state', 'document.not_found', 'run.document'].includes(error.code)) throw error
  }
}
