import { role, type OrgId, type UserId } from '@intellidocs/contracts'
import type { Statement } from '@intellidocs/db'
import type { Found } from '@intellidocs/kernel'
import { z } from 'zod'
import type { OrgRef } from './session-store.ts'

/*
 * Who is calling, as the first statement of a read (`Read`): runs as `app_identity`, and what it answers is the tenant of what follows. Only
 * what holds is found: sessions, keys, accounts, memberships and organizations that are ended or suspended give no row, or no organization.
 * `principals` must be those of `createActor`; arrivals.int.test.ts compares them for every role.
 */

const principals = (guest: string): string =>
  `case when ${guest} then 'user:' || u.id else 'org:' || m.org_id || ',user:' || u.id end as principals`

const sessionBy = (org: string): string => `
  select u.id as "userId", u.platform_admin as "platformAdmin", m.org_id as "orgId", m.role, ${principals(`m.role = 'guest'`)},
    s.expires_at < now() + $3::int * interval '1 second' as stale
  from session s
  join user_account u on u.id = s.user_id and u.status = 'active'
  left join org o on o.status = 'active' and ${org}
  left join membership m on m.org_id = o.id and m.user_id = u.id and m.status = 'active'
  where s.id = $1 and s.expires_at > now()`
const SESSION_BY_ID = sessionBy('o.id = $2::uuid')
const SESSION_BY_SLUG = sessionBy('o.slug = $2')

/** `id` is the SHA-256 of the token. Stale: it runs out in less than `renewSeconds`. */
export function sessionArriving(id: string, org: OrgRef | null, renewSeconds: number): Statement {
  if (org !== null && 'slug' in org) return { name: 'session_by_slug', text: SESSION_BY_SLUG, values: [id, org.slug, renewSeconds] }
  return { name: 'session_by_org', text: SESSION_BY_ID, values: [id, org?.id ?? null, renewSeconds] }
}

const KEY = `
  select k.user_id as "userId", case when $3::text is null or o.id::text = $3 or o.slug = $3 then k.org_id end as "orgId", m.role,
    ${principals(`'guest' in (k.role, m.role)`)},
    k.last_used_at is null or k.last_used_at < $4::timestamptz - interval '1 minute' as stale,
    k.id as "keyId", k.org_id as "keyOrgId", k.role as "keyRole"
  from api_key k
  join membership m on m.org_id = k.org_id and m.user_id = k.user_id and m.status = 'active'
  join user_account u on u.id = k.user_id and u.status = 'active'
  join org o on o.id = k.org_id and o.status = 'active'
  where k.prefix = $1 and k.secret_hash = $2 and k.revoked_at is null and (k.expires_at is null or k.expires_at > $4::timestamptz)`

/** Stale: its use was not noted within the last minute. */
export function keyArriving(shown: { prefix: string; secretHash: string }, org: OrgRef | null, now: Date): Statement {
  const named = org === null ? null : 'id' in org ? org.id : org.slug
  return { name: 'api_key', text: KEY, values: [shown.prefix, shown.secretHash, named, now.toISOString()] }
}

const arrived = z.object({
  userId: z.custom<UserId>((id) => typeof id === 'string'), orgId: z.custom<OrgId>((id) => typeof id === 'string').nullable(),
  role: role.nullable(), stale: z.boolean(),
})
const session = arrived.extend({ platformAdmin: z.boolean() })
const key = arrived.extend({ keyId: z.string(), keyOrgId: z.custom<OrgId>((id) => typeof id === 'string'), keyRole: role })

/** What the lookups find. `stale`: something about it is to be written, which a read cannot do. */
export const readSession = (found: NonNullable<Found>): z.infer<typeof session> => session.parse(found)
export const readKey = (found: NonNullable<Found>): z.infer<typeof key> => key.parse(found)
