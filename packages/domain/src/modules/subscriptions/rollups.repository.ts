import type { Meter, OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

/** Of one meter, over all time. `differences`: hours in which acts that were added up, their sum and what was billed are not one number. */
export type Reconciled = {
  readonly meter: Meter; readonly events: number; readonly waiting: number; readonly rolledUp: number; readonly billed: number; readonly differences: number
}

export const rollupsRepository = {
  /**
   * System unit. Adds up to `limit` acts to their hours and bills them, each once: it stands or falls with the mark on the act. Two at once take others.
   * Answers how many.
   */
  async rollUp(tx: Tx, limit: number): Promise<number> {
    const [row] = await tx.$queryRaw<{ n: number }[]>`
      with taken as (
        select id from usage_entry where not rolled order by org_id, id limit ${limit}::int for update skip locked
      ), marked as (
        update usage_entry e set rolled = true from taken where e.id = taken.id returning e.org_id, e.kind as meter, e.amount, date_trunc('hour', e.at, 'UTC') as hour
      ), summed as (
        select org_id, meter, hour, sum(amount) as amount, count(*)::int as entries from marked group by org_id, meter, hour
      ), kept as (
        insert into usage_rollup as r (org_id, meter, hour, amount, entries) select org_id, meter, hour, amount, entries from summed order by org_id, meter, hour
        on conflict (org_id, meter, hour) do update set amount = r.amount + excluded.amount, entries = r.entries + excluded.entries, revision = r.revision + 1
        returning org_id, meter, hour, revision
      ), billed as (
        insert into usage_bill (org_id, meter, hour, revision, amount) select k.org_id, k.meter, k.hour, k.revision, s.amount from kept k join summed s using (org_id, meter, hour)
      )
      select count(*)::int as n from marked`
    return row?.n ?? 0
  },
  /** Tenant unit. */
  reconcile(tx: Tx, orgId: OrgId): Promise<Reconciled[]> {
    return tx.$queryRaw<Reconciled[]>`
      select meter, sum(events)::float8 as events, sum(waiting)::float8 as waiting, sum(rolled_up)::float8 as "rolledUp", sum(billed)::float8 as billed,
        count(*) filter (where events - waiting <> rolled_up or rolled_up <> billed)::int as differences
      from (
        select meter, hour, sum(events) as events, sum(waiting) as waiting, sum(rolled_up) as rolled_up, sum(billed) as billed from (
          select kind as meter, date_trunc('hour', at, 'UTC') as hour, amount as events, case when rolled then 0 else amount end as waiting, 0 as rolled_up, 0 as billed
            from usage_entry where org_id = ${orgId}::uuid
          union all select meter, hour, 0, 0, amount, 0 from usage_rollup where org_id = ${orgId}::uuid
          union all select meter, hour, 0, 0, 0, amount from usage_bill where org_id = ${orgId}::uuid) told
        group by meter, hour) by_hour
      group by meter order by meter`
  },
  /** Tenant unit: what the counters of acts say, in this month or of what stands. */
  async counted(tx: Tx, orgId: OrgId, month: string): Promise<Partial<Record<Meter, number>>> {
    const rows = await tx.$queryRaw<{ meter: Meter; used: number }[]>`
      select meter, used::float8 as used from usage_counter
      where org_id = ${orgId}::uuid and meter not in ('members', 'webhooks') and period in ('standing', ${month})`
    return Object.fromEntries(rows.map(({ meter, used }) => [meter, used]))
  },
}

export type RollupsRepository = typeof rollupsRepository
