import { userPrincipal, type Actor, type Forgetting, type Forgotten, type Tx } from '@intellidocs/kernel'
import type { SharingDeps } from '../sharing.deps.ts'
import { subjectOf } from '../show-share.ts'

/**
 * Takes an address out of links, their codes and visits, in the caller's unit. Visits are over and keep the pseudonym. A link that was for this address alone is revoked:
 * without an address it would open to whoever has it.
 */
export async function forgetVisitor(deps: SharingDeps, tx: Tx, { actor, email, pseudonym }: Forgetting & { readonly actor: Actor }): Promise<Forgotten> {
  const now = deps.clock.now()
  const { orgId } = actor
  const links = await deps.links.forget(tx, orgId, { email, now })
  for (const link of links) {
    const of = { payload: { shareId: link.id, ...subjectOf(link) }, audience: [userPrincipal(link.createdBy)] }
    const audit = { subjectType: 'share', subjectId: link.id, data: { forgotten: pseudonym } }
    if (link.becameRevoked) await deps.outbox.append(tx, actor, { type: 'sharing.revoked.v1', ...of, audit })
    else await deps.outbox.append(tx, actor, { type: 'sharing.updated.v1', ...of, payload: { ...of.payload, changed: ['emails'] }, audit })
  }
  const [codes, visits] = [await deps.codes.forget(tx, orgId, email), await deps.visits.forget(tx, orgId, { email, pseudonym, now })]
  return { changed: links.length + codes + visits, held: 0 }
}
