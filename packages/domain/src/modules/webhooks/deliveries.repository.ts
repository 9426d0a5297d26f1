import type { DocumentId, EventType, OrgId, UserId, WebhookAttempt, WebhookDeliveryId, WebhookEndpointId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import { newId, type Actor, type Position, type Read, type Tx, type Window } from '@intellidocs/kernel'
import type { Told } from './webhooks.policy.ts'
import type { WebhookRef } from './webhooks.types.ts'

/** The event that a delivery tells of, and whether the person who was named may read its document. */
export type ToldEvent = Told & {
  readonly xid: string; readonly eventId: bigint; readonly at: Date; readonly actorId: UserId; readonly documentId: DocumentId | null
  readonly payload: Readonly<Record<string, unknown>>
}
export type StoredDelivery = ToldEvent & {
  id: WebhookDeliveryId; endpointId: WebhookEndpointId; state: 'pending' | 'delivered' | 'dead'; tries: number; nextAt: Date
  createdAt: Date; endedAt: Date | null; attempts: WebhookAttempt[]; response: string | null
}
/** A delivery that this claim alone may settle: `tries` fences it. */
export type Claimed = ToldEvent & {
  id: WebhookDeliveryId; tries: number; failures: number; firstTriedAt: Date; url: string; secret: Uint8Array; oldSecret: Uint8Array | null
}
export type Settlement = Pick<Claimed, 'id' | 'tries'> & {
  state: 'pending' | 'delivered' | 'dead'; failures: number; nextAt: Date; attempt: WebhookAttempt; response: string | null; now: Date
}
type Fence = Pick<Claimed, 'id' | 'tries'>
type Reader = Pick<Actor, 'principals'>
type Owner = Pick<Actor, 'principals' | 'userId'>

const ATTEMPTS_KEPT = 20
const EVENT = Prisma.raw(`e.type, e.xid::text, e.id as "eventId", e.at, e.actor_id::text as "actorId", e.document_id::text as "documentId", e.audience, e.payload`)
const DELIVERY = Prisma.raw(`w.id::text, w.endpoint_id::text as "endpointId", w.state, w.tries, w.next_at as "nextAt", w.created_at as "createdAt", w.ended_at as "endedAt",
  w.attempts, w.response`)
const readable = (orgId: OrgId, { principals }: Reader) =>
  Prisma.sql`exists (select from app.readable(${orgId}::uuid, ${[...principals]}::text[]) d where d.id = e.document_id) as readable`

/** What is sent in order: all of one document, or else of the first of these that the event names, so that what is refused of one of them holds up no other. */
const LANE = Prisma.raw(`coalesce(e.document_id::text, e.payload->>'folderId', e.payload->>'flowId', e.payload->>'groupId', e.payload->>'userId', e.type)`)
/** Of two deliveries in one lane the earlier event's is first; what the relay has not handed over yet counts as waiting. */
const FIRST_IN_LANE = Prisma.raw(`not exists (
    select from webhook_delivery b where b.org_id = w.org_id and b.endpoint_id = w.endpoint_id and b.lane = w.lane and b.state = 'pending' and b.event_id < w.event_id
  )`)
const NOTHING_UNNOTED = Prisma.raw(`not exists (
    select from delivery o join event e on e.org_id = o.org_id and e.id = o.event_id
    where o.org_id = w.org_id and o.subscriber = 'webhooks.note' and o.state <> 'parked' and o.event_id < w.event_id
      and ${LANE.sql} = w.lane
  )`)

/** Deliveries of the organization that is set; every method runs in a tenant unit, except those that say otherwise. */
export const deliveriesRepository = {
  /** Whether the organization has any endpoint, in one round trip: most have none, and are asked for each of their events. */
  async isHeard(read: Read, actor: Actor): Promise<boolean> {
    const [row] = await read(actor, { name: 'webhooks heard', text: 'select exists (select from webhook_endpoint where org_id = app.org_id() and deleted_at is null) as heard', values: [] })
    return row?.heard === true
  },
  /** The endpoints that hear of the event's type, held so that none falls asleep unaware of what is noted; `asleep`: it must be woken. */
  async audience(tx: Tx, orgId: OrgId, { type, now }: { type: EventType; now: Date }): Promise<{ id: WebhookEndpointId; asleep: boolean }[]> {
    return tx.$queryRaw`
      select id::text, asleep and state = 'active' and (rest_until is null or rest_until <= ${now}::timestamptz) as asleep
      from webhook_endpoint where org_id = ${orgId}::uuid and deleted_at is null and (events is null or ${type}::text = any (events)) order by id for share`
  },
  /** One row for each endpoint that was there when the event happened; what is noted already is left as it is. */
  async note(tx: Tx, orgId: OrgId, { eventId, endpoints, now }: { eventId: bigint; endpoints: readonly WebhookEndpointId[]; now: Date }): Promise<void> {
    await tx.$executeRaw`
      insert into webhook_delivery (id, org_id, endpoint_id, event_id, event_type, lane, next_at, created_at)
      select x.id, e.org_id, w.id, e.id, e.type, ${LANE}, ${now}::timestamptz, now()
      from unnest(${endpoints.map(() => newId())}::uuid[], ${[...endpoints]}::uuid[]) as x(id, endpoint_id)
      join webhook_endpoint w on w.org_id = ${orgId}::uuid and w.id = x.endpoint_id
      join event e on e.org_id = w.org_id and e.id = ${eventId}::bigint and e.at >= w.created_at
      on conflict do nothing`
  },
  /** The test button's, in a lane of its own. */
  async noteTest(tx: Tx, { orgId, endpointId }: WebhookRef, test: { id: string; eventId: bigint; now: Date }): Promise<void> {
    await tx.$executeRaw`
      insert into webhook_delivery (id, org_id, endpoint_id, event_id, event_type, lane, next_at, created_at)
      select ${test.id}::uuid, e.org_id, w.id, e.id, e.type, ${test.id}, ${test.now}::timestamptz, now()
      from event e join webhook_endpoint w on w.org_id = e.org_id and w.id = ${endpointId}::uuid
      where e.org_id = ${orgId}::uuid and e.id = ${test.eventId}::bigint
      on conflict do nothing`
  },
  /**
   * The next delivery that is due, for one who asks: its try is counted and nobody else gets it before `until`. Its 72 hours begin with the first try that
   * somebody knows the end of.
   */
  async claim(tx: Tx, { orgId, endpointId }: WebhookRef, of: { owner: Owner; now: Date; until: Date }): Promise<Claimed | null> {
    const [row] = await tx.$queryRaw<Claimed[]>`
      with due as (
        select w.id from webhook_delivery w
        where w.org_id = ${orgId}::uuid and w.endpoint_id = ${endpointId}::uuid and w.state = 'pending' and w.next_at <= ${of.now}::timestamptz
          and (w.leased_until is null or w.leased_until <= ${of.now}::timestamptz) and ${FIRST_IN_LANE} and ${NOTHING_UNNOTED}
        order by w.next_at, w.event_id limit 1 for update of w skip locked
      )
      update webhook_delivery w set tries = w.tries + 1, leased_until = ${of.until}::timestamptz, next_at = ${of.until}::timestamptz,
        first_tried_at = case when w.failures = 0 then ${of.now}::timestamptz else w.first_tried_at end
      from due, event e, webhook_endpoint p
      where w.id = due.id and e.org_id = w.org_id and e.id = w.event_id and p.org_id = w.org_id and p.id = w.endpoint_id and p.state = 'active'
        and p.owner_id = ${of.owner.userId}::uuid
      returning w.id::text, w.tries, w.failures, w.first_tried_at as "firstTriedAt", p.url, p.secret,
        case when p.old_secret_until > ${of.now}::timestamptz then p.old_secret end as "oldSecret", ${EVENT}, ${readable(orgId, of.owner)}`
    return row ?? null
  },
  /** False when the claim is no longer this one's, and then nothing changed. */
  async settle(tx: Tx, orgId: OrgId, { id, tries, state, failures, nextAt, attempt, response, now }: Settlement): Promise<boolean> {
    return await tx.$executeRaw`
      update webhook_delivery set state = ${state}, failures = ${failures}::int, next_at = ${nextAt}::timestamptz, leased_until = null, response = ${response},
        ended_at = case when ${state} <> 'pending' then ${now}::timestamptz end,
        attempts = (select coalesce(jsonb_agg(a order by n), '[]') from (
          select a, n from jsonb_array_elements(attempts || ${JSON.stringify([attempt])}::jsonb) with ordinality x(a, n)
          order by n desc limit ${ATTEMPTS_KEPT}::int) kept)
      where org_id = ${orgId}::uuid and id = ${id}::uuid and tries = ${tries}::int and state = 'pending'` === 1
  },
  /** As if it had not been claimed, but for the count. */
  async release(tx: Tx, orgId: OrgId, { id, tries, now }: Fence & { now: Date }): Promise<void> {
    await tx.$executeRaw`
      update webhook_delivery set leased_until = null, next_at = ${now}::timestamptz
      where org_id = ${orgId}::uuid and id = ${id}::uuid and tries = ${tries}::int and state = 'pending'`
  },
  /** Leaves no trace; of what was sent before, and is now for nobody, the log stays. */
  async forget(tx: Tx, orgId: OrgId, { id, tries, now }: Fence & { now: Date }): Promise<void> {
    await tx.$executeRaw`
      with untold as (
        delete from webhook_delivery where org_id = ${orgId}::uuid and id = ${id}::uuid and tries = ${tries}::int and attempts = '[]'
      )
      update webhook_delivery set state = 'dead', ended_at = ${now}::timestamptz, leased_until = null
      where org_id = ${orgId}::uuid and id = ${id}::uuid and tries = ${tries}::int and state = 'pending' and attempts <> '[]'`
  },
  /** When the first of what waits is due; null when nothing waits. */
  async nextDue(tx: Tx, { orgId, endpointId }: WebhookRef): Promise<Date | null> {
    const [row] = await tx.$queryRaw<{ at: Date }[]>`
      select w.next_at as at from webhook_delivery w
      where w.org_id = ${orgId}::uuid and w.endpoint_id = ${endpointId}::uuid and w.state = 'pending' and ${FIRST_IN_LANE}
      order by w.next_at, w.event_id limit 1`
    return row?.at ?? null
  },
  /** Newest first. */
  async list(tx: Tx, of: WebhookRef & { state: string | null; reader: Reader }, { limit, after }: Window): Promise<(StoredDelivery & { position: Position })[]> {
    const rows = await tx.$queryRaw<(StoredDelivery & { placedAt: string })[]>`
      select ${DELIVERY}, ${EVENT}, ${readable(of.orgId, of.reader)}, w.created_at::text as "placedAt"
      from webhook_delivery w join event e on e.org_id = w.org_id and e.id = w.event_id
      where w.org_id = ${of.orgId}::uuid and w.endpoint_id = ${of.endpointId}::uuid and (${of.state}::text is null or w.state = ${of.state})
        and (${after?.at ?? null}::timestamptz is null or (w.created_at, w.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by w.created_at desc, w.id desc limit ${limit + 1}::int`
    return rows.map(({ placedAt, ...row }) => ({ ...row, position: { at: placedAt, id: row.id } }))
  },
  async find(tx: Tx, orgId: OrgId, { id, reader }: { id: WebhookDeliveryId; reader: Reader }): Promise<StoredDelivery | null> {
    const [row] = await tx.$queryRaw<StoredDelivery[]>`
      select ${DELIVERY}, ${EVENT}, ${readable(orgId, reader)}
      from webhook_delivery w join event e on e.org_id = w.org_id and e.id = w.event_id where w.org_id = ${orgId}::uuid and w.id = ${id}::uuid`
    return row ?? null
  },
  /** What was refused is tried anew from that moment on, for 72 hours: the endpoint was paused meanwhile, or is another one. */
  async beginAnew(tx: Tx, { orgId, endpointId }: WebhookRef, now: Date): Promise<void> {
    await tx.$executeRaw`
      update webhook_delivery set failures = 0, first_tried_at = null, next_at = ${now}::timestamptz
      where org_id = ${orgId}::uuid and endpoint_id = ${endpointId}::uuid and state = 'pending' and failures > 0
        and (leased_until is null or leased_until <= ${now}::timestamptz)`
  },
  /** Waits again, for itself alone: what came after it has been sent or goes on. */
  async again(tx: Tx, orgId: OrgId, { id, now }: { id: WebhookDeliveryId; now: Date }): Promise<void> {
    await tx.$executeRaw`
      update webhook_delivery set lane = case when state = 'pending' then lane else id::text end, state = 'pending', ended_at = null, failures = 0,
        first_tried_at = null, next_at = ${now}::timestamptz
      where org_id = ${orgId}::uuid and id = ${id}::uuid`
  },
  /** False: it was not given up. */
  async drop(tx: Tx, orgId: OrgId, id: WebhookDeliveryId): Promise<boolean> {
    return await tx.$executeRaw`delete from webhook_delivery where org_id = ${orgId}::uuid and id = ${id}::uuid and state = 'dead'` === 1
  },
}
export type DeliveriesRepository = typeof deliveriesRepository
