import type { AnalyticsSettings } from '@intellidocs/contracts'
import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

export type StoredSettings = AnalyticsSettings & { readonly generation: number }
const DEFAULTS: StoredSettings = { zone: 'UTC', words: 'hashed', perPerson: false, rebuilding: false, generation: 1 }

/** What the organization chose, in a tenant unit. `rebuilding` while the past is not counted yet, too. */
export const settingsRepository = {
  async find(tx: Tx, orgId: OrgId): Promise<StoredSettings> {
    const [row] = await tx.$queryRaw<StoredSettings[]>`
      select zone, words, per_person as "perPerson", building is not null or collected_to is not null as rebuilding, generation
      from analytics_org where org_id = ${orgId}::uuid`
    return row ?? DEFAULTS
  },
  async put(tx: Tx, orgId: OrgId, { words, perPerson }: Pick<AnalyticsSettings, 'words' | 'perPerson'>): Promise<void> {
    await tx.$executeRaw`update analytics_org set words = ${words}, per_person = ${perPerson}::boolean where org_id = ${orgId}::uuid`
  },
  async knowsZone(tx: Tx, zone: string): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`select from pg_timezone_names where name = ${zone}`
    return rows.length > 0
  },
}
export type SettingsRepository = typeof settingsRepository
