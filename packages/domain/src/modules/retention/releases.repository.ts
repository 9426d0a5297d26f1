import type { DocumentId, OrgId, RetentionRuleId, UserId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'

export type ReleaseKey = { readonly orgId: OrgId; readonly documentId: DocumentId; readonly ruleId: RetentionRuleId }
export type Recorded = { readonly by: UserId; readonly at: Date; readonly note: string }
export type StoredRelease = { documentId: DocumentId; name: string | null; ruleId: RetentionRuleId; ruleName: string; wantedAt: Date; released: Recorded | null }
export type ReleasePlace = readonly [at: string, documentId: string, ruleId: string]

type Row = Omit<StoredRelease, 'released'> & { releasedBy: UserId | null; releasedAt: Date | null; note: string | null; at: string }
function toRelease({ documentId, name, ruleId, ruleName, wantedAt, releasedBy, releasedAt, note }: Row): StoredRelease {
  return { documentId, name, ruleId, ruleName, wantedAt, released: releasedBy === null || releasedAt === null || note === null ? null : { by: releasedBy, at: releasedAt, note } }
}

/** What waits for a release before it is deleted. Every method runs in a tenant unit. */
export const releasesRepository = {
  /** Oldest first. Names are those of documents that the actor reads. */
  async list(tx: Tx, actor: Actor, { after, limit, only = null }: { after: ReleasePlace | null; limit: number; only?: Omit<ReleaseKey, 'orgId'> | null }): Promise<(StoredRelease & { at: string })[]> {
    const rows = await tx.$queryRaw<Row[]>`
      select w.document_id::text as "documentId", d.name, w.rule_id::text as "ruleId", r.name as "ruleName", w.wanted_at as "wantedAt", w.wanted_at::text as at,
        w.released_by::text as "releasedBy", w.released_at as "releasedAt", w.note
      from retention_release w join retention_rule r on r.org_id = w.org_id and r.id = w.rule_id
      left join app.readable(${actor.orgId}::uuid, ${[...actor.principals]}::text[]) d on d.org_id = w.org_id and d.id = w.document_id
      where w.org_id = ${actor.orgId}::uuid
        and (${only?.documentId ?? null}::uuid is null or (w.document_id = ${only?.documentId ?? null}::uuid and w.rule_id = ${only?.ruleId ?? null}::uuid))
        and (${after?.[0] ?? null}::timestamptz is null or (w.wanted_at, w.document_id, w.rule_id) > (${after?.[0] ?? null}::timestamptz, ${after?.[1] ?? null}::uuid, ${after?.[2] ?? null}::uuid))
      order by w.wanted_at, w.document_id, w.rule_id limit ${limit}::int`
    return rows.map((row) => ({ ...toRelease(row), at: row.at }))
  },
  /** For the present version and the rule as it stands; a release of another version, or by the rule as it was, is forgotten. False where it was wanted before. */
  async want(tx: Tx, { orgId, documentId, ruleId }: ReleaseKey, at: Date): Promise<boolean> {
    return await tx.$executeRaw`
      insert into retention_release as w (org_id, document_id, rule_id, wanted_at, version_id, rule_set_at)
      select d.org_id, d.id, r.id, ${at}::timestamptz, d.current_version_id, r.set_at from document d join retention_rule r on r.org_id = d.org_id and r.id = ${ruleId}::uuid
      where d.org_id = ${orgId}::uuid and d.id = ${documentId}::uuid
      on conflict (org_id, document_id, rule_id) do update set wanted_at = excluded.wanted_at, version_id = excluded.version_id, rule_set_at = excluded.rule_set_at,
        released_by = null, released_at = null, note = null
      where (w.version_id, w.rule_set_at) is distinct from (excluded.version_id, excluded.rule_set_at)` === 1
  },
  /** How many rows changed: 0 for one that is not wanted, or was recorded. */
  record: (tx: Tx, { orgId, documentId, ruleId }: ReleaseKey, { by, at, note }: Recorded): Promise<number> => tx.$executeRaw`
    update retention_release set released_by = ${by}::uuid, released_at = ${at}::timestamptz, note = ${note}
    where org_id = ${orgId}::uuid and document_id = ${documentId}::uuid and rule_id = ${ruleId}::uuid and released_at is null`,
  /** Those that were recorded for a document, as far as they are of its present version and of the rule as it stands. */
  recorded: (tx: Tx, { orgId, documentId }: Omit<ReleaseKey, 'ruleId'>): Promise<(Recorded & { ruleId: RetentionRuleId })[]> => tx.$queryRaw`
    select w.rule_id::text as "ruleId", w.released_by::text as by, w.released_at as at, w.note from retention_release w
    join document d on d.org_id = w.org_id and d.id = w.document_id and d.current_version_id = w.version_id
    join retention_rule r on r.org_id = w.org_id and r.id = w.rule_id and r.set_at = w.rule_set_at
    where w.org_id = ${orgId}::uuid and w.document_id = ${documentId}::uuid and w.released_at is not null order by w.released_at, w.rule_id`,
}
export type ReleasesRepository = typeof releasesRepository
