import { notificationsContract, type Locale, type Permission } from '@intellidocs/contracts'
import { AppError, hashToken, noSource, type Actor } from '@intellidocs/kernel'
import { channelsOf, type Chosen } from './kinds.policy.ts'
import type { TellingDeps } from './notifications.deps.ts'
import { change } from './preferences.service.ts'
import { readUnsubscribeToken, type Leaving, type Scope } from './unsubscribe-token.ts'

type Deps = Pick<TellingDeps, 'runInTx' | 'preferences' | 'outbox' | 'clock' | 'guard' | 'secretKeys'>

/** The link of a mail, followed by somebody, or something, that is not signed in. */
export type UnsubscribeService = {
  /** The language to answer in; changes nothing, however often a scanner follows the link. @throws AppError auth.token_invalid */
  look(token: string): Locale
  /**
   * Ends mails of the token's kind to the token's person in the token's organization; again, or for who is no member any more, changes nothing and says the
   * same. @throws AppError auth.token_invalid, rate.limited
   */
  leave(token: string, from: { ip: string; requestId: string }): Promise<Locale>
}

const kindsOf = (scope: Scope, chosen: Chosen): notificationsContract.Kind[] => (scope === 'digest'
  ? notificationsContract.kinds.filter((kind) => kind !== 'security' && channelsOf(chosen, kind).mail === 'digest') : [scope])

/** The person, with no right but the one that the token is. */
const leaverOf = ({ orgId, userId }: Leaving, { ip, requestId }: { ip: string; requestId: string }): Actor => Object.freeze({
  kind: 'user', userId, orgId, role: 'guest', permissions: new Set<Permission>(), principals: [], requestId, source: { ...noSource, address: ip },
})

export function createUnsubscribeService(deps: Deps): UnsubscribeService {
  const read = (token: string): Leaving => {
    const leaving = readUnsubscribeToken(deps.secretKeys, token, deps.clock.now())
    if (leaving === null) throw new AppError('auth.token_invalid')
    return leaving
  }
  return {
    look: (token) => read(token).locale,
    async leave(token, from) {
      await deps.guard.attempt('unsubscribe', { ip: from.ip, account: hashToken(token) })
      const leaving = read(token)
      const actor = leaverOf(leaving, from)
      await deps.runInTx(actor, async (tx) => {
        const chosen = await deps.preferences.chosen(tx, actor)
        const kinds = kindsOf(leaving.scope, chosen).filter((kind) => channelsOf(chosen, kind).mail !== 'off')
        if (kinds.length === 0 || !await deps.preferences.isMember(tx, actor)) return
        await change(deps, tx, { actor, to: { kinds: kinds.map((kind) => [kind, { mail: 'off' }] as const) } })
      })
      return leaving.locale
    },
  }
}
