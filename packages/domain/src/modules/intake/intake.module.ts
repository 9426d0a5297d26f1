import type { Actor, AttemptGuard, Clock, Forgetting, Forgotten, Log, MailQueue, MemberActor, Outbox, RunAsIdentity, RunInTx, Subscriber, Tx } from '@intellidocs/kernel'
import type { Sender, SubmissionId } from '@intellidocs/contracts'
import type { BlobStore } from '@intellidocs/storage'
import type { DocumentsModule } from '../documents/index.ts'
import type { Passwords } from '../users/index.ts'
import type { IntakeDeps } from './intake.deps.ts'
import { createUploadRequestsRouter } from './intake.router.ts'
import { createIntakeService } from './intake.service.ts'
import type { Incoming, ReceivedFile, Visitor } from './intake.types.ts'
import { requestsRepository } from './requests.repository.ts'
import { beginUpload, limitsOfLink, lookAtLink, unlockLink } from './use-cases/open-link.ts'
import { receiveFile } from './use-cases/receive-file.ts'
import { sendReceipt } from './use-cases/send-receipt.ts'

export type IntakeModuleDeps = {
  readonly runInTx: RunInTx; readonly runAsIdentity: RunAsIdentity; readonly outbox: Outbox; readonly clock: Clock; readonly log: Log; readonly mail: MailQueue
  readonly blobs: BlobStore; readonly memberActor: MemberActor; readonly passwords: Passwords; readonly documents: Pick<DocumentsModule, 'acceptTogether' | 'enterFolder' | 'mayAdd'>
  readonly attemptGuard: AttemptGuard
  /** The origin of links; absent in processes that make none. */
  readonly filesUrl?: string
  /** 32 bytes. */
  readonly secretKey: Buffer
  readonly oldSecretKeys?: readonly Buffer[]
}

/** What somebody from outside does who has nothing but a link; each is documented in `use-cases/`. */
function createHandingIn(deps: IntakeDeps) {
  return {
    look: (visitor: Visitor) => lookAtLink(deps, visitor),
    unlock: (visitor: Visitor, password: string) => unlockLink(deps, visitor, password),
    limits: (visitor: Visitor) => limitsOfLink(deps, visitor),
    begin: (visitor: Visitor, file: { pass: string; submission: SubmissionId; name: string }) => beginUpload(deps, visitor, file),
    receive: (visitor: Visitor, incoming: Incoming) => receiveFile(deps, visitor, incoming),
    sendReceipt: (visitor: Visitor, of: { submission: SubmissionId; sender: Sender; files: readonly ReceivedFile[] }) => sendReceipt(deps, visitor, of),
  }
}

/** Links by which somebody from outside hands files into a folder. */
export function createIntakeModule({ attemptGuard, filesUrl = '', oldSecretKeys = [], ...given }: IntakeModuleDeps) {
  const deps: IntakeDeps = { ...given, filesUrl, attempts: attemptGuard, requests: requestsRepository, secretKeys: [given.secretKey, ...oldSecretKeys] }
  const requests = createIntakeService(deps)
  return {
    name: 'intake',
    routers: { 'documents.uploadRequests': createUploadRequestsRouter(requests) },
    subscribers: [] as Subscriber[],
    requests,
    handingIn: createHandingIn(deps),
    /** For somebody who is erased: what they sent, but not the documents that it became. */
    forget: async (tx: Tx, actor: Actor, of: Forgetting): Promise<Forgotten> => ({ changed: await requestsRepository.forgetSender(tx, actor.orgId, of), held: 0 }),
  } as const
}
