import type { FlowId, FlowSpec, OrgId, UserId } from '@intellidocs/contracts'
import type { Position, Tx, Window } from '@intellidocs/kernel'

export type FlowStatus = 'active' | 'archived'
/** `version`: the newest published, 0 for none; `publishedAt` is of that one. */
export type FlowRow = {
  id: FlowId; name: string; status: FlowStatus; version: number; createdBy: UserId; createdAt: Date; updatedAt: Date; publishedAt: Date | null
}
export type NewFlow = { id: FlowId; orgId: OrgId; spec: FlowSpec; createdBy: UserId }
export type VersionRow = { version: number; spec: FlowSpec; publishedBy: UserId; publishedAt: Date }
type One = { readonly orgId: OrgId; readonly id: FlowId }

/** Every method runs in a tenant unit. Definitions are stored as `flowSpec` read them. */
export type DefinitionsRepository = {
  /** Oldest first. */
  list(tx: Tx, of: { orgId: OrgId; status: FlowStatus }, page: Window): Promise<(FlowRow & { position: Position })[]>
  find(tx: Tx, one: One): Promise<FlowRow | null>
  /** The same; nobody else changes it until the unit ends. */
  lock(tx: Tx, one: One): Promise<FlowRow | null>
  /** One publication of the organization at a time: two flows that start each other are each fine before the other is there. */
  lockPublishing(tx: Tx, orgId: OrgId): Promise<void>
  draft(tx: Tx, one: One): Promise<FlowSpec | null>
  version(tx: Tx, one: One & { version: number }): Promise<VersionRow | null>
  /** Whether the version is this definition, by this person. */
  isVersion(tx: Tx, one: One & { version: number }, as: { spec: FlowSpec; publishedBy: UserId }): Promise<boolean>
  /** False when another active flow has the name. */
  insert(tx: Tx, flow: NewFlow): Promise<boolean>
  /** Of an active flow whose newest version is the one before. Names are unique by an index: see `unlessTaken`. */
  publish(tx: Tx, one: One & { version: number }, as: { spec: FlowSpec; publishedBy: UserId; at: Date }): Promise<void>
  archive(tx: Tx, one: One, at: Date): Promise<void>
}

type Row = Omit<FlowRow, 'status'> & { status: string }
const toFlow = ({ status, ...row }: Row): FlowRow => ({ ...row, status: status === 'archived' ? 'archived' : 'active' })

async function find(tx: Tx, { orgId, id }: One): Promise<FlowRow | null> {
  const [row] = await tx.$queryRaw<Row[]>`
    select f.id, f.name, f.status, f.version, f.created_by as "createdBy", f.created_at as "createdAt", f.updated_at as "updatedAt", v.published_at as "publishedAt"
    from flow f left join flow_version v on v.org_id = f.org_id and v.flow_id = f.id and v.version = f.version
    where f.org_id = ${orgId}::uuid and f.id = ${id}::uuid`
  return row === undefined ? null : toFlow(row)
}

const oneRow = (rows: number, what: string): void => {
  if (rows !== 1) throw new Error(`${what}: ${rows} rows were changed where one was expected`)
}

export const definitionsRepository: DefinitionsRepository = {
  find,
  async list(tx, { orgId, status }, { limit, after }) {
    const rows = await tx.$queryRaw<(Row & { at: string })[]>`
      select f.id, f.name, f.status, f.version, f.created_by as "createdBy", f.created_at as "createdAt", f.updated_at as "updatedAt", v.published_at as "publishedAt",
        f.created_at::text as at
      from flow f left join flow_version v on v.org_id = f.org_id and v.flow_id = f.id and v.version = f.version
      where f.org_id = ${orgId}::uuid and f.status = ${status}
        and (${after?.at ?? null}::timestamptz is null or (f.created_at, f.id) > (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by f.created_at, f.id limit ${limit + 1}::int`
    return rows.map(({ at, ...row }) => ({ ...toFlow(row), position: { at, id: row.id } }))
  },
  async lock(tx, one) {
    await tx.$queryRaw`select id from flow where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid for update`
    return find(tx, one)
  },
  async lockPublishing(tx, orgId) {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`workflows.publish:${orgId}`}, 0))`
  },
  async draft(tx, { orgId, id }) {
    const [row] = await tx.$queryRaw<{ spec: FlowSpec }[]>`select draft as spec from flow where org_id = ${orgId}::uuid and id = ${id}::uuid`
    return row?.spec ?? null
  },
  async version(tx, { orgId, id, version }) {
    const [row] = await tx.$queryRaw<VersionRow[]>`
      select version, spec, published_by as "publishedBy", published_at as "publishedAt" from flow_version
      where org_id = ${orgId}::uuid and flow_id = ${id}::uuid and version = ${version}::int`
    return row ?? null
  },
  async isVersion(tx, { orgId, id, version }, { spec, publishedBy }) {
    const rows = await tx.$queryRaw<{ version: number }[]>`
      select version from flow_version where org_id = ${orgId}::uuid and flow_id = ${id}::uuid and version = ${version}::int
        and spec = ${JSON.stringify(spec)}::jsonb and published_by = ${publishedBy}::uuid`
    return rows.length === 1
  },
  async insert(tx, { id, orgId, spec, createdBy }) {
    const inserted = await tx.$executeRaw`
      insert into flow (id, org_id, name, draft, created_by) values (${id}::uuid, ${orgId}::uuid, ${spec.name}, ${JSON.stringify(spec)}::jsonb, ${createdBy}::uuid)
      on conflict (org_id, lower(name)) where status = 'active' do nothing`
    return inserted === 1
  },
  async publish(tx, { orgId, id, version }, { spec, publishedBy, at }) {
    const { count } = await tx.flow.updateMany({
      where: { orgId, id, status: 'active', version: version - 1 }, data: { version, name: spec.name, draft: spec, updatedAt: at },
    })
    oneRow(count, 'publishing a flow')
    await tx.$executeRaw`
      insert into flow_version (org_id, flow_id, version, spec, published_by)
      values (${orgId}::uuid, ${id}::uuid, ${version}::int, ${JSON.stringify(spec)}::jsonb, ${publishedBy}::uuid)`
  },
  async archive(tx, { orgId, id }, at) {
    const { count } = await tx.flow.updateMany({ where: { orgId, id, status: 'active' }, data: { status: 'archived', archivedAt: at, updatedAt: at } })
    oneRow(count, 'archiving a flow')
  },
}
