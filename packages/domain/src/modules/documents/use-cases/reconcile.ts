import { newId, systemActor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { endProcessing } from '../processing.service.ts'
import { findSubject, listOpenVersions, lockDocument, restart, type OpenVersion } from '../processing.repository.ts'
import type { ProcessingGateway, ProcessingRef } from '../processing.types.ts'

export type Reconciled = { looked: number; started: number; restarted: number; failed: number }

const BATCH = 500

/**
 * Finds versions that have been waiting or in work for longer than `olderThanMs` and have no run that could end them: their event was parked, or
 * Temporal lost its state, or the run was terminated. Starts what never ran, begins anew what ended without settling, and gives up on what failed.
 * Runs that are open are left alone, however old. Safe to run twice at once: each write is guarded by the attempt.
 */
export async function reconcile(deps: DocumentsDeps, gateway: ProcessingGateway, olderThanMs: number): Promise<Reconciled> {
  const olderThan = new Date(deps.clock.now().getTime() - olderThanMs)
  const open = await deps.runAsSystem((tx) => listOpenVersions(tx, olderThan, BATCH))
  const result: Reconciled = { looked: open.length, started: 0, restarted: 0, failed: 0 }
  for (const version of open) {
    const did = await mend(deps, gateway, refOf(version))
    if (did !== null) result[did]++
  }
  return result
}

const refOf = (version: OpenVersion): ProcessingRef => (
  { orgId: version.orgId, documentId: version.documentId, versionId: version.id, attempt: version.attempt }
)

async function mend(deps: DocumentsDeps, gateway: ProcessingGateway, ref: ProcessingRef): Promise<'started' | 'restarted' | 'failed' | null> {
  const status = await gateway.status(ref)
  if (status === 'open') return null
  if (status === 'failed') return await endProcessing(deps, ref, { state: 'failed', reason: 'internal', mime: null }) ? 'failed' : null
  if (status === 'closed') return await beginAnew(deps, ref) ? 'restarted' : null
  const subject = await deps.runInTx(systemActor(ref.orgId, newId()), (tx) => findSubject(tx, ref), { readOnly: true })
  if (subject === null || subject.attempt !== ref.attempt) return null
  await gateway.start(ref, { name: subject.name, versionNumber: subject.number, size: subject.size })
  return 'started'
}

/** An id that was used is never used again, so the next try is the next attempt. */
function beginAnew(deps: DocumentsDeps, ref: ProcessingRef): Promise<boolean> {
  const actor = systemActor(ref.orgId, newId())
  return deps.runInTx(actor, async (tx) => {
    if (!await lockDocument(tx, ref.orgId, ref.documentId)) return false
    const attempt = await restart(tx, ref, deps.clock.now())
    if (attempt === null) return false
    await deps.outbox.append(tx, actor, {
      type: 'documents.reprocess-requested.v1', documentId: ref.documentId, payload: {
        documentId: ref.documentId, versionId: ref.versionId, attempt,
      },
      audit: { subjectType: 'document', subjectId: ref.documentId, data: { versionId: ref.versionId, attempt, why: 'reconcile' } },
    })
    return true
  })
}
