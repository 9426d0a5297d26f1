import { type Meter, type OrgId } from '@intellidocs/contracts'
import type { Tx, UsageKind, Use } from '@intellidocs/kernel'
import { z } from 'zod'
import { toSubscription, type StoredSubscription } from './subscriptions.repository.ts'

export type Place = { readonly orgId: OrgId; readonly meter: Meter; readonly period: string }
export type Counted = { readonly used: number; readonly warned: number }
export type Span = { readonly from: Date; readonly to: Date }

const recording = z.object({ recorded: z.record(z.string(), z.number()), subscription: z.unknown() })

/** What stands now, of what nobody counts by acts: invitations run out by themselves. */
async function standing(tx: Tx, orgId: OrgId, { meter, at }: { meter: 'members' | 'webhooks'; at: Date }): Promise<number> {
  const [found] = meter === 'members'
    ? await tx.$queryRaw<{ n: number }[]>`select (select count(*) from membership where org_id = ${orgId}::uuid)::int
        + (select count(*) from invitation where org_id = ${orgId}::uuid and expires_at > ${at}::timestamptz)::int as n`
    : await tx.$queryRaw<{ n: number }[]>`select count(*)::int as n from webhook_endpoint where org_id = ${orgId}::uuid and deleted_at is null`
  return found?.n ?? 0
}

/** Every method runs in a unit of the organization. */
export const countersRepository = {
  standing,
  /** Answers what of it was new; until the unit ends nobody changes the plan. */
  async record(tx: Tx, uses: readonly (Use & { readonly at: Date })[]): Promise<{ recorded: Partial<Record<UsageKind, number>>; subscription: StoredSubscription | null }> {
    const rows = uses.map(({ kind, amount, key, documentId, at }) => ({ kind, amount, key, document_id: documentId ?? null, at }))
    const [found] = await tx.$queryRaw<{ answer: unknown }[]>`select app.record_usage(${JSON.stringify(rows)}::jsonb) as answer`
    const { recorded, subscription } = recording.parse(found?.answer)
    return { recorded, subscription: toSubscription(subscription) }
  },
  /**
   * Counts unless that were more than `hard`; less is always taken. Null: it were more, or nothing is counted there yet. Whoever comes second waits, and is held
   * against what the first left. What was told of the limit is forgotten once no more than half of it is used.
   */
  async count(tx: Tx, { orgId, meter, period }: Place, { amount, limit, hard }: { amount: number; limit: number; hard: number }): Promise<Counted | null> {
    const [row] = await tx.$queryRaw<Counted[]>`
      update usage_counter set used = used + ${amount}::bigint, warned = case when (used + ${amount}::bigint) * 2 <= ${limit}::bigint then 0 else warned end
      where org_id = ${orgId}::uuid and meter = ${meter} and period = ${period} and (${amount}::bigint <= 0 or used + ${amount}::bigint <= ${hard}::bigint)
      returning used::float8 as used, warned`
    return row ?? null
  },
  async counted(tx: Tx, { orgId, meter, period }: Place): Promise<number | null> {
    const [row] = await tx.$queryRaw<{ used: number }[]>`
      select used::float8 as used from usage_counter where org_id = ${orgId}::uuid and meter = ${meter} and period = ${period}`
    return row?.used ?? null
  },
  /** Begins to count with what was written down, without `except`, which the caller wrote and has not counted. */
  async begin(tx: Tx, { orgId, meter, period }: Place, { span, except }: { span: Span | null; except: number }): Promise<void> {
    await tx.$executeRaw`
      insert into usage_counter (org_id, meter, period, used)
      select ${orgId}::uuid, ${meter}, ${period}, coalesce(sum(amount), 0) - ${except}::bigint from (
        select amount, hour as at from usage_rollup where org_id = ${orgId}::uuid and meter = ${meter}
        union all select amount, at from usage_entry where org_id = ${orgId}::uuid and kind = ${meter} and not rolled) acts
      where ${span?.from ?? null}::timestamptz is null or (at >= ${span?.from ?? null}::timestamptz and at < ${span?.to ?? null}::timestamptz)
      on conflict do nothing`
  },
  /** Of what stands: nobody else counts it until the unit ends. */
  async lock(tx: Tx, { orgId, meter, period }: Place): Promise<Counted> {
    const [row] = await tx.$queryRaw<Counted[]>`
      insert into usage_counter as c (org_id, meter, period, used) values (${orgId}::uuid, ${meter}, ${period}, 0)
      on conflict (org_id, meter, period) do update set used = c.used returning used::float8 as used, warned`
    if (row === undefined) throw new Error('a counter could not be locked')
    return row
  },
  async keep(tx: Tx, { orgId, meter, period }: Place, { used, warned }: Counted): Promise<void> {
    await tx.$executeRaw`
      update usage_counter set used = ${used}::bigint, warned = ${warned} where org_id = ${orgId}::uuid and meter = ${meter} and period = ${period}`
  },
  /** They begin anew with what was written down. Under the lock of the plan. */
  async forget(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$executeRaw`delete from usage_counter where org_id = ${orgId}::uuid`
  },
  /** What a document takes of the storage, by what was written down. */
  async storedBy(tx: Tx, orgId: OrgId, documentId: string): Promise<number> {
    const [row] = await tx.$queryRaw<{ bytes: number }[]>`
      select coalesce(sum(amount), 0)::float8 as bytes from usage_entry where org_id = ${orgId}::uuid and kind = 'bytes' and document_id = ${documentId}::uuid`
    return row?.bytes ?? 0
  },
  /** By acts: of the span, and of bytes what stands. */
  async sums(tx: Tx, orgId: OrgId, { from, to }: Span): Promise<Partial<Record<UsageKind, number>>> {
    const rows = await tx.$queryRaw<{ kind: UsageKind; total: number }[]>`
      select kind, sum(amount)::float8 as total from (
        select meter as kind, amount, hour as at from usage_rollup where org_id = ${orgId}::uuid
        union all select kind, amount, at from usage_entry where org_id = ${orgId}::uuid and not rolled) acts
      where kind = 'bytes' or (at >= ${from}::timestamptz and at < ${to}::timestamptz) group by kind`
    return Object.fromEntries(rows.map(({ kind, total }) => [kind, total]))
  },
}

export type CountersRepository = typeof countersRepository
