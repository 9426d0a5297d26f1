import type { OrgId, UserId } from '@intellidocs/contracts'
import { noSource, type Actor, type RunAsIdentity } from '@intellidocs/kernel'
import type { ActingRepository } from './acting.repository.ts'
import { createActor } from './users.policy.ts'

export type Acting = {
  /** Somebody in whose name the worker acts, with what they may do now; null where they are no active member any more. */
  actorOf(of: { readonly orgId: OrgId; readonly userId: UserId; readonly requestId: string }): Promise<Actor | null>
  /** Whether the actor came by a session that was opened with a second factor; never by a key. */
  hasSecondFactor(actor: Pick<Actor, 'userId' | 'source'>): Promise<boolean>
}

export function createActing({ runAsIdentity, repository }: { runAsIdentity: RunAsIdentity; repository: ActingRepository }): Acting {
  return {
    async actorOf({ orgId, userId, requestId }) {
      const holding = await runAsIdentity((tx) => repository.holding(tx, { orgId, userId }))
      return holding === null ? null : createActor({ kind: 'user', userId, orgId, holding, scopes: null, requestId, source: noSource })
    },
    async hasSecondFactor({ userId, source: { sessionId } }) {
      return sessionId !== null && await runAsIdentity((tx) => repository.secondFactor(tx, { sessionId, userId }))
    },
  }
}
