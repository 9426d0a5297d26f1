import type { EventType, OrgId, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import { PERSONAL, PRESENCE, type Fact } from './facts.policy.ts'

/** `eventId` is below nought for a gauge. */
export type NewFacts = { readonly eventId: bigint; readonly at: Date; readonly facts: readonly Fact[] }
export type State = {
  readonly generation: number; readonly zone: string
  readonly building: number | null; readonly buildingZone: string | null; readonly builtTo: bigint | null; readonly collectedTo: bigint | null; readonly leftover: boolean
  readonly collectAgainAt: Date | null; readonly forgetFrom: bigint | null
}
export type PastEvent = { readonly id: bigint; readonly type: EventType; readonly actorId: UserId; readonly at: Date; readonly payload: unknown }
/** Organizations whose past is to be collected, whose days are built, that forget somebody, and that have days to be removed; events that are not counted yet, and the age of the oldest. */
export type AnalyticsBacklog = {
  readonly collect: number; readonly build: number; readonly forget: number; readonly sweep: number; readonly uncounted: number; readonly oldestSeconds: number
}
type Generation = { readonly generation: number; readonly zone: string }

const STATE = Prisma.raw(`generation, zone, building, building_zone as "buildingZone", built_to as "builtTo", collected_to as "collectedTo", leftover, collect_again_at as "collectAgainAt", forget_from as "forgetFrom"`)
/** Before every event and every gauge. */
const BEGINNING = -(2n ** 62n)

/**
 * These facts (a column of jsonb) without the ids of those whom the organization erased, once and for all: whoever comes back is counted by their pseudonym, so that the
 * facts of an event are the same whenever they are made.
 */
const pseudonymous = (orgId: OrgId, facts: Prisma.Sql): Prisma.Sql => Prisma.sql`
  case when exists (select from erased_person where org_id = ${orgId}::uuid) then (
    select coalesce(jsonb_agg(case when e.user_id is null then one.f else one.f || jsonb_build_object('d', e.pseudonym) end order by one.place), '[]')
    from jsonb_array_elements(${facts}) with ordinality as one(f, place)
    left join erased_person e on e.org_id = ${orgId}::uuid and one.f->>'m' = any (${[...PERSONAL]}::text[]) and e.user_id::text = one.f->>'d'
  ) else ${facts} end`

/** What is made of facts. */
const ROLL_UPS = ['analytics_day', 'analytics_month', 'analytics_person'].map((table) => Prisma.raw(table))

/** A day or month of which there was something, with more of it. */
const MERGED = Prisma.raw('n = a.n + excluded.n, total = a.total + excluded.total, peak = greatest(a.peak, excluded.peak), bins = app.add_bins(a.bins, excluded.bins)')

/**
 * Adds the facts of `source (org_id, event_id, at, facts, generation, zone)` to their days and months, and people to the days on which they were active. In one
 * order, so that two that add at once do not wait for each other in a ring.
 */
const ADD = Prisma.sql`, fact as (
    select s.org_id, s.generation, (s.at at time zone s.zone)::date as day, f.m as metric, coalesce(f.d, '') as dim, f.b, f.n, coalesce(f.t, 0) as t
    from source s cross join lateral jsonb_to_recordset(s.facts) as f(m text, d text, b int, n bigint, t bigint)
  ), counted as (
    select org_id, generation, metric, day, dim, sum(n) as n, sum(t) as total, max(t) as peak, app.histogram(b, n) as bins
    from fact where metric <> ${PRESENCE} group by 1, 2, 3, 4, 5
  ), days as (
    insert into analytics_day as a (org_id, generation, metric, day, dim, n, total, peak, bins) select * from counted order by 1, 2, 3, 4, 5
    on conflict (org_id, generation, metric, day, dim) do update set ${MERGED}
  ), people as (
    insert into analytics_person as a (org_id, generation, month, person, days)
    select org_id, generation, date_trunc('month', day::timestamp)::date, dim, bit_or(1 << (extract(day from day)::int - 1))
    from fact where metric = ${PRESENCE} group by 1, 2, 3, 4 order by 1, 2, 3, 4
    on conflict (org_id, generation, month, person) do update set days = a.days | excluded.days where a.days <> a.days | excluded.days
  )
  insert into analytics_month as a (org_id, generation, metric, month, dim, n, total, peak, bins)
  select org_id, generation, metric, date_trunc('month', day::timestamp)::date, dim, sum(n), sum(total), max(peak), app.sum_bins(bins) from counted group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4, 5
  on conflict (org_id, generation, metric, month, dim) do update set ${MERGED}`

/** The event of the last of up to `limit` facts behind `after`; null: there are none. */
async function lastOfPortion(tx: Tx, orgId: OrgId, { after, limit }: { after: bigint; limit: number }): Promise<bigint | null> {
  const [{ upTo } = { upTo: null }] = await tx.$queryRaw<{ upTo: bigint | null }[]>`
    select max(event_id) as "upTo" from (
      select event_id from analytics_fact where org_id = ${orgId}::uuid and event_id > ${after}::bigint order by event_id limit ${limit}::int) part`
  return upTo
}

/** Facts and the days that are made of them, in a tenant unit. */
export const factsRepository = {
  /** Holds what is counted of the organization until the unit ends: days are added to and built by one at a time. */
  async hold(tx: Tx, orgId: OrgId): Promise<State> {
    const find = (): Promise<State[]> => tx.$queryRaw`select ${STATE} from analytics_org where org_id = ${orgId}::uuid for update`
    const [state] = await find()
    if (state !== undefined) return state
    await tx.$executeRaw`insert into analytics_org (org_id, collect_again_at) values (${orgId}::uuid, now() + interval '1 day') on conflict do nothing`
    const [made] = await find()
    if (made === undefined) throw new Error(`organization ${orgId} is not there to be counted`)
    return made
  },

  /** Behind `hold`. Counts what was not counted yet; what is counted already changes nothing. */
  async add(tx: Tx, orgId: OrgId, { state, given }: { state: State; given: readonly NewFacts[] }): Promise<void> {
    const rows = JSON.stringify(given.map(({ eventId, at, facts }) => ({ event_id: eventId.toString(), at: at.toISOString(), facts })))
    await tx.$executeRaw`
      with fresh as (
        insert into analytics_fact (org_id, event_id, at, facts)
        select ${orgId}::uuid, x.event_id, x.at, ${pseudonymous(orgId, Prisma.sql`x.facts`)} from jsonb_to_recordset(${rows}::jsonb) as x(event_id bigint, at timestamptz, facts jsonb)
        on conflict do nothing returning org_id, event_id, at, facts
      ), source as (
        select f.*, ${state.generation}::int as generation, ${state.zone}::text as zone from fresh f
        union all select f.*, ${state.building}::int, ${state.buildingZone}::text from fresh f where f.event_id <= ${state.builtTo}::bigint
      ) ${ADD}`
  },

  /** Behind `hold`. From now on days are built beside those that are shown, in this time zone; what was being built is given up. */
  async beginBuild(tx: Tx, orgId: OrgId, zone: string): Promise<void> {
    await tx.$executeRaw`
      update analytics_org set building = greatest(generation, building) + 1, building_zone = ${zone}, built_to = ${BEGINNING}::bigint, leftover = leftover or building is not null
      where org_id = ${orgId}::uuid`
  },

  /** Behind `hold`. Adds up to `limit` facts to what is built, in the order of their events. False: there are no more. */
  async buildOn(tx: Tx, orgId: OrgId, { to, after, limit }: { to: Generation; after: bigint; limit: number }): Promise<boolean> {
    const upTo = await lastOfPortion(tx, orgId, { after, limit })
    if (upTo === null) return false
    await tx.$executeRaw`
      with source as (
        select f.*, ${to.generation}::int as generation, ${to.zone}::text as zone from analytics_fact f
        where f.org_id = ${orgId}::uuid and f.event_id > ${after}::bigint and f.event_id <= ${upTo}::bigint
      ) ${ADD}`
    await tx.$executeRaw`update analytics_org set built_to = ${upTo}::bigint where org_id = ${orgId}::uuid`
    return true
  },

  /** Behind `hold`. What was built is shown from now on. */
  async show(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$executeRaw`
      update analytics_org set generation = building, zone = building_zone, building = null, building_zone = null, built_to = null, leftover = true
      where org_id = ${orgId}::uuid and building is not null`
  },

  /** Removes up to `limit` days, and as many months and people in them, that are neither shown nor built. False: none are left. */
  async sweep(tx: Tx, orgId: OrgId, { state, limit }: { state: Pick<State, 'generation' | 'building'>; limit: number }): Promise<boolean> {
    const { generation, building } = state
    const old = Prisma.sql`org_id = ${orgId}::uuid and (generation < ${generation}::int or generation > ${generation}::int and generation < ${building}::int)`
    let removed = 0
    for (const table of ROLL_UPS) removed += await tx.$executeRaw`delete from ${table} where ctid = any (array(select ctid from ${table} where ${old} limit ${limit}::int))`
    if (removed > 0) return true
    await tx.$executeRaw`update analytics_org set leftover = false where org_id = ${orgId}::uuid`
    return false
  },

  /** Behind `hold`. Somebody was erased: `forgetOn` begins with the first fact. */
  async beginForgetting(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$executeRaw`update analytics_org set forget_from = ${BEGINNING}::bigint where org_id = ${orgId}::uuid`
  },

  /**
   * Behind `hold`. Takes the ids of the erased out of up to `limit` facts, in the order of their events, and then out of the days and months of all generations.
   * False: that was done. What is added meanwhile names nobody who was erased.
   */
  async forgetOn(tx: Tx, orgId: OrgId, { after, limit }: { after: bigint; limit: number }): Promise<boolean> {
    const upTo = await lastOfPortion(tx, orgId, { after, limit })
    if (upTo !== null) {
      await tx.$executeRaw`
        update analytics_fact f set facts = ${pseudonymous(orgId, Prisma.sql`f.facts`)}
        where f.org_id = ${orgId}::uuid and f.event_id > ${after}::bigint and f.event_id <= ${upTo}::bigint and exists (
          select from jsonb_array_elements(f.facts) one join erased_person e on e.org_id = ${orgId}::uuid and e.user_id::text = one->>'d' where one->>'m' = any (${[...PERSONAL]}::text[]))`
      await tx.$executeRaw`update analytics_org set forget_from = ${upTo}::bigint where org_id = ${orgId}::uuid`
      return true
    }
    for (const [table, at] of [['analytics_day', 'day'], ['analytics_month', 'month']].map((names) => names.map((name) => Prisma.raw(name)))) {
      await tx.$executeRaw`
        with gone as (
          delete from ${table} d using erased_person e
          where d.org_id = ${orgId}::uuid and e.org_id = ${orgId}::uuid and d.metric = any (${[...PERSONAL]}::text[]) and d.dim = e.user_id::text returning d.*, e.pseudonym
        )
        insert into ${table} as a (org_id, generation, metric, ${at}, dim, n, total, peak, bins)
        select org_id, generation, metric, ${at}, pseudonym, n, total, peak, bins from gone
        on conflict (org_id, generation, metric, ${at}, dim) do update set ${MERGED}`
    }
    await tx.$executeRaw`
      with gone as (
        delete from analytics_person p using erased_person e where p.org_id = ${orgId}::uuid and e.org_id = ${orgId}::uuid and p.person = e.user_id::text returning p.*, e.pseudonym
      )
      insert into analytics_person as a (org_id, generation, month, person, days) select org_id, generation, month, pseudonym, days from gone
      on conflict (org_id, generation, month, person) do update set days = a.days | excluded.days`
    await tx.$executeRaw`update analytics_org set forget_from = null where org_id = ${orgId}::uuid`
    return false
  },

  /** Events of before the organization was counted, oldest first. */
  async pastEvents(tx: Tx, orgId: OrgId, { after, types, limit }: { after: bigint; types: readonly EventType[]; limit: number }): Promise<PastEvent[]> {
    return tx.$queryRaw`
      select id, type, actor_id::text as "actorId", at, payload from event
      where org_id = ${orgId}::uuid and id > ${after}::bigint and type = any (${[...types]}::text[]) order by id limit ${limit}::int`
  },

  /** Behind `hold`. Null: all are collected. */
  async noteCollected(tx: Tx, orgId: OrgId, to: bigint | null): Promise<void> {
    await tx.$executeRaw`update analytics_org set collected_to = ${to}::bigint where org_id = ${orgId}::uuid`
  },

  /** Behind `hold`. Once: what was written since the day before the organization was counted is collected again. */
  async collectAgain(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$executeRaw`
      update analytics_org o set collect_again_at = null,
        collected_to = coalesce((select max(e.id) from event e where e.org_id = o.org_id and e.at < o.collect_again_at - interval '2 days'), 0)
      where o.org_id = ${orgId}::uuid`
  },

  /** For a system unit: organizations whose days are to be built, whose past is to be collected, or who forget somebody. */
  async places(tx: Tx, now: Date): Promise<OrgId[]> {
    const rows = await tx.$queryRaw<{ orgId: OrgId }[]>`
      select org_id::text as "orgId" from analytics_org
      where building is not null or collected_to is not null or leftover or forget_from is not null or collect_again_at <= ${now}::timestamptz order by org_id`
    return rows.map(({ orgId }) => orgId)
  },

  /** For a system unit: how far counting is behind. */
  async backlog(tx: Tx): Promise<AnalyticsBacklog> {
    const [row] = await tx.$queryRaw<AnalyticsBacklog[]>`
      select count(*) filter (where collected_to is not null)::int as collect, count(*) filter (where building is not null)::int as build,
        count(*) filter (where forget_from is not null)::int as forget, count(*) filter (where leftover)::int as sweep, max(d.uncounted) as uncounted, max(d.oldest) as "oldestSeconds"
      from (select count(*)::int as uncounted, coalesce(extract(epoch from now() - min(e.at)), 0)::float8 as oldest
        from delivery w join event e on e.id = w.event_id where w.subscriber like 'analytics.%') d left join analytics_org o on true`
    return row ?? { collect: 0, build: 0, forget: 0, sweep: 0, uncounted: 0, oldestSeconds: 0 }
  },

  /** For a system unit: what waits or is in work, of each organization where anything does. */
  async queues(tx: Tx): Promise<{ orgId: OrgId; open: number; oldestSeconds: number }[]> {
    return tx.$queryRaw`
      select org_id::text as "orgId", count(*)::int as open, extract(epoch from now() - min(state_changed_at))::float8 as "oldestSeconds"
      from document_version where state in ('queued', 'processing') group by org_id order by org_id`
  },
}
export type FactsRepository = typeof factsRepository
