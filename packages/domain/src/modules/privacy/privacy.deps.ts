import type { OrgId, UserId } from '@intellidocs/contracts'
import type { Actor, Clock, ForgetAddress, Outbox, RunInTx, Tx } from '@intellidocs/kernel'
import type { PersonalRepository } from './personal.repository.ts'
import type { ErasedRepository } from './erased.repository.ts'

/** Somebody as others know them. */
export type Named = { readonly id: UserId; readonly name: string; readonly email: string }
/** The same where only a pseudonym is left. */
export type MaybeNamed = { readonly id: UserId; readonly name: string | null; readonly email: string | null }

export type NamesDeps = {
  readonly runInTx: RunInTx
  /** Of any account that did not end, whatever organization it belongs to. */
  readonly called: (userIds: readonly UserId[]) => Promise<readonly Named[]>
}

export type PrivacyDeps = NamesDeps & {
  readonly outbox: Outbox
  readonly clock: Clock
  /** 32 bytes. */
  readonly secretKey: Buffer
  readonly personal: PersonalRepository
  readonly erased: ErasedRepository
  /** See the module `orgs`. */
  readonly endMembership: (actor: Actor, input: { userId: UserId }) => Promise<unknown>
  readonly forgetInvitation: (tx: Tx, actor: Actor, email: string) => Promise<void>
  /** Of every module that keeps something of people from outside, by their address. */
  readonly forgetAddress: readonly ForgetAddress[]
  /** Answers how many stay, because a legal hold is on their document. See the module `workflows`. */
  readonly takeBackCertificates: (tx: Tx, orgId: OrgId, userId: UserId) => Promise<number>
}
