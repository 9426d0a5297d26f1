import type { Actor, AttemptGuard, Clock, Log, MailQueue, MemberActor, Outbox, RunAsIdentity, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import type { DocumentsModule, PagePictures } from '../documents/index.ts'
import type { Passwords } from '../users/index.ts'
import type { CodesRepository } from './codes.repository.ts'
import type { LinksRepository } from './links.repository.ts'
import type { RulesRepository } from './rules.repository.ts'
import type { VisitsRepository } from './visits.repository.ts'

export type SharingDeps = {
  readonly runInTx: RunInTx
  readonly runAsIdentity: RunAsIdentity
  readonly runAsSystem: RunAsSystem
  readonly outbox: Outbox
  readonly clock: Clock
  readonly log: Log
  readonly mail: MailQueue
  readonly attempts: AttemptGuard
  readonly memberActor: MemberActor
  readonly passwords: Passwords
  readonly documents: Pick<DocumentsModule, 'shared' | 'list'>
  readonly pictures: PagePictures
  /** The address that links begin with, without a slash at its end. */
  readonly filesUrl: string
  /** 32 bytes; keys the hashes of codes. */
  readonly secretKey: Buffer
  readonly links: LinksRepository
  readonly visits: VisitsRepository
  readonly codes: CodesRepository
  readonly rules: RulesRepository
}

/** How the use cases of members are called. */
export type UseCase<Input, Output> = (deps: SharingDeps, actor: Actor, input: Input) => Promise<Output>
