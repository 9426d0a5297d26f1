import type { Tx } from '@intellidocs/kernel'
import type { WebhookRef } from './webhooks.types.ts'

const OVERDUE_AT_ONCE = 500

/** Deliveries of all organizations by their places alone. System unit. */
export const overdueRepository = {
  /** Endpoints for which something should have been sent before that moment. */
  overdue: (tx: Tx, before: Date): Promise<WebhookRef[]> => tx.$queryRaw<WebhookRef[]>`
    select distinct w.org_id::text as "orgId", w.endpoint_id::text as "endpointId"
    from webhook_delivery w join webhook_endpoint p on p.org_id = w.org_id and p.id = w.endpoint_id
    where w.state = 'pending' and w.next_at < ${before}::timestamptz and p.state = 'active' and (p.rest_until is null or p.rest_until < ${before}::timestamptz)
    limit ${OVERDUE_AT_ONCE}::int`,
  /** Answers how many. */
  removeOlderThan: (tx: Tx, before: Date): Promise<number> => tx.$executeRaw`delete from webhook_delivery where created_at < ${before}::timestamptz`,
}
export type OverdueRepository = typeof overdueRepository
