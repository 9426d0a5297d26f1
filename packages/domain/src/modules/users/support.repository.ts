import type { OrgId, Permission, UserId } from '@intellidocs/contracts'
import { orgPrincipal, userPrincipal, type Tx } from '@intellidocs/kernel'
import type { Holding } from './holdings.ts'
import type { OrgRef } from './session-store.ts'

/** Stands in the place of what a membership gives, in credentials; no role is called so. */
export const SUPPORT = 'support'
const NAMED = /^support:(.+)$/

/** The organization that an administrator of the installation names to look at it by consent; null where nobody does. */
export const supportNamed = (named: string | null): string | null => NAMED.exec(named ?? '')?.[1] ?? null

/** What a viewer reads, and nothing that changes anything, or leaves something that would outlast the consent. */
const READS: readonly Permission[] = ['documents:read', 'search:read', 'orgs:read', 'members:read', 'flows:read', 'usage:read']

export const supportHolding = (orgId: OrgId, userId: UserId): Holding =>
  ({ role: 'custom', permissions: READS, principals: [orgPrincipal(orgId), userPrincipal(userId)] })

/** Identity units. */
export type SupportPlaces = {
  /**
   * The organization, if the session is one of an administrator, by the second factor where the account has one, who opened a consent that stands.
   * `session` is the SHA-256 of its token.
   */
  find(tx: Tx, of: { session: string; userId: UserId }, org: OrgRef): Promise<OrgId | null>
}

export const supportPlaces: SupportPlaces = {
  async find(tx, { session, userId }, org) {
    const [id, slug] = 'id' in org ? [org.id, null] : [null, org.slug]
    const [row] = await tx.$queryRaw<{ id: string }[]>`
      select o.id::text
      from session s join user_account u on u.id = s.user_id and u.status = 'active' and u.platform_admin
      join support_visit v on v.user_id = u.id
      join support_access a on a.org_id = v.org_id and a.id = v.access_id and a.revoked_at is null and a.ends_at > now()
      join org o on o.id = a.org_id and o.status = 'active' and (o.id = ${id}::uuid or o.slug = ${slug}::text)
      where s.id = ${session} and s.user_id = ${userId}::uuid and s.expires_at > now()
        and (s.second_factor_at is not null or not exists (select from second_factor f where f.user_id = u.id and f.confirmed_at is not null))
      limit 1`
    return row === undefined ? null : row.id as OrgId
  },
}
