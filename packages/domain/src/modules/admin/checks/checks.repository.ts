import type { InstallationCheck, OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

export type CheckId = string
/** Where a check is. `atBlob` null: the organization is done with, or none was begun. */
export type CheckPlace = { readonly id: CheckId; readonly hash: boolean; readonly cancelAsked: boolean; readonly step: number; readonly atOrg: OrgId | null; readonly atBlob: string | null }
export type CheckDifference = InstallationCheck['differences'][number]
/** What one step found, and where the next one begins. */
export type CheckedStep = { readonly atOrg: OrgId; readonly atBlob: string | null; readonly blobs: number; readonly differences: readonly CheckDifference[] }

/** Differences that a report names; the counts go on. */
const NAMED = 200

type Row = Omit<InstallationCheck, 'askedAt' | 'startedAt' | 'endedAt' | 'orgs'> & { askedAt: Date; startedAt: Date | null; endedAt: Date | null; done: number; total: number }

const toCheck = ({ done, total, askedAt, startedAt, endedAt, ...row }: Row): InstallationCheck => ({
  ...row, orgs: { done, total }, askedAt: askedAt.toISOString(), startedAt: startedAt?.toISOString() ?? null, endedAt: endedAt?.toISOString() ?? null,
})

/** Every method runs in an admin unit. */
export const checksRepository = {
  /** False: one is under way. */
  async ask(tx: Tx, { id, hash, by }: { id: CheckId; hash: boolean; by: UserId }): Promise<boolean> {
    return await tx.$executeRaw`
      insert into installation_check (id, hash, asked_by) values (${id}::uuid, ${hash}, ${by}::uuid) on conflict ((true)) where state in ('queued', 'running') do nothing` === 1
  },
  /** Null for `id`: the newest. */
  async find(tx: Tx, id: CheckId | null): Promise<InstallationCheck | null> {
    const [row] = await tx.$queryRaw<Row[]>`
      select id::text as id, state, hash, cancel_asked as "cancelAsked", asked_by::text as "askedBy", asked_at as "askedAt", started_at as "startedAt", ended_at as "endedAt",
        orgs_done as done, orgs_total as total, blobs::float8 as blobs, counts, differences
      from installation_check where ${id}::uuid is null or id = ${id}::uuid order by asked_at desc, id desc limit 1`
    return row === undefined ? null : toCheck(row)
  },
  /** One that nobody began ends at once, others at their next step. False: it is over, or there is none. */
  async askEnd(tx: Tx, id: CheckId): Promise<boolean> {
    return await tx.$executeRaw`
      update installation_check set cancel_asked = true, state = case when state = 'queued' then 'cancelled' else state end,
        ended_at = case when state = 'queued' then now() end
      where id = ${id}::uuid and state in ('queued', 'running')` === 1
  },
  async open(tx: Tx): Promise<CheckId[]> {
    const rows = await tx.$queryRaw<{ id: CheckId }[]>`select id::text as id from installation_check where state in ('queued', 'running')`
    return rows.map(({ id }) => id)
  },
  /** Begins one that was asked for. Null: it is over. */
  async place(tx: Tx, id: CheckId): Promise<CheckPlace | null> {
    await tx.$executeRaw`
      update installation_check set state = 'running', started_at = now(), orgs_total = (select count(*) from org where id <> app.platform_id())
      where id = ${id}::uuid and state = 'queued'`
    const [row] = await tx.$queryRaw<CheckPlace[]>`
      select id::text as id, hash, cancel_asked as "cancelAsked", step, at_org::text as "atOrg", at_blob as "atBlob" from installation_check
      where id = ${id}::uuid and state = 'running'`
    return row ?? null
  },
  /** The organization after that one, in the order of their ids. */
  async nextOrg(tx: Tx, after: OrgId | null): Promise<OrgId | null> {
    const [row] = await tx.$queryRaw<{ id: OrgId }[]>`
      select id::text as id from org where id <> app.platform_id() and (${after}::uuid is null or id > ${after}::uuid) order by id limit 1`
    return row?.id ?? null
  },
  /** Of several who did the same step, the first writes it down. */
  async keep(tx: Tx, { id, step }: CheckPlace, { atOrg, atBlob, blobs, differences }: CheckedStep): Promise<void> {
    await tx.$executeRaw`
      update installation_check c set at_org = ${atOrg}::uuid, at_blob = ${atBlob}, step = step + 1, blobs = blobs + ${blobs}, orgs_done = orgs_done + ${atBlob === null ? 1 : 0}::int,
        counts = (
          select coalesce(jsonb_object_agg(kind, n), '{}') from (
            select kind, sum(n) as n from (
              select key as kind, value::int as n from jsonb_each_text(c.counts)
              union all select value->>'kind', 1 from jsonb_array_elements(${JSON.stringify(differences)}::jsonb)) told group by kind) summed),
        differences = (
          select coalesce(jsonb_agg(value), '[]') from (
            select value from jsonb_array_elements(c.differences || ${JSON.stringify(differences)}::jsonb) with ordinality as named (value, place) order by place limit ${NAMED}) kept)
      where id = ${id}::uuid and step = ${step} and state = 'running'`
  },
  async end(tx: Tx, id: CheckId, state: 'done' | 'cancelled'): Promise<void> {
    await tx.$executeRaw`update installation_check set state = ${state}, ended_at = now() where id = ${id}::uuid and state = 'running'`
  },
}
export type ChecksRepository = typeof checksRepository
