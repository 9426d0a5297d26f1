import { groupPrincipal, newId, subscriber, systemActor, type Subscriber, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from './documents.deps.ts'
import { isGroup } from './grants.repository.ts'
import { findSubject, findVersionStates } from './processing.repository.ts'
import type { ProcessingGateway } from './processing.types.ts'
import { forgetPrincipal } from './use-cases/forget-principal.ts'
import { handOver } from './use-cases/hand-over.ts'
import { removeUnnamedBlobs } from './use-cases/remove-blobs.ts'
import { createStartPace } from './use-cases/start-pace.ts'

/** Every process lists these, so that deliveries are written for them; only the worker, which has a gateway, is handed any. */
export function createDocumentsSubscribers(deps: DocumentsDeps): Subscriber[] {
  return [startProcessing(deps), stopProcessing(deps), removeBlobs(deps), rewriteReaders(deps), forgetPrincipals(deps), handOverDocuments(deps)]
}

function gatewayOf(deps: DocumentsDeps): ProcessingGateway {
  if (deps.processing === undefined) throw new Error('this process has no way to Temporal and must not run subscribers')
  return deps.processing
}

/** A second delivery finds the run started, or the version moved on, and both are fine. */
function startProcessing(deps: DocumentsDeps): Subscriber {
  const pace = createStartPace({
    most: deps.processing?.runsAtOnce ?? 0, now: () => deps.clock.now().getTime(), states: (ids) => deps.runAsSystem((tx) => findVersionStates(tx, ids)),
  })
  return subscriber({
    name: 'documents.start-processing',
    events: ['documents.uploaded.v1', 'documents.reprocess-requested.v1'],
    room: () => pace.room(),
    handle: async ({ orgId, payload }) => {
      const ref = { orgId, documentId: payload.documentId, versionId: payload.versionId, attempt: payload.attempt }
      pace.begin(ref)
      try {
        const subject = await deps.runInTx(systemActor(orgId, newId()), (tx) => findSubject(tx, ref), { readOnly: true })
        // Purged, cancelled, or asked for again since: a run would only find itself fenced off.
        if (subject === null || subject.attempt !== ref.attempt || !['queued', 'processing'].includes(subject.state)) return
        await gatewayOf(deps).start(ref, { name: subject.name, versionNumber: subject.number, size: subject.size, scan: subject.scan })
      } catch (error) {
        pace.forget(ref)
        throw error
      }
    },
  })
}

/** Rows are fenced before this is delivered; stopping the runs only saves the work. An attempt before a new one is stopped too. */
const stopProcessing = (deps: DocumentsDeps): Subscriber => subscriber({
  name: 'documents.stop-processing',
  events: ['documents.cancelled.v1', 'documents.purged.v1', 'documents.reprocess-requested.v1'],
  handle: async (event) => {
    const runs = event.type === 'documents.purged.v1' ? event.payload.runs
      : event.type === 'documents.cancelled.v1' ? [event.payload]
        : [{ versionId: event.payload.versionId, attempt: event.payload.attempt - 1 }]
    for (const run of runs) await gatewayOf(deps).cancel({ versionId: run.versionId, attempt: run.attempt })
  },
})

const removeBlobs = (deps: DocumentsDeps): Subscriber => subscriber({
  name: 'documents.remove-blobs',
  events: ['documents.purged.v1'],
  // What the grace spares now is found by the sweep later.
  handle: async ({ orgId, payload }) => { await removeUnnamedBlobs(deps, orgId, payload.blobs) },
})

/** What a change of the tree shows appears as this run works through the documents; what it hides is hidden already. */
const rewriteReaders = (deps: DocumentsDeps): Subscriber => subscriber({
  name: 'documents.rewrite-readers',
  events: ['documents.folder-changed.v1', 'documents.folder-visibility-set.v1'],
  handle: async ({ id, orgId, type, payload }) => {
    if (type === 'documents.folder-changed.v1' && !payload.changed.includes('parentId')) return
    if (deps.folderReaders === undefined) throw new Error('this process has no way to Temporal and must not run subscribers')
    await deps.folderReaders.rewrite({ orgId, folderId: payload.folderId, eventId: id.toString() })
  },
})

/**
 * Who is no member, and a group that is no more, see nothing from then on; what they were granted must not come back with them. What a removed member
 * owned stays with the organization, its first owner's: nobody else may have been able to read it.
 */
const forgetPrincipals = (deps: DocumentsDeps): Subscriber => subscriber({
  name: 'documents.forget-principals',
  events: ['orgs.member-removed.v1', 'orgs.group-deleted.v1'],
  handle: async ({ orgId, type, payload }, signal) => {
    if (type === 'orgs.member-removed.v1') return handOver(deps, { orgId, userId: payload.userId }, signal)
    const ended = async (tx: Tx): Promise<boolean> => !await isGroup(tx, orgId, payload.groupId)
    await forgetPrincipal(deps, systemActor(orgId, newId()), { principal: groupPrincipal(payload.groupId), ended, signal })
  },
})

const handOverDocuments = (deps: DocumentsDeps): Subscriber => subscriber({
  name: 'documents.hand-over',
  events: ['users.deleted.v1'],
  handle: async ({ payload: { userId, orgs } }, signal) => {
    for (const orgId of orgs) await handOver(deps, { orgId, userId }, signal)
  },
})
