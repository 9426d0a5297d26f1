import type { DocumentId, FieldValue, FolderId, OrgId, RetentionRule, RetentionRuleId, RetentionSelection, RetentionSince, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { RuledFacts } from './rules.policy.ts'

export type StoredRule = Omit<RetentionRule, 'setAt'> & { setAt: Date }
type Key = { readonly orgId: OrgId; readonly id: RetentionRuleId }

type Row = {
  id: RetentionRuleId; name: string; kind: string; folderId: FolderId | null; type: string | null; tag: string | null; since: string; field: string | null
  keepDays: number | null; deleteDays: number | null; needsRelease: boolean; setBy: UserId; setAt: Date
}
const COLUMNS = Prisma.raw(`r.id::text, r.name, r.kind, r.folder_id::text as "folderId", r.type, r.tag, r.since, r.field, r.keep_days as "keepDays",
  r.delete_days as "deleteDays", r.needs_release as "needsRelease", r.set_by::text as "setBy", r.set_at as "setAt"`)

function selectionOf({ folderId, type, tag }: Row): RetentionSelection {
  if (folderId !== null) return { folderId }
  if (type !== null) return { type }
  return tag === null ? { all: true } : { tag }
}
function sinceOf({ since, field }: Row): RetentionSince {
  if (field !== null) return { field }
  return since === 'uploaded' ? 'uploaded' : 'created'
}
const toRule = (row: Row): StoredRule => ({
  id: row.id, name: row.name, on: selectionOf(row), since: sinceOf(row), keepDays: row.keepDays, deleteDays: row.deleteDays, needsRelease: row.needsRelease,
  setBy: row.setBy, setAt: row.setAt,
})

function partsOf({ on, since }: Pick<StoredRule, 'on' | 'since'>) {
  const [folderId, type, tag] = ['folderId' in on ? on.folderId : null, 'type' in on ? on.type : null, 'tag' in on ? on.tag : null]
  const kind = folderId !== null ? 'folder' : type !== null ? 'type' : tag !== null ? 'tag' : 'all'
  return { kind, folderId, type, tag, since: typeof since === 'string' ? since : 'field', field: typeof since === 'string' ? null : since.field }
}

export type DocumentFacts = RuledFacts & { readonly id: DocumentId }
type FactsRow = Omit<DocumentFacts, 'path' | 'metadata'> & { path: FolderId[]; metadata: Record<string, FieldValue> }
const FACTS = Prisma.raw(`d.id::text, coalesce(f.path::text[], '{}') as path, v.mime, d.tags, d.metadata, d.created_at as "createdAt", v.created_at as "uploadedAt", d.trashed_at as "trashedAt"
  from document d join document_version v on v.org_id = d.org_id and v.id = d.current_version_id left join folder f on f.org_id = d.org_id and f.id = d.folder_id`)

/** Rules of the organization that is set, and what they ask. Every method runs in a tenant unit, unless said otherwise. */
export const rulesRepository = {
  /** One change of the rules at a time, until the unit ends. */
  async lock(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`retention.rules:${orgId}`}, 0))`
  },
  /** By name. */
  async list(tx: Tx, orgId: OrgId): Promise<StoredRule[]> {
    return (await tx.$queryRaw<Row[]>`select ${COLUMNS} from retention_rule r where r.org_id = ${orgId}::uuid order by lower(r.name), r.id`).map(toRule)
  },
  async insert(tx: Tx, orgId: OrgId, rule: StoredRule): Promise<void> {
    const { kind, folderId, type, tag, since, field } = partsOf(rule)
    await tx.$executeRaw`
      insert into retention_rule (id, org_id, name, kind, folder_id, type, tag, since, field, keep_days, delete_days, needs_release, set_by, set_at)
      values (${rule.id}::uuid, ${orgId}::uuid, ${rule.name}, ${kind}, ${folderId}::uuid, ${type}, ${tag}, ${since}, ${field}, ${rule.keepDays}::int,
        ${rule.deleteDays}::int, ${rule.needsRelease}, ${rule.setBy}::uuid, ${rule.setAt}::timestamptz)`
  },
  /** How many rows changed. */
  update(tx: Tx, orgId: OrgId, rule: StoredRule): Promise<number> {
    const { kind, folderId, type, tag, since, field } = partsOf(rule)
    return tx.$executeRaw`
      update retention_rule set name = ${rule.name}, kind = ${kind}, folder_id = ${folderId}::uuid, type = ${type}, tag = ${tag}, since = ${since}, field = ${field},
        keep_days = ${rule.keepDays}::int, delete_days = ${rule.deleteDays}::int, needs_release = ${rule.needsRelease}, set_by = ${rule.setBy}::uuid, set_at = ${rule.setAt}::timestamptz
      where org_id = ${orgId}::uuid and id = ${rule.id}::uuid`
  },
  /** What waits for a release by it waits no more. */
  remove: (tx: Tx, { orgId, id }: Key): Promise<number> => tx.$executeRaw`delete from retention_rule where org_id = ${orgId}::uuid and id = ${id}::uuid`,

  async trashDays(tx: Tx, orgId: OrgId): Promise<number | null> {
    const [row] = await tx.$queryRaw<{ days: number | null }[]>`select trash_days as days from retention_setting where org_id = ${orgId}::uuid`
    return row?.days ?? null
  },
  async setTrashDays(tx: Tx, orgId: OrgId, days: number | null): Promise<void> {
    await tx.$executeRaw`
      insert into retention_setting (org_id, trash_days) values (${orgId}::uuid, ${days}::int) on conflict (org_id) do update set trash_days = excluded.trash_days`
  },
  async isShownFolder(tx: Tx, actor: Actor, id: FolderId): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`
      select f.id::text from folder f
      where f.org_id = ${actor.orgId}::uuid and f.id = ${id}::uuid and app.folder_shown(f.path, f.restricted, ${[...actor.principals]}::text[])`
    return rows.length === 1
  },
  factsOf: (tx: Tx, orgId: OrgId, ids: readonly DocumentId[]): Promise<DocumentFacts[]> =>
    tx.$queryRaw<FactsRow[]>`select ${FACTS} where d.org_id = ${orgId}::uuid and d.id = any (${[...ids]}::text[]::uuid[])`,
  /** By id, those behind `after`. */
  factsBehind: (tx: Tx, orgId: OrgId, { after, limit }: { after: string | null; limit: number }): Promise<DocumentFacts[]> =>
    tx.$queryRaw<FactsRow[]>`
      select ${FACTS} where d.org_id = ${orgId}::uuid and (${after}::uuid is null or d.id > ${after}::uuid) order by d.id limit ${limit}::int`,
  /** System unit: the first organization behind this one that has rules or a time of its trash. */
  async orgBehind(tx: Tx, after: string | null): Promise<OrgId | null> {
    const [row] = await tx.$queryRaw<{ orgId: OrgId }[]>`
      select org_id::text as "orgId" from (select org_id from retention_rule union select org_id from retention_setting where trash_days is not null) o
      where ${after}::uuid is null or org_id > ${after}::uuid order by org_id limit 1`
    return row?.orgId ?? null
  },
}
export type RulesRepository = typeof rulesRepository
