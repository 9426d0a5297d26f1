import type { StalledHook, StalledHookSelection, OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Position, Tx, Window } from '@intellidocs/kernel'
import type { AsOf } from './work.repository.ts'

export type FoundHook = Omit<StalledHook, 'since'> & { readonly since: Date; readonly position: Position }

/** Both kinds under the same names; `waiting` is counted for what is shown alone. */
const SOURCES = {
  endpoint: Prisma.sql`(
    select p.id, p.org_id, p.id as endpoint_id, p.paused_why as why, null::text as event_type, p.failures, p.paused_at as since
    from webhook_endpoint p where p.state = 'paused' and p.deleted_at is null)`,
  delivery: Prisma.sql`(
    select d.id, d.org_id, d.endpoint_id, null::text as why, d.event_type, d.failures, d.ended_at as since from webhook_delivery d where d.state = 'dead')`,
} as const

const chosen = ({ orgId, why, eventType }: StalledHookSelection, { until }: AsOf): Prisma.Sql => Prisma.sql`
  (${until}::timestamptz is null or h.since <= ${until}::timestamptz) and (${orgId ?? null}::uuid is null or h.org_id = ${orgId ?? null}::uuid)
  and (${why ?? null}::text is null or h.why = ${why ?? null}) and (${eventType ?? null}::text is null or h.event_type = ${eventType ?? null})`

type Row = Omit<FoundHook, 'position' | 'orgId' | 'kind'> & { orgId: string; at: string }

/** What webhooks do not do any more, of all organizations. Every method runs in an admin unit. */
export const stalledHooksRepository = {
  /** One more than `limit` tells of a next page. */
  async list(tx: Tx, selection: StalledHookSelection, { limit, after, until }: Window & AsOf): Promise<FoundHook[]> {
    const { kind } = selection
    const rows = await tx.$queryRaw<Row[]>`
      select h.id::text as id, h.org_id::text as "orgId", o.name as "orgName", h.endpoint_id::text as "endpointId", h.why, h.event_type as "eventType", h.failures, h.since,
        h.since::text as at, case when ${kind === 'endpoint'}::boolean then (
          select count(*)::int from webhook_delivery w where w.org_id = h.org_id and w.endpoint_id = h.id and w.state = 'pending') end as waiting
      from ${SOURCES[kind]} h join org o on o.id = h.org_id
      where ${chosen(selection, { until })}
        and (${after === null}::boolean or (h.since, h.id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by h.since, h.id limit ${limit + 1}::int`
    return rows.map(({ at, orgId, ...row }) => ({ ...row, orgId: orgId as OrgId, kind, position: { at, id: row.id } }))
  },
  async count(tx: Tx, selection: StalledHookSelection, asOf: AsOf): Promise<number> {
    const [row] = await tx.$queryRaw<{ n: number }[]>`select count(*)::float8 as n from ${SOURCES[selection.kind]} h where ${chosen(selection, asOf)}`
    return row?.n ?? 0
  },
}
export type StalledHooksRepository = typeof stalledHooksRepository
