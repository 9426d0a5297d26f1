import { notificationsContract, type OrgId, type UserId } from '@intellidocs/contracts'
import { userPrincipal, type Actor, type Tx } from '@intellidocs/kernel'
import { channelsOf, preferencesOf } from './kinds.policy.ts'
import type { TellingDeps } from './notifications.deps.ts'
import type { ChannelChange } from './preferences.repository.ts'

type Preferences = notificationsContract.Preferences
type Kind = notificationsContract.Kind
type Deps = Pick<TellingDeps, 'runInTx' | 'preferences' | 'outbox'>

/** What the caller wants to be told, and how, in their organization. */
export type PreferencesService = {
  get(actor: Actor): Promise<Preferences>
  /** Answers all of them as they are then. Holds for what happens from then on, and for mail that has not left. */
  set(actor: Actor, changes: notificationsContract.PreferenceChanges): Promise<Preferences>
}

async function read({ preferences }: Pick<Deps, 'preferences'>, tx: Tx, whose: { orgId: OrgId; userId: UserId }): Promise<Preferences> {
  return preferencesOf(await preferences.chosen(tx, whose), await preferences.rhythm(tx, whose))
}

export type Change = { readonly digest?: notificationsContract.Rhythm | undefined; readonly kinds: readonly (readonly [Kind, ChannelChange])[] }

/** In the caller's unit, with its event and its audit row, which says what was asked for. */
export async function change({ preferences, outbox }: Omit<Deps, 'runInTx'>, tx: Tx, { actor, to }: { actor: Actor; to: Change }): Promise<void> {
  const chosen = await preferences.chosen(tx, actor)
  for (const [kind, channels] of to.kinds) await preferences.put(tx, actor, { kind, to: channels, otherwise: channelsOf(chosen, kind) })
  if (to.digest !== undefined) await preferences.putRhythm(tx, actor, to.digest)
  await outbox.append(tx, actor, {
    type: 'notifications.preferences-set.v1', payload: {}, audience: [userPrincipal(actor.userId)],
    audit: {
      subjectType: 'user', subjectId: actor.userId,
      data: { ...(to.digest === undefined ? {} : { digest: to.digest }), ...(to.kinds.length === 0 ? {} : { kinds: Object.fromEntries(to.kinds) }) },
    },
  })
}

export function createPreferencesService(deps: Deps): PreferencesService {
  return {
    get: (actor) => deps.runInTx(actor, (tx) => read(deps, tx, actor), { readOnly: true }),
    set: (actor, { digest, kinds = {} }) => deps.runInTx(actor, async (tx) => {
      const named = notificationsContract.kinds.flatMap((kind) => (kinds[kind] === undefined ? [] : [[kind, kinds[kind]] as const]))
      await change(deps, tx, { actor, to: { digest, kinds: named } })
      return read(deps, tx, actor)
    }),
  }
}
