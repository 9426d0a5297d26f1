import { newId, systemActor, type NewEvent, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { lockDocument } from '../processing.repository.ts'
import type { ProcessingRef } from '../processing.types.ts'
import { cancelOpen, requeueAttempt } from '../versions.repository.ts'

/** What administrators of the installation do to the reading of a version, without seeing it. False: it is at another attempt, over, or gone. */
export type ProcessingAdministration = { retry(ref: ProcessingRef): Promise<boolean>; cancel(ref: ProcessingRef): Promise<boolean> }

const of = ({ documentId, versionId }: ProcessingRef) => ({ documentId, versionId })

/** As the product, with the document held: its row before its version's. */
function change(deps: DocumentsDeps, ref: ProcessingRef, work: (tx: Tx) => Promise<NewEvent | null>): Promise<boolean> {
  const actor = systemActor(ref.orgId, newId())
  return deps.runInTx(actor, async (tx) => {
    const event = await lockDocument(tx, ref.orgId, ref.documentId) ? await work(tx) : null
    if (event !== null) await deps.outbox.append(tx, actor, event)
    return event !== null
  })
}

export const administerProcessing = (deps: DocumentsDeps): ProcessingAdministration => ({
  retry: (ref) => change(deps, ref, async (tx) => {
    const attempt = await requeueAttempt(tx, ref, { at: deps.clock.now(), scanning: deps.scanning === true })
    return attempt === null ? null : {
      type: 'documents.reprocess-requested.v1', documentId: ref.documentId, payload: { ...of(ref), attempt },
      audit: { subjectType: 'document', subjectId: ref.documentId, data: { versionId: ref.versionId, attempt, why: 'administrator' } },
    }
  }),
  cancel: (ref) => change(deps, ref, async (tx) => {
    const attempt = await cancelOpen(tx, { orgId: ref.orgId, versionId: ref.versionId, at: deps.clock.now() })
    return attempt === null ? null : {
      type: 'documents.cancelled.v1', documentId: ref.documentId, payload: { ...of(ref), attempt, state: 'cancelled' },
      audit: { subjectType: 'document', subjectId: ref.documentId, data: { versionId: ref.versionId, attempt, why: 'administrator' } },
    }
  }),
})
