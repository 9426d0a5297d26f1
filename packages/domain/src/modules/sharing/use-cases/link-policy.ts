import type { SharePolicy } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import type { SharingDeps } from '../sharing.deps.ts'

type Changes = { readonly [K in keyof SharePolicy]?: SharePolicy[K] | undefined }

export const getLinkPolicy = (deps: SharingDeps, actor: Actor): Promise<SharePolicy> =>
  deps.runInTx(actor, (tx) => deps.rules.get(tx, actor.orgId), { readOnly: true })

/** Holds at once, for links that are there as well. */
export function setLinkPolicy(deps: SharingDeps, actor: Actor, said: Changes): Promise<SharePolicy> {
  return deps.runInTx(actor, async (tx) => {
    await deps.rules.lock(tx, actor.orgId)
    const before = await deps.rules.get(tx, actor.orgId)
    const { links = before.links, maxDays = before.maxDays, passwordRequired = before.passwordRequired, wholeAddresses = before.wholeAddresses, presets = before.presets } = said
    const policy: SharePolicy = { links, maxDays, passwordRequired, wholeAddresses, presets }
    if (JSON.stringify(policy) === JSON.stringify(before)) return before
    await deps.rules.set(tx, actor.orgId, policy)
    await deps.outbox.append(tx, actor, { type: 'sharing.policy-set.v1', payload: {}, audit: { subjectType: 'org', subjectId: actor.orgId, data: { before, after: policy } } })
    return policy
  })
}
