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
  /** False where it was wanted before. */
  async want(tx: Tx, { orgId, documentId, ruleId }: ReleaseKey, at: Date): Promise<boolean> {
    return await tx.$executeRaw`
      insert into retention_release (org_id, document_id, rule_id, wanted_at) values (${orgId}::uuid, ${documentId}::uuid, ${ruleId}::uuid, ${at}::timestamptz)
      on conflict do nothing` === 1
  },
  /** How many rows changed: 0 for one that is not wanted, or was recorded. */
  record: (tx: Tx, { orgId, documentId, ruleId }: ReleaseKey, { by, at, note }: Recorded): Promise<number> => tx.$executeRaw`
    update retention_release set released_by = ${by}::uuid, released_at = ${at}::timestamptz, note = ${note}
    where org_id = ${orgId}::uuid and document_id = ${documentId}::uuid and rule_id = ${ruleId}::uuid and released_at is null`,
  /** Those that were recorded for a document. */
  recorded: (tx: Tx, { orgId, documentId }: Omit<ReleaseKey, 'ruleId'>): Promise<(Recorded & { ruleId: RetentionRuleId })[]> => tx.$queryRaw`
    select rule_id::text as "ruleId", released_by::text as by, released_at as at, note from retention_release
    where org_id = ${orgId}::uuid and document_id = ${documentId}::uuid and released_at is not null order by released_at, rule_id`,
}
export type ReleasesRepository = typeof releasesRepository
