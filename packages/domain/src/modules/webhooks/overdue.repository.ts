import type { Tx } from '@intellidocs/kernel'
import type { WebhookRef } from './webhooks.types.ts'

/** Rows in one statement, which has 25 s. */
export const ROWS_AT_ONCE = 5_000

/** Deliveries and endpoints of all organizations by their places alone. System unit. */
export const overdueRepository = {
  /** Endpoints behind `after` for which something should have been sent before that moment, `limit` of them in the order of their ids. */
  overdue: (tx: Tx, before: Date, { after, limit }: { after: string | null; limit: number }): Promise<WebhookRef[]> => tx.$queryRaw<WebhookRef[]>`
    select p.org_id::text as "orgId", p.id::text as "endpointId" from webhook_endpoint p
    where p.state = 'active' and (p.rest_until is null or p.rest_until < ${before}::timestamptz) and (${after}::uuid is null or p.id > ${after}::uuid)
      and exists (select from webhook_delivery w where w.org_id = p.org_id and w.endpoint_id = p.id and w.state = 'pending' and w.next_at < ${before}::timestamptz)
    order by p.id limit ${limit}::int`,
  /** Some of what nobody sent and that was noted before that moment is dead; answers how many. */
  giveUp: (tx: Tx, { before, now }: { before: Date; now: Date }): Promise<number> => tx.$executeRaw`
    update webhook_delivery set state = 'dead', ended_at = ${now}::timestamptz, leased_until = null
    where state = 'pending' and id in (select id from webhook_delivery where created_at < ${before}::timestamptz and state = 'pending' order by created_at limit ${ROWS_AT_ONCE}::int)`,
  /** Some of what was noted, and ended, before those moments goes; answers how many. */
  removeOlderThan: (tx: Tx, { noted, ended }: { noted: Date; ended: Date }): Promise<number> => tx.$executeRaw`
    delete from webhook_delivery
    where id in (select id from webhook_delivery where created_at < ${noted}::timestamptz and ended_at < ${ended}::timestamptz order by created_at limit ${ROWS_AT_ONCE}::int)`,
  /** Some of the log of endpoints that were deleted, and such as have none; answers how many rows of the log. */
  async removeDeleted(tx: Tx): Promise<number> {
    const removed = await tx.$executeRaw`
      delete from webhook_delivery where id in (
        select w.id from webhook_endpoint p, lateral (
          select id from webhook_delivery w where w.org_id = p.org_id and w.endpoint_id = p.id limit ${ROWS_AT_ONCE}::int) w
        where p.deleted_at is not null limit ${ROWS_AT_ONCE}::int)`
    await tx.$executeRaw`
      delete from webhook_endpoint p where p.deleted_at is not null
        and not exists (select from webhook_delivery w where w.org_id = p.org_id and w.endpoint_id = p.id)`
    return removed
  },
}
export type OverdueRepository = typeof overdueRepository
