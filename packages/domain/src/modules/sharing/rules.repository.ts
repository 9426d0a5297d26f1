import { sharingContract, type OrgId, type SharePolicy } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

/** What holds where nobody said otherwise. */
const everything: SharePolicy = Object.freeze({ links: 'allowed', maxDays: null, passwordRequired: false, wholeAddresses: false, presets: [] })

/** What an organization allows of links. Tenant units. */
export const rulesRepository = {
  async get(tx: Tx, orgId: OrgId): Promise<SharePolicy> {
    const [row] = await tx.$queryRaw<unknown[]>`
      select links, max_days as "maxDays", password_required as "passwordRequired", whole_addresses as "wholeAddresses", presets from share_policy where org_id = ${orgId}::uuid`
    return row === undefined ? everything : sharingContract.policy.parse(row)
  },
  async set(tx: Tx, orgId: OrgId, { links, maxDays, passwordRequired, wholeAddresses, presets }: SharePolicy): Promise<void> {
    await tx.$executeRaw`
      insert into share_policy (org_id, links, max_days, password_required, whole_addresses, presets)
      values (${orgId}::uuid, ${links}, ${maxDays}::int, ${passwordRequired}, ${wholeAddresses}, ${JSON.stringify(presets)}::jsonb)
      on conflict (org_id) do update set links = excluded.links, max_days = excluded.max_days, password_required = excluded.password_required,
        whole_addresses = excluded.whole_addresses, presets = excluded.presets`
  },
  /** One change of it at a time; held until the unit ends. */
  async lock(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$queryRaw`select pg_advisory_xact_lock(hashtextextended('intellidocs.sharing.' || ${orgId}, 0))::text`
  },
}
export type RulesRepository = typeof rulesRepository
