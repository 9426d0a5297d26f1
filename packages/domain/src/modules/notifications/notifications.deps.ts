import type { AttemptGuard, Clock, NoticeQueue, Outbox, RunAsIdentity, RunAsSystem, RunInTx } from '@intellidocs/kernel'
import type { DigestsRepository } from './digests.repository.ts'
import type { InboxRepository } from './inbox.repository.ts'
import type { PeopleRepository } from './people.repository.ts'
import type { PreferencesRepository } from './preferences.repository.ts'
import type { SubjectsRepository } from './subjects.repository.ts'

/** What telling people and showing them what they were told is built on. */
export type TellingDeps = {
  readonly runInTx: RunInTx
  readonly runAsIdentity: RunAsIdentity
  readonly runAsSystem: RunAsSystem
  readonly outbox: Outbox
  readonly clock: Clock
  readonly notices: NoticeQueue
  readonly guard: AttemptGuard
  /** The present one first; 32 bytes each. */
  readonly secretKeys: readonly [Buffer, ...Buffer[]]
  readonly subjects: SubjectsRepository
  readonly people: PeopleRepository
  readonly inbox: InboxRepository
  readonly preferences: PreferencesRepository
  readonly digests: DigestsRepository
}
