import type { Modules } from '@intellidocs/domain'
import type { ProcessingGateway } from '@intellidocs/domain/documents/temporal'
import type { Idempotency, UnitOfWork } from '@intellidocs/kernel'
import type { Chore } from './periodic.ts'

const MINUTE = 60_000

/** A version older than this without a run is looked at; the relay needs seconds, and looking at one too early does no harm. */
const LEFT_ALONE_MS = 2 * MINUTE

export type ChoreDeps = Pick<Modules, 'documents' | 'search'> & {
  readonly idempotency: Idempotency
  readonly unitOfWork: UnitOfWork
  readonly processing: ProcessingGateway
}

/** What somebody must do now and again; each is safe in several workers at once. */
export const chores = ({ documents, search, idempotency, unitOfWork, processing }: ChoreDeps): Chore[] => [
  { name: 'reconcile', everyMs: 5 * MINUTE, run: () => documents.reconcile(processing, LEFT_ALONE_MS) },
  { name: 'sweep-blobs', everyMs: 30 * MINUTE, run: (signal) => documents.sweepBlobs(signal) },
  { name: 'fold-words', everyMs: 15_000, run: () => search.fold() },
  { name: 'expire-idempotency-keys', everyMs: 60 * MINUTE, run: () => unitOfWork.runAsSystem((tx) => idempotency.expire(tx)) },
]
