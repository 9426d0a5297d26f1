import type { AnalyticsSettings, OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'

export type StoredSettings = AnalyticsSettings & { readonly generation: number }
const DEFAULTS: StoredSettings = { zone: 'UTC', words: 'hashed', perPerson: false, rebuilding: false, generation: 1 }
const SETTINGS = Prisma.raw('zone, words, per_person as "perPerson", building is not null or collected_to is not null as rebuilding, generation')

/** What the organization chose, in a tenant unit. `rebuilding` while the past is not counted yet, too. */
export const settingsRepository = {
  async find(tx: Tx, orgId: OrgId): Promise<StoredSettings> {
    const [row] = await tx.$queryRaw<StoredSettings[]>`select ${SETTINGS} from analytics_org where org_id = ${orgId}::uuid`
    return row ?? DEFAULTS
  },
  /** With the day that it is in the organization's time zone, as ISO text. */
  async findToday(tx: Tx, orgId: OrgId, now: Date): Promise<StoredSettings & { readonly today: string }> {
    const [row] = await tx.$queryRaw<(StoredSettings & { today: string })[]>`
      select ${SETTINGS}, (${now}::timestamptz at time zone zone)::date::text as today from analytics_org where org_id = ${orgId}::uuid`
    return row ?? { ...DEFAULTS, today: now.toISOString().slice(0, 10) }
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
