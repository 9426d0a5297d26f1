import type { OrgId, Reindexing, ReindexingId, ReindexStage } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { Tally } from './tally.ts'

export type ReindexingRow = Omit<Reindexing, 'found' | 'healed' | 'createdAt' | 'endedAt' | 'stage'> & {
  readonly stage: ReindexStage; readonly found: Tally; readonly healed: Tally; readonly createdAt: Date; readonly endedAt: Date | null
}
/** Where one that is under way stands. */
export type ReindexPlace = { readonly id: ReindexingId; readonly stage: ReindexStage; readonly after: string; readonly looked: number; readonly found: Tally; readonly healed: Tally }
/** `to` null: it is over. The rest is what the row says from then on. */
export type Advance = { readonly to: { stage: ReindexStage; after: string } | null; readonly looked: number; readonly found: Tally; readonly healed: Tally; readonly at: Date }

/** Passes over an organization's documents, in a tenant unit unless a method says otherwise. */
export const reindexingRepository = {
  /** False while another one is under way. */
  async begin(tx: Tx, { id, orgId, stage, at }: { id: ReindexingId; orgId: OrgId; stage: ReindexStage; at: Date }): Promise<boolean> {
    return await tx.$executeRaw`
      insert into reindexing (id, org_id, stage, documents, created_at, worked_at)
      select ${id}::uuid, ${orgId}::uuid, ${stage}, (select count(*)::int from document where org_id = ${orgId}::uuid), ${at}::timestamptz, ${at}::timestamptz
      on conflict (org_id) where ended_at is null do nothing` === 1
  },

  async latest(tx: Tx, orgId: OrgId): Promise<ReindexingRow | null> {
    const [row] = await tx.$queryRaw<ReindexingRow[]>`
      select id::text id, stage, documents, looked, found, healed, failures, created_at "createdAt", ended_at "endedAt" from reindexing
      where org_id = ${orgId}::uuid order by ended_at is null desc, created_at desc, id desc limit 1`
    return row ?? null
  },

  async place(tx: Tx, orgId: OrgId): Promise<ReindexPlace | null> {
    const [row] = await tx.$queryRaw<ReindexPlace[]>`
      select id::text id, stage, after_place "after", looked, found, healed from reindexing where org_id = ${orgId}::uuid and ended_at is null`
    return row ?? null
  },

  /** Goes on from where it stood, or ends; false when somebody else took this step meanwhile. */
  async advance(tx: Tx, from: ReindexPlace & { orgId: OrgId }, { to, looked, found, healed, at }: Advance): Promise<boolean> {
    return await tx.$executeRaw`
      update reindexing set stage = ${to?.stage ?? from.stage}, after_place = ${to?.after ?? from.after}, looked = ${looked}::int, failures = 0,
        found = ${JSON.stringify(found)}::jsonb, healed = ${JSON.stringify(healed)}::jsonb, worked_at = ${at}::timestamptz,
        ended_at = case when ${to === null}::boolean then ${at}::timestamptz end
      where org_id = ${from.orgId}::uuid and id = ${from.id}::uuid and ended_at is null and stage = ${from.stage} and after_place = ${from.after}` === 1
  },

  /** The step is tried again once others had their turn. */
  async failed(tx: Tx, { orgId, id }: { orgId: OrgId; id: ReindexingId }, at: Date): Promise<void> {
    await tx.$executeRaw`
      update reindexing set failures = failures + 1, worked_at = ${at}::timestamptz where org_id = ${orgId}::uuid and id = ${id}::uuid and ended_at is null`
  },

  /** System unit: organizations with one under way, whoever waited longest first. */
  async places(tx: Tx, limit: number): Promise<OrgId[]> {
    const rows = await tx.$queryRaw<{ orgId: OrgId }[]>`
      select org_id::text "orgId" from reindexing where ended_at is null order by worked_at limit ${limit}::int`
    return rows.map(({ orgId }) => orgId)
  },
}
