import type { DocumentId, FolderId, HoldId, OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

/** A hold that stands, as it is named to those who may know. */
export type Standing = { readonly holdId: HoldId; readonly name: string }

const oldest = (rows: Standing[]): Standing | null => rows[0] ?? null

/** What stands against deletions. Tenant unit, unless said otherwise. */
export const gateRepository = {
  /** Until the unit ends nobody places a hold in the organization; a hold that is being placed is waited for. Also in an identity unit. */
  async shareDeletions(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$queryRaw`select app.share_deletions(${orgId}::uuid)::text`
  },
  /** The oldest hold that stands on one of these documents; asked with a look of its own, so that it sees what was placed until just now. */
  async ofDocuments(tx: Tx, orgId: OrgId, ids: readonly DocumentId[]): Promise<Standing | null> {
    return oldest(await tx.$queryRaw<Standing[]>`
      select h.id::text as "holdId", h.name from document d cross join lateral app.standing_holds(d.org_id, d.id, d.folder_id, d.tags, d.owner_id) h
      where d.org_id = ${orgId}::uuid and d.id = any (${[...ids]}::text[]::uuid[]) order by h.placed_at, h.id limit 1`)
  },
  async ofFolder(tx: Tx, orgId: OrgId, id: FolderId): Promise<Standing | null> {
    return oldest(await tx.$queryRaw<Standing[]>`
      select h.id::text as "holdId", h.name from retention_hold h
      where h.org_id = ${orgId}::uuid and h.released_at is null and h.folder_id = ${id}::uuid order by h.placed_at, h.id limit 1`)
  },
  async ofOrganization(tx: Tx, orgId: OrgId): Promise<Standing | null> {
    return oldest(await tx.$queryRaw<Standing[]>`
      select h.id::text as "holdId", h.name from retention_hold h
      where h.org_id = ${orgId}::uuid and h.released_at is null order by h.placed_at, h.id limit 1`)
  },
  /** Identity unit: whether a hold stands on all that is somebody's, in one of these organizations. */
  async isOnOwner(tx: Tx, { userId, orgs }: { userId: UserId; orgs: readonly OrgId[] }): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`
      select h.id::text from retention_hold h
      where h.org_id = any (${[...orgs]}::text[]::uuid[]) and h.released_at is null and h.owner_id = ${userId}::uuid limit 1`
    return rows.length === 1
  },
}
export type GateRepository = typeof gateRepository
