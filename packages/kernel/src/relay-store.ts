import type { EventType } from '@intellidocs/contracts'
import type { Database, Statement } from '@intellidocs/db'
import type { CommittedEvent } from './subscriber.ts'
import type { Tx } from './unit-of-work.ts'

/** What a relay asks of the database many times a second. */
export type RelayDatabase = Pick<Database, 'write'>

/** One claimed delivery. `attempts` counts this try and fences its completion. */
export type ClaimedDelivery = {
  readonly id: bigint; readonly attempts: number; readonly subscriber: string; readonly event: CommittedEvent
  /** The trace in which the event was written; null while nothing was traced. */
  readonly traceParent: string | null
}

type Row = {
  id: string; attempts: number; subscriber: string
  event_id: string; org_id: string; type: string; actor_id: string; at: string; payload: unknown; trace_parent: string | null
  turn: number
}

export type RelayLag = { pending: number; parked: number; oldestSeconds: number; undeliveredSeconds: number }

export type Wanted = {
  readonly subscribers: readonly string[]
  readonly limit: number
  readonly leaseMs: number
  /** The organization that had its turn last; null at first. */
  readonly after: string | null
}
export type Claimed = {
  readonly deliveries: ClaimedDelivery[]
  /** The last organization of this turn. */
  readonly after: string | null
  /** Whether there may be more right now. */
  readonly more: boolean
}

/** Sorts before every organization's id. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

const DUE = `state = 'pending' and next_at <= now() and subscriber = any($1::text[])`
const CLAIM = `
  with recursive org (id, first, turn) as (
    select o.id, o.id, 1 from (select coalesce(
      (select org_id from delivery where ${DUE} and org_id > $4::uuid order by org_id, next_at limit 1),
      (select org_id from delivery where ${DUE} order by org_id, next_at limit 1)) as id) o
    where o.id is not null
    union all
    select next.id, org.first, org.turn + 1 from org, lateral (select coalesce(
      (select org_id from delivery where ${DUE} and org_id > org.id order by org_id, next_at limit 1),
      (select org_id from delivery where ${DUE} order by org_id, next_at limit 1)) as id) next
    where org.turn < $2::int and next.id <> org.first
  ), due as materialized (
    select one.id, org.turn from org, lateral (
      select id from delivery where ${DUE} and org_id = org.id
      order by next_at, id limit $2::int / (select greatest(1, count(*)) from org) for update skip locked) one
    limit $2::int -- tells the planner how few they are; without it, it reads the whole table for the update
  ), claimed as (
    update delivery d set state = 'leased', attempts = d.attempts + 1, next_at = now() + $3::int * interval '1 ms'
    from due where d.id = due.id
    returning d.id, d.attempts, d.subscriber, d.event_id, due.turn
  )
  select c.id, c.attempts, c.subscriber, c.turn, e.id as event_id, e.org_id::text, e.type, e.actor_id::text, e.at, e.payload, e.trace_parent
  from claimed c join event e on e.id = c.event_id order by c.id`

/**
 * Leases up to `limit` due deliveries of the subscribers named by each wish: of up to `limit` organizations in turn, beginning behind `after`, the oldest
 * ones of each, the same number of all. So one organization's thousand do not stand before another's one, and what a look costs grows with `limit`
 * and not with what is due; what was put off is passed over in the index, some tenths of a microsecond each. Those of subscribers unknown to
 * this process stay where they are: during a roll-out a newer worker knows them.
 * SKIP LOCKED keeps two relays from waiting for, or taking, each other's rows.
 */
export async function claim(database: RelayDatabase, wishes: readonly Wanted[]): Promise<Claimed[]> {
  const found = await database.write(wishes.map(({ subscribers, limit, leaseMs, after }): Statement =>
    ({ name: 'relay claim', text: CLAIM, values: [subscribers, limit, leaseMs, after ?? NOBODY] })))
  return wishes.map((wish, at) => toClaimed((found[at] ?? []) as Row[], wish))
}

function toClaimed(rows: readonly Row[], { limit, after }: Wanted): Claimed {
  const last = rows.reduce<Row | null>((latest, row) => (latest === null || row.turn > latest.turn ? row : latest), null)
  return {
    deliveries: rows.map((row) => ({
      id: BigInt(row.id), attempts: row.attempts, subscriber: row.subscriber, event: toEvent(row), traceParent: row.trace_parent,
    })),
    after: last?.org_id ?? after,
    // An organization with less than its share leaves room that another one may fill.
    more: rows.length === limit || (last?.turn ?? 1) > 1,
  }
}

/** The payload is trusted: the outbox checked it against the contract before it was written. The type is checked against the subscriber. */
function toEvent({ event_id: id, org_id: orgId, actor_id: actorId, at, type, payload }: Row): CommittedEvent {
  return { id: BigInt(id), orgId, type: type as EventType, actorId, at: new Date(at), payload } as CommittedEvent
}

type Fence = readonly { id: bigint; attempts: number }[]
const idsOf = (fence: Fence): string[] => fence.map(({ id }) => String(id))
const attemptsOf = (fence: Fence): string[] => fence.map(({ attempts }) => String(attempts))

async function rowsOf(database: RelayDatabase, statement: Statement): Promise<number> {
  const [rows = []] = await database.write([statement])
  return rows.length
}

/** Removes what was handled, and answers how many; a delivery that meanwhile went to another relay (other `attempts`) is left to it. */
export const complete = (database: RelayDatabase, done: Fence): Promise<number> => rowsOf(database, {
  name: 'relay complete',
  text: `
    delete from delivery d using unnest($1::bigint[], $2::int[]) as x(id, attempts)
    where d.id = x.id and d.attempts = x.attempts and d.state = 'leased' returning 1`,
  values: [idsOf(done), attemptsOf(done)],
})

/** Keeps the leases of what is still being handled. */
export const renew = (database: RelayDatabase, held: Fence, leaseMs: number): Promise<number> => rowsOf(database, {
  name: 'relay renew',
  text: `
    update delivery d set next_at = now() + $3::int * interval '1 ms'
    from unnest($1::bigint[], $2::int[]) as x(id, attempts)
    where d.id = x.id and d.attempts = x.attempts and d.state = 'leased' returning 1`,
  values: [idsOf(held), attemptsOf(held), leaseMs],
})

export type FailedDelivery = {
  readonly id: bigint
  readonly attempts: number
  readonly error: string
  readonly park: boolean
  readonly delayMs: number
}

/** Puts failed deliveries back with their delay, or parks them as of now; the reason stands beside them either way. */
export const fail = (database: RelayDatabase, failed: readonly FailedDelivery[]): Promise<number> => rowsOf(database, {
  name: 'relay fail',
  text: `
    update delivery d set state = case when x.park then 'parked' else 'pending' end, last_error = x.error,
      next_at = now() + case when x.park then 0 else x.delay_ms end * interval '1 ms'
    from unnest($1::bigint[], $2::int[], $3::text[], $4::boolean[], $5::int[]) as x(id, attempts, error, park, delay_ms)
    where d.id = x.id and d.attempts = x.attempts and d.state = 'leased' returning 1`,
  values: [idsOf(failed), attemptsOf(failed), failed.map((f) => f.error), failed.map((f) => String(f.park)), failed.map((f) => String(f.delayMs))],
})

/** A subscriber with more tries than others. */
export type Patient = { readonly name: string; readonly maxAttempts: number }

/**
 * Returns what a relay that died had leased; answers how many. What outlived its relay at the last try is parked: it may well be what ends
 * them, and would end one after the other for ever. What has more tries than others comes an hour later from there on, for the same reason.
 */
export const releaseExpired = (database: RelayDatabase, maxAttempts: number, patient: readonly Patient[]): Promise<number> => rowsOf(database, {
  name: 'relay release',
  text: `
    update delivery d set state = case when last then 'parked' else 'pending' end,
      last_error = case when last then 'the relay ended while handling it' else d.last_error end,
      next_at = case when last then now() when d.attempts >= $1::int then now() + interval '1 hour' else d.next_at end
    from (
      select e.id, e.attempts >= coalesce(p.most, $1::int) as last
      from delivery e left join unnest($2::text[], $3::int[]) as p(name, most) on p.name = e.subscriber
      where e.state = 'leased' and e.next_at < now()
    ) expired
    where d.id = expired.id and d.state = 'leased' and d.next_at < now() returning 1`,
  values: [maxAttempts, patient.map(({ name }) => name), patient.map((p) => String(p.maxAttempts))],
})

/**
 * How far behind the relays are: due deliveries, parked ones, how long the oldest due one has been so, and the age of the oldest event that some
 * subscriber has not had, which also grows while deliveries fail and are only due again later. Seconds.
 */
export async function lag(tx: Tx): Promise<RelayLag> {
  const [row] = await tx.$queryRaw<{ pending: number; parked: number; oldest: number | null; undelivered: number | null }[]>`
    select count(*) filter (where d.state = 'pending' and d.next_at <= now())::int as pending, count(*) filter (where d.state = 'parked')::int as parked,
      extract(epoch from now() - min(d.next_at) filter (where d.state = 'pending' and d.next_at <= now()))::float8 as oldest,
      extract(epoch from now() - min(e.at) filter (where d.state <> 'parked'))::float8 as undelivered
    from delivery d join event e on e.id = d.event_id`
  return { pending: row?.pending ?? 0, parked: row?.parked ?? 0, oldestSeconds: row?.oldest ?? 0, undeliveredSeconds: row?.undelivered ?? 0 }
}
