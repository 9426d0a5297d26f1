import { adminContract, type InstallationSettings, type InstallationStatus, type UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import { z } from 'zod'

type Row = { banner: unknown; readOnly: boolean }
const toStatus = ({ banner, readOnly }: Row): InstallationStatus => ({ readOnly, banner: adminContract.banner.nullable().parse(banner) })
const one = <T>(rows: readonly T[]): T => {
  const [row] = rows
  if (row === undefined) throw new Error('the installation has no row of settings')
  return row
}

const storedSwitches = z.partialRecord(adminContract.switchName, z.strictObject({ on: z.boolean(), orgs: z.record(z.string(), z.boolean()) }))
/** What is not there is on. */
export type StoredSwitches = z.infer<typeof storedSwitches>

export const settingsRepository = {
  /** System or admin unit. */
  async switches(tx: Tx): Promise<StoredSwitches> {
    return storedSwitches.parse(one(await tx.$queryRaw<{ switches: unknown }[]>`select switches from installation_setting`).switches)
  },
  /** Admin unit. */
  async saveSwitches(tx: Tx, switches: StoredSwitches): Promise<void> {
    await tx.$executeRaw`update installation_setting set switches = ${JSON.stringify(switches)}::jsonb`
  },
  /** System unit. */
  async status(tx: Tx): Promise<InstallationStatus> {
    return toStatus(one(await tx.$queryRaw<Row[]>`select banner, read_only as "readOnly" from installation_setting`))
  },
  /** Admin unit. */
  async find(tx: Tx): Promise<InstallationSettings> {
    const row = one(await tx.$queryRaw<(Row & { changedBy: string | null; changedAt: Date })[]>`
      select banner, read_only as "readOnly", changed_by::text as "changedBy", changed_at as "changedAt" from installation_setting`)
    return { ...toStatus(row), changedBy: row.changedBy as UserId | null, changedAt: row.changedAt.toISOString() }
  },
  /** Admin unit. */
  async save(tx: Tx, { banner, readOnly }: InstallationStatus, by: UserId): Promise<void> {
    await tx.$executeRaw`
      update installation_setting set banner = ${banner === null ? null : JSON.stringify(banner)}::jsonb, read_only = ${readOnly}, changed_by = ${by}::uuid, changed_at = now()`
  },
}
export type SettingsRepository = typeof settingsRepository
