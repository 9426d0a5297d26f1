import type { FlowId, FlowNaming, OrgId, UserId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

export type Erased = { readonly userId: UserId; readonly pseudonym: string }

/** Who was erased from an organization. Every method runs in a unit of that organization. */
export type ErasedRepository = {
  /** Of these, those who were erased and are no members again. */
  among(tx: Tx, orgId: OrgId, userIds: readonly UserId[]): Promise<Erased[]>
  /** First in its unit, and until this ends: no certificate is issued, and one that is being issued is waited for (`isAnyErased` of the module `workflows`). */
  lock(tx: Tx, orgId: OrgId): Promise<void>
  /** False when they were erased before. */
  insert(tx: Tx, orgId: OrgId, person: Erased & { at: Date; by: UserId }): Promise<boolean>
  /** Whether anything here tells of somebody who is no member any more. */
  wasHere(tx: Tx, orgId: OrgId, userId: UserId): Promise<boolean>
  /** Where the text stands in the draft or newest version of flows that are not archived, in whatever letters. */
  flowsNaming(tx: Tx, orgId: OrgId, text: string): Promise<FlowNaming[]>
}

/** The paths of all texts and names of fields in a value of JSON that hold the text. */
function pathsTo(value: unknown, text: string, path: readonly string[] = []): string[] {
  const holds = (what: string): boolean => what.toLowerCase().includes(text.toLowerCase())
  if (typeof value === 'string') return holds(value) ? [path.join('.')] : []
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [...(holds(name) ? [[...path, name].join('.')] : []), ...pathsTo(inner, text, [...path, name])])
}

export const erasedRepository: ErasedRepository = {
  among: (tx, orgId, userIds) => tx.$queryRaw<Erased[]>`
    select e.user_id::text as "userId", e.pseudonym from erased_person e
    where e.org_id = ${orgId}::uuid and e.user_id = any (${[...userIds]}::text[]::uuid[])
      and not exists (select from membership m where m.org_id = e.org_id and m.user_id = e.user_id)`,
  async lock(tx, orgId) {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`privacy.erasure:${orgId}`}, 0))`
  },
  async insert(tx, orgId, { userId, pseudonym, at, by }) {
    return await tx.$executeRaw`
      insert into erased_person (org_id, user_id, pseudonym, erased_at, erased_by)
      values (${orgId}::uuid, ${userId}::uuid, ${pseudonym}, ${at}::timestamptz, ${by}::uuid) on conflict do nothing` === 1
  },
  async wasHere(tx, orgId, userId) {
    const [row] = await tx.$queryRaw<{ was: boolean }[]>`
      select exists (select from erased_person where org_id = ${orgId}::uuid and user_id = ${userId}::uuid)
        or exists (select from audit where org_id = ${orgId}::uuid and (actor_id = ${userId}::uuid or subject_type in ('user', 'member') and subject_id = ${userId})) as was`
    return row?.was === true
  },
  async flowsNaming(tx, orgId, text) {
    const rows = await tx.$queryRaw<{ flowId: FlowId; draft: unknown; version: number | null; spec: unknown }[]>`
      select f.id::text as "flowId", f.draft, v.version, v.spec from flow f left join flow_version v on v.org_id = f.org_id and v.flow_id = f.id and v.version = f.version
      where f.org_id = ${orgId}::uuid and f.status = 'active' and position(lower(${text}) in lower(f.draft::text || coalesce(v.spec::text, ''))) > 0 order by f.id`
    return rows.flatMap(({ flowId, draft, version, spec }) => [
      ...pathsTo(draft, text).map((path) => ({ flowId, version: null, path })), ...pathsTo(spec, text).map((path) => ({ flowId, version, path })),
    ])
  },
}
