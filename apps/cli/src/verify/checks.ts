import { SYSTEM_USER_ID } from '@intellidocs/contracts'
import type { Database, Tx } from '@intellidocs/db'
import { indexChecks } from '@intellidocs/domain/search/health'
import { flowChecks } from './flow-checks.ts'
import { NAMED, type Check } from './check.ts'

/** One thing that is not as promised. `subject` names the row or blob. */
export type Difference = { readonly kind: DifferenceKind; readonly orgId: string; readonly subject: string }

/** Found by looking at the installation itself, in the order in which the report names them. */
const installationKinds = [
  'unpublished', 'dup_hits', 'orphan_blobs', 'missing_blobs', 'sha_mismatch', 'pages_missing', 'passages_missing', 'words_missing', 'vectors_missing',
  'stale_passages', 'stale_words', 'missing', 'double_events', 'double_usage', 'parked', 'unreadable', 'stuck', 'no_run', 'open_run',
  'lost_decision', 'double_decision', 'double_steps',
] as const
/** Found by comparing it with what its clients were promised and told. */
const ledgerKinds = [
  'lost', 'wrong_bytes', 'not_found', 'double_upload', 'refused_kept', 'not_received', 'received_twice', 'foreign_reads', 'double_run',
  'told_otherwise', 'not_told', 'hook_missing', 'hook_twice', 'mailed_twice',
] as const
export const differenceKinds = [...installationKinds, ...ledgerKinds] as const
export type DifferenceKind = (typeof differenceKinds)[number]

export type OrgFacts = { readonly documents: number; readonly searchable: number; readonly events: number; readonly differences: Difference[] }


/** Every organization there is, by id. */
export async function listOrgs(database: Database): Promise<string[]> {
  const rows = await database.run({ kind: 'identity' }, (tx) => tx.$queryRaw<{ id: string }[]>`select id::text as id from org order by id`)
  return rows.map(({ id }) => id)
}

/** Compares the rows of one organization with each other, as the application sees them: under its role, in its tenant. */
export async function checkOrg(database: Database, orgId: string, stuckBefore: Date): Promise<OrgFacts> {
  const unit = { kind: 'tenant', orgId, userId: SYSTEM_USER_ID, readOnly: true } as const
  // One short transaction a check: the embedded database makes everybody wait for an open one.
  const run = <T>(check: (tx: Tx) => Promise<T>): Promise<T> => database.run(unit, check)
  const differences: Difference[] = []
  for (const [kind, check] of checks) {
    const rows = await run((tx) => check(tx, stuckBefore))
    differences.push(...rows.map(({ subject }) => ({ kind, orgId, subject })))
  }
  return { ...await run(countAll), differences }
}

async function countAll(tx: Tx): Promise<{ documents: number; searchable: number; events: number }> {
  const [row] = await tx.$queryRaw<{ documents: bigint; searchable: bigint; events: bigint }[]>`
    select (select count(*) from document) as documents,
      (select count(*) from document where lifecycle = 'active' and published_version_id is not null) as searchable,
      (select count(*) from event) as events`
  return { documents: Number(row?.documents ?? 0), searchable: Number(row?.searchable ?? 0), events: Number(row?.events ?? 0) }
}

/** No change without its event: every version was announced when it came to be. The events are read once: no index finds those of a document. */
const missing: Check = (tx) => tx.$queryRaw`
  with announced as materialized (select distinct document_id, payload->>'versionId' as version_id from event where payload ? 'versionId')
  select 'version ' || v.id as subject from document_version v left join announced a on a.document_id = v.document_id and a.version_id = v.id::text
  where a.version_id is null limit ${NAMED}`

/** What happens once a version or attempt was written once. */
const doubleEvents: Check = (tx) => tx.$queryRaw`
  select type || ' of version ' || (payload->>'versionId') || ', attempt ' || (payload->>'attempt') as subject from event
  where type in ('documents.uploaded.v1', 'documents.reprocess-requested.v1', 'documents.ready.v1', 'documents.failed.v1', 'documents.password-needed.v1',
    'documents.cancelled.v1')
  group by type, payload->>'versionId', payload->>'attempt' having count(*) > 1 limit ${NAMED}`

/** A document is paid for once, its bytes once a version, its pages once a time it became ready. What was given back is below nothing. */
const doubleUsage: Check = (tx) => tx.$queryRaw`
  with told as materialized (
    select document_id, count(*) filter (where type = 'documents.uploaded.v1') as uploads, count(*) filter (where type = 'documents.ready.v1') as readings
    from event where type in ('documents.uploaded.v1', 'documents.ready.v1') group by document_id)
  select u.kind || ' of document ' || u.document_id as subject
  from (select document_id, kind, count(*) as times from usage_entry where document_id is not null and amount > 0 group by document_id, kind) u
  left join told t on t.document_id = u.document_id
  where u.times > case u.kind when 'documents' then 1 when 'bytes' then coalesce(t.uploads, 0) when 'pages' then coalesce(t.readings, 0)
    when 'ocrPages' then coalesce(t.readings, 0) end
  limit ${NAMED}`

const unreadable: Check = (tx) => tx.$queryRaw`
  select 'document ' || d.id as subject from document d
  where not exists (select 1 from document_reader r where r.org_id = d.org_id and r.document_id = d.id) limit ${NAMED}`

const stuck: Check = (tx, stuckBefore) => tx.$queryRaw`
  select 'version ' || id || ' (' || state || ' since ' || state_changed_at || ')' as subject from document_version
  where state in ('queued', 'processing') and state_changed_at < ${stuckBefore}::timestamptz limit ${NAMED}`

const checks: readonly (readonly [DifferenceKind, Check])[] = [
  ...indexChecks.map(([kind, check]): readonly [DifferenceKind, Check] => [kind, (tx) => check(tx, NAMED)]),
  ['missing', missing], ['double_events', doubleEvents], ['double_usage', doubleUsage], ['unreadable', unreadable], ['stuck', stuck],
  ...flowChecks,
]

/** Bytes of documents that were purged since then, as `<org>/<sha256>`: the removal spares what was put a short while ago, and leaves it to the sweep. */
export async function purgedBytes(database: Database, orgId: string, since: Date): Promise<string[]> {
  const rows = await database.run({ kind: 'tenant', orgId, userId: SYSTEM_USER_ID, readOnly: true }, (tx) => tx.$queryRaw<{ sha256: string }[]>`
    select distinct jsonb_array_elements_text(payload->'blobs') as sha256 from event where type = 'documents.purged.v1' and at > ${since}::timestamptz`)
  return rows.map(({ sha256 }) => `${orgId}/${sha256}`)
}

/** Reactions to events that were given up, in all organizations. */
export async function checkDeliveries(database: Database): Promise<Difference[]> {
  const rows = await database.run({ kind: 'system' }, (tx) => tx.$queryRaw<{ orgId: string; subject: string }[]>`
    select org_id::text as "orgId", 'event ' || event_id || ' for ' || subscriber || coalesce(': ' || last_error, '') as subject
    from delivery where state = 'parked' order by id limit ${NAMED}`)
  return rows.map((row) => ({ kind: 'parked', ...row }))
}
