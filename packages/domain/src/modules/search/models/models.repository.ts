import type { OrgId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { PassageVector } from '../search.types.ts'

/** Of an organization that never had one. */
export const NO_MODEL = ''
export type Place = { readonly model: string; readonly behind: boolean; readonly leftovers: boolean; readonly after: string }
export type Unembedded = { readonly id: string; readonly text: string; readonly heading: string | null; readonly language: string | null; readonly name: string; readonly first: string | null }

/** Which model an organization's search uses, and what changes it, in a tenant unit unless a method says otherwise. */
export const modelsRepository = {
  /** Null: nothing was ever indexed. */
  async place(tx: Tx): Promise<Place | null> {
    const [row] = await tx.$queryRaw<Place[]>`
      select model, behind, leftovers, after_passage::text "after" from search_model where org_id = (select app.org_id())`
    return row ?? null
  },

  /** Until the unit ends the organization's model is not changed. Ahead of the passages that are stored. */
  async hold(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$executeRaw`select pg_advisory_xact_lock_shared(hashtextextended(${lockOf(orgId)}, 0))`
  },
  /** Notes that passages got vectors of these models, the one that new passages are for first. */
  async note(tx: Tx, orgId: OrgId, models: readonly string[]): Promise<void> {
    await tx.$executeRaw`
      insert into search_model (org_id, model, behind) values (${orgId}::uuid, ${models[0] ?? NO_MODEL}, ${models.length === 0}) on conflict (org_id) do nothing`
    await tx.$executeRaw`
      update search_model set behind = behind or model <> all(${[...models]}::text[]), leftovers = leftovers or model <> any(${[...models]}::text[])
      where org_id = ${orgId}::uuid and ((not behind and model <> all(${[...models]}::text[])) or (not leftovers and model <> any(${[...models]}::text[])))`
  },

  /** Passages without a vector of the model, in order, with what their vectors are made of besides. */
  async unembedded(tx: Tx, of: { model: string; after: string; limit: number }): Promise<Unembedded[]> {
    return tx.$queryRaw<Unembedded[]>`
      select p.id::text id, p.text, p.heading, p.language, d.name, f.text "first"
      from (
        select p.* from passage p where p.org_id = (select app.org_id()) and p.id > ${of.after}::bigint
          and not exists (select from passage_vector v where v.org_id = p.org_id and v.passage_id = p.id and v.model = ${of.model})
        order by p.id limit ${of.limit}::int
      ) p
      join document d on d.org_id = p.org_id and d.id = p.document_id
      left join lateral (select left(f.text, 2000) as text from passage f where f.version_id = p.version_id and f.page = 1 order by f.ordinal limit 1) f on true
      order by p.id`
  },
  /** Those of passages that are still there; what somebody else wrote stays. How many that were. */
  async store(tx: Tx, vectors: readonly (PassageVector & { readonly id: string })[]): Promise<number> {
    return tx.$executeRaw`
      insert into passage_vector (org_id, passage_id, document_id, version_id, model, in_language, dimensions, embedding)
      select p.org_id, p.id, p.document_id, p.version_id, v.model, v."inLanguage", v.dimensions, v.vector::halfvec
      from (select * from passage where org_id = (select app.org_id()) and id = any(${vectors.map(({ id }) => id)}::text[]::bigint[]) order by id for key share) p
      join json_to_recordset(${JSON.stringify(vectors)}::json) as v(id bigint, model text, "inLanguage" boolean, vector text, dimensions smallint) using (id)
      on conflict do nothing`
  },
  async cameTo(tx: Tx, after: string, made: number): Promise<void> {
    await tx.$executeRaw`
      update search_model set after_passage = ${after}::bigint, made = made + ${made}::int, worked_at = clock_timestamp() where org_id = (select app.org_id())`
  },
  /** Tried again once others had their turn. */
  async failed(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$executeRaw`update search_model set worked_at = clock_timestamp() where org_id = ${orgId}::uuid`
  },
  /** Searches by the model from now on, unless a passage lacks its vector: then the change begins again with it, and the answer is false. */
  async switchTo(tx: Tx, orgId: OrgId, model: string): Promise<boolean> {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${lockOf(orgId)}, 0))`
    const switched = await tx.$executeRaw`
      update search_model set model = ${model}, since = now(), behind = false, leftovers = true, after_passage = 0, made = 0, worked_at = clock_timestamp()
      where org_id = ${orgId}::uuid and not exists (select from passage p where p.org_id = ${orgId}::uuid
        and not exists (select from passage_vector v where v.org_id = p.org_id and v.passage_id = p.id and v.model = ${model}))`
    if (switched === 0) await tx.$executeRaw`update search_model set after_passage = 0, worked_at = clock_timestamp() where org_id = ${orgId}::uuid`
    return switched === 1
  },
  /** Up to `limit` vectors of other models go; with the last of them it is noted that none is left. */
  async clear(tx: Tx, orgId: OrgId, of: { model: string; limit: number }): Promise<void> {
    const gone = await tx.$executeRaw`
      delete from passage_vector v using (
        select passage_id, model from passage_vector where org_id = ${orgId}::uuid and model <> ${of.model} limit ${of.limit}::int) x
      where v.org_id = ${orgId}::uuid and v.passage_id = x.passage_id and v.model = x.model`
    await tx.$executeRaw`
      update search_model set leftovers = ${gone === of.limit}, worked_at = clock_timestamp() where org_id = ${orgId}::uuid`
  },

  /** System unit: the model that the installation goes to is this one from now on. */
  async aim(tx: Tx, model: string): Promise<void> {
    await tx.$executeRaw`
      insert into embedding_target (one, model) values (true, ${model})
      on conflict (one) do update set model = excluded.model, since = now() where embedding_target.model <> excluded.model`
  },
  /** System unit. */
  async target(tx: Tx): Promise<string | null> {
    const [row] = await tx.$queryRaw<{ model: string }[]>`select model from embedding_target`
    return row?.model ?? null
  },
  /**
   * System unit: organizations that are not done with the model, those that waited longest first. Vectors of other models stay for a minute:
   * processes remember for a second whose they compare with.
   */
  async places(tx: Tx, model: string, limit: number): Promise<OrgId[]> {
    const rows = await tx.$queryRaw<{ orgId: OrgId }[]>`
      select org_id::text "orgId" from search_model where model <> ${model} or behind or (leftovers and since < now() - interval '1 minute')
      order by worked_at limit ${limit}::int`
    return rows.map(({ orgId }) => orgId)
  },
  /** System unit. */
  async waiting(tx: Tx, model: string): Promise<{ orgs: number; waiting: number; made: number }> {
    const [row] = await tx.$queryRaw<{ orgs: number; waiting: number; made: number }[]>`
      select count(*)::int orgs, (count(*) filter (where model <> ${model} or behind))::int waiting, coalesce(sum(made), 0)::float8 made from search_model`
    return row ?? { orgs: 0, waiting: 0, made: 0 }
  },
}

const lockOf = (orgId: OrgId): string => `search.model:${orgId}`
