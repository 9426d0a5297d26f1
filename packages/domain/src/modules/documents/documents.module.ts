import type { DocumentId, OrgId } from '@intellidocs/contracts'
import type { Actor, Forgetting, Forgotten, Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from './documents.deps.ts'
import { createDocumentsRouter } from './documents.router.ts'
import { createDocumentsService } from './documents.service.ts'
import { createDocumentsSubscribers } from './documents.subscribers.ts'
import { enterFolder } from './load-folder.ts'
import { countOpenVersions, type OpenCount } from './processing.repository.ts'
import { sealedPasswords } from './sealed-passwords.ts'
import type { ProcessingGateway } from './processing.types.ts'
import { administerProcessing } from './use-cases/administer-processing.ts'
import { acceptTogether, type Together } from './use-cases/accept-document.ts'
import { checkBlobs, type CheckedBlobs } from './use-cases/check-blobs.ts'
import { discardDocument } from './use-cases/change-document.ts'
import { documentFacts, readFacts, type FactsOfDocument } from './use-cases/document-facts.ts'
import { forgetSender } from './use-cases/forget-sender.ts'
import { levelOf } from './use-cases/level-of.ts'
import { namedFields, namedFolders } from './use-cases/named-facts.ts'
import { reconcile, type Reconciled, type ReconcileOptions } from './use-cases/reconcile.ts'
import { goOnReprocessing } from './use-cases/reprocess-selection.ts'
import { sweepBlobs } from './use-cases/remove-blobs.ts'
import { sharedDocument, sharedFolders, sharedFoldersIn, sharedText } from './use-cases/shared-facts.ts'

export function createDocumentsModule(deps: DocumentsDeps) {
  const service = createDocumentsService(deps)
  return {
    name: 'documents',
    routers: { documents: createDocumentsRouter(service) },
    subscribers: createDocumentsSubscribers(deps),
    /** What the activities of the worker are built on. */
    deps,
    ...service,
    /** What conditions of flows ask of a document. See `use-cases/document-facts.ts`. */
    facts: {
      inTx: documentFacts,
      of: (actor: Actor, id: DocumentId): Promise<FactsOfDocument | null> => readFacts(deps, actor, id),
      /** What definitions of flows name. See `use-cases/named-facts.ts`. */
      folders: namedFolders, fields: namedFields,
    },
    level: levelOf,
    /** For what deletes documents whose time is over. See `use-cases/change-document.ts`. */
    discard: (tx: Tx, actor: Actor, id: DocumentId): Promise<void> => discardDocument(deps, tx, { actor, id }),
    /** What links lead to. See `use-cases/shared-facts.ts`. */
    shared: { document: sharedDocument, folders: sharedFolders, foldersIn: sharedFoldersIn, text: sharedText },
    /** For somebody who is erased. See `use-cases/forget-sender.ts`. */
    forgetSender: (tx: Tx, actor: Actor, of: Forgetting): Promise<Forgotten> => forgetSender(deps, tx, { ...of, actor }),
    /** For modules that take bytes in somebody's name. See `use-cases/accept-document.ts`. */
    acceptTogether: <T>(actor: Actor, together: Together<T>): Promise<T> => acceptTogether(deps, actor, together),
    /** For a caller's own transaction: throws unless the actor may put documents into the folder. See `load-folder.ts`. */
    enterFolder,
    /** The same unless the plan of the organization lets anything be added. @throws AppError plan.read_only */
    mayAdd: (tx: Tx, actor: Actor): Promise<void> => deps.quota.mayAdd(tx, actor),
    /** For the worker: mends versions that no run is working on, and ends runs that work for no version. See `use-cases/reconcile.ts`. */
    reconcile: (gateway: ProcessingGateway, options: ReconcileOptions): Promise<Reconciled> => reconcile(deps, gateway, options),
    /** For the worker. See `use-cases/reprocess-selection.ts`. */
    goOnReprocessing: (signal: AbortSignal): Promise<number> => goOnReprocessing(deps, signal),
    /** For the administrators of the installation. */
    administration: administerProcessing(deps),
    /** For a change of the secret key. */
    sealed: sealedPasswords(deps),
    /** For the worker. See `use-cases/check-blobs.ts`. */
    checkBlobs: (orgId: OrgId, options: Parameters<typeof checkBlobs>[2]): Promise<CheckedBlobs> => checkBlobs(deps, orgId, options),
    /** Versions waiting or in work, of all organizations. */
    openVersions: (): Promise<OpenCount[]> => deps.runAsSystem(countOpenVersions),
    /** For the worker: removes bytes that no row names. See `use-cases/remove-blobs.ts`. */
    sweepBlobs: (signal: AbortSignal): Promise<number> => sweepBlobs(deps, signal),
  } as const
}

export type DocumentsModule = ReturnType<typeof createDocumentsModule>
