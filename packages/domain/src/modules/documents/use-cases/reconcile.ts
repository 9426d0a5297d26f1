import type { RunRef } from '@intellidocs/contracts'
import { newId, systemActor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { endProcessing } from '../processing.service.ts'
import { findSubject, findVersionStates, listOpenVersions, lockDocument, restart, type OpenVersion } from '../processing.repository.ts'
import type { ProcessingGateway, ProcessingRef } from '../processing.types.ts'

/** `unanswered`: looks that threw, each logged; the next time comes to them again. `cancelled`: runs that had no row to work for. */
export type Reconciled = { looked: number; started: number; restarted: number; failed: number; cancelled: number; unanswered: number }
export type ReconcileOptions = { readonly olderThanMs: number; readonly signal: AbortSignal }

const BATCH = 500
/** Questions to Temporal at once: ten thousand stuck versions take about a minute, and its other callers notice little. */
const AT_ONCE = 8
/** So many looks in a row that throw are Temporal or the database being away, and not versions with something about them. */
const GIVE_UP_AFTER = 50

/**
 * Makes rows and runs fit together again, oldest first, all of them however many: after the loss of Temporal's whole state this alone brings the
 * work back. A version that has waited or been in work for longer than `olderThanMs` without a run that could end it is started (it never ran),
 * begun anew (its run ended without settling it) or given up (its run failed). A run that is open although its version is gone, over or at
 * another attempt is cancelled. Open runs of open versions are left alone, however old. Safe to run twice at once: each write is guarded by
 * the attempt, and starting twice gives one run. Throws when Temporal or the database answers nothing any more; what was done stays done.
 */
export async function reconcile(deps: DocumentsDeps, gateway: ProcessingGateway, options: ReconcileOptions): Promise<Reconciled> {
  const result: Reconciled = { looked: 0, started: 0, restarted: 0, failed: 0, cancelled: 0, unanswered: 0 }
  const olderThan = new Date(deps.clock.now().getTime() - options.olderThanMs)
  const attend = createAttention(deps, result, options.signal)
  for (let after: OpenVersion | null = null; ;) {
    const open: OpenVersion[] = await deps.runAsSystem((tx) => listOpenVersions(tx, { olderThan, after, limit: BATCH }))
    result.looked += open.length
    await attend(open, async (version) => {
      const did = await mend(deps, gateway, refOf(version))
      if (did !== null) result[did]++
    })
    after = open.at(-1) ?? null
    if (open.length < BATCH) break
  }
  for await (const runs of gateway.openRuns(olderThan)) {
    await attend(await withoutWork(deps, runs, olderThan), async (run) => {
      await gateway.cancel(run)
      result.cancelled++
    })
  }
  return result
}

/** Works through items, a few at once. An item that throws is logged and passed over, unless nothing else happens any more. */
function createAttention(deps: DocumentsDeps, result: Reconciled, signal: AbortSignal) {
  let inARow = 0
  return async <T extends RunRef>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> => {
    let next = 0
    const lane = async (): Promise<void> => {
      for (let item = items[next++]; item !== undefined; item = items[next++]) {
        signal.throwIfAborted()
        try {
          await work(item)
          inARow = 0
        } catch (error) {
          result.unanswered++
          if (++inARow >= GIVE_UP_AFTER) throw new Error(`${inARow} looks in a row went unanswered`, { cause: error })
          deps.log.warn({ err: error, versionId: item.versionId, attempt: item.attempt }, 'a version could not be looked at; it comes again')
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
  }
}

const refOf = ({ orgId, documentId, versionId, attempt }: OpenVersion): ProcessingRef => ({ orgId, documentId, versionId, attempt })

async function mend(deps: DocumentsDeps, gateway: ProcessingGateway, ref: ProcessingRef): Promise<'started' | 'restarted' | 'failed' | null> {
  const status = await gateway.status(ref)
  if (status === 'open') return null
  if (status === 'failed') return await endProcessing(deps, ref, { state: 'failed', reason: 'internal', mime: null }) ? 'failed' : null
  if (status === 'closed') return await beginAnew(deps, ref) ? 'restarted' : null
  const subject = await deps.runInTx(systemActor(ref.orgId, newId()), (tx) => findSubject(tx, ref), { readOnly: true })
  if (subject === null || subject.attempt !== ref.attempt) return null
  await gateway.start(ref, { name: subject.name, versionNumber: subject.number, size: subject.size, scan: subject.scan })
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

/** Those runs whose version does not wait for them. One that ended a moment ago has a run that is about to end by itself. */
async function withoutWork(deps: DocumentsDeps, runs: readonly RunRef[], olderThan: Date): Promise<RunRef[]> {
  const states = await deps.runAsSystem((tx) => findVersionStates(tx, runs.map((run) => run.versionId)))
  const byVersion = new Map(states.map((state) => [state.versionId, state]))
  return runs.filter((run) => {
    const version = byVersion.get(run.versionId)
    if (version?.attempt !== run.attempt) return true
    return !version.open && version.changedAt < olderThan
  })
}
