import { newId, noSource, type Actor, type MemberActor, type RunAsIdentity } from '@intellidocs/kernel'
import type { ActingRepository } from './acting.repository.ts'
import { createActor } from './users.policy.ts'

export type Acting = {
  actorOf: MemberActor
  /** Whether the actor came by a session that was opened with a second factor; never by a key. */
  hasSecondFactor(actor: Pick<Actor, 'userId' | 'source'>): Promise<boolean>
}

export function createActing({ runAsIdentity, repository }: { runAsIdentity: RunAsIdentity; repository: ActingRepository }): Acting {
  return {
    async actorOf({ orgId, userId, requestId = newId() }) {
      const holding = await runAsIdentity((tx) => repository.holding(tx, { orgId, userId }))
      return holding === null ? null : createActor({ kind: 'user', userId, orgId, holding, scopes: null, requestId, source: noSource })
    },
    async hasSecondFactor({ userId, source: { sessionId } }) {
      return sessionId !== null && await runAsIdentity((tx) => repository.secondFactor(tx, { sessionId, userId }))
    },
  }
}
