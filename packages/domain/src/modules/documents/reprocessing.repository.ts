import type { DocumentId, Level, OrgId, ReprocessingId, ReprocessWhere, UserId, VersionId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Position, Tx, Window } from '@intellidocs/kernel'
import type { Visibility } from './documents.policy.ts'
import { granted, readable } from './readers.repository.ts'

/** `tookMs`: what its stages took the last time, without the wait for a scanner; null where nothing was measured. */
export type Candidate = {
  documentId: DocumentId; versionId: VersionId; attempt: number; pages: number; tookMs: number | null
  ownerId: UserId; visibility: Visibility; restricted: boolean; granted: Level | null
}

const TOOK = Prisma.sql`(select sum(value::bigint)::float8 from jsonb_each_text(v.stage_ms) where key <> 'scan')`

function pagesFulfil(where: ReprocessWhere): Prisma.Sql {
  const { extractor, engine, model, engineVersion, confidenceBelow, confidenceAbove } = where
  if ([extractor, engine, model, engineVersion, confidenceBelow, confidenceAbove].every((value) => value === undefined)) return Prisma.sql`true`
  return Prisma.sql`exists (select from page p where p.org_id = v.org_id and p.version_id = v.id and p.attempt = v.attempt
    and (${extractor ?? null}::text is null or p.extractor = ${extractor ?? null}::text) and (${engine ?? null}::text is null or p.engine = ${engine ?? null}::text)
    and (${model ?? null}::text is null or p.model = ${model ?? null}::text) and (${engineVersion ?? null}::text is null or p.engine_version = ${engineVersion ?? null}::text)
    and (${confidenceBelow ?? null}::float8 is null or p.confidence < ${confidenceBelow ?? null}::float8)
    and (${confidenceAbove ?? null}::float8 is null or p.confidence > ${confidenceAbove ?? null}::float8))`
}

/** Active documents that the actor reads and that fulfil the conditions, with what decides whether they may be edited; by id, behind `after`. */
export function listCandidates(tx: Tx, actor: Actor, of: { where: ReprocessWhere; after: DocumentId | null; limit: number }): Promise<Candidate[]> {
  const { where, after, limit } = of
  return tx.$queryRaw<Candidate[]>`
    select d.id as "documentId", v.id as "versionId", v.attempt, coalesce(v.pages, 0) as pages, ${TOOK} as "tookMs", d.owner_id as "ownerId", d.visibility,
      coalesce(f.restricted, false) as restricted, ${granted(actor, { document: 'd', folder: 'f' })} as granted
    from ${readable(actor)} d left join folder f on f.org_id = d.org_id and f.id = d.folder_id
    join document_version v on v.org_id = d.org_id and v.id = d.current_version_id
    where d.org_id = ${actor.orgId}::uuid and d.lifecycle = 'active' and v.state not in ('queued', 'processing') and (${after}::uuid is null or d.id > ${after}::uuid)
      and (${where.mime ?? null}::text is null or v.mime = ${where.mime ?? null}::text)
      and (${where.language ?? null}::text is null or v.language = ${where.language ?? null}::text)
      and (${where.folderId ?? null}::uuid is null or f.path @> array[${where.folderId ?? null}::uuid])
      and (${where.state ?? null}::text is null or v.state = ${where.state ?? null}::text)
      and (${where.reason ?? null}::text is null or v.reason = ${where.reason ?? null}::text)
      and (${where.createdFrom ?? null}::timestamptz is null or d.created_at >= ${where.createdFrom ?? null}::timestamptz)
      and (${where.createdBefore ?? null}::timestamptz is null or d.created_at < ${where.createdBefore ?? null}::timestamptz)
      and ${pagesFulfil(where)}
    order by d.id limit ${limit}`
}

/** Milliseconds that a page took lately, over up to 1,000 versions of the organization; null where nothing was measured. */
export async function measuredPageMs(tx: Tx, orgId: OrgId): Promise<number | null> {
  const [row] = await tx.$queryRaw<{ ms: number | null }[]>`
    select (sum(took) / nullif(sum(pages), 0))::float8 as ms from (
      select ${TOOK} as took, greatest(v.pages, 1) as pages from document_version v
      where v.org_id = ${orgId}::uuid and v.state = 'ready' and v.stage_ms <> '{}' order by v.created_at desc limit 1000) lately`
  return row?.ms ?? null
}

export type NewReprocessing = { readonly id: ReprocessingId; readonly orgId: OrgId; readonly userId: UserId; readonly where: ReprocessWhere; readonly at: Date }
export type Chosen = Pick<Candidate, 'documentId' | 'versionId' | 'attempt'>

export async function insertReprocessing(tx: Tx, { id, orgId, userId, where, at }: NewReprocessing, chosen: readonly Chosen[]): Promise<void> {
  await tx.$executeRaw`
    insert into reprocessing (id, org_id, user_id, conditions, documents, created_at, ended_at)
    values (${id}::uuid, ${orgId}::uuid, ${userId}::uuid, ${JSON.stringify(where)}::jsonb, ${chosen.length}, ${at}::timestamptz,
      case when ${chosen.length} = 0 then ${at}::timestamptz end)`
  await tx.$executeRaw`
    insert into reprocessing_document (org_id, reprocessing_id, document_id, version_id, attempt)
    select ${orgId}::uuid, ${id}::uuid, c."documentId", c."versionId", c.attempt
    from json_to_recordset(${JSON.stringify(chosen)}::json) as c("documentId" uuid, "versionId" uuid, attempt int)`
}

export type ReprocessingRow = { id: ReprocessingId; where: ReprocessWhere; documents: number; left: number; createdAt: Date; endedAt: Date | null; position: Position }

/** Somebody's own, newest first. */
export function listReprocessings(tx: Tx, of: { orgId: OrgId; userId: UserId }, { after, limit }: Window): Promise<ReprocessingRow[]> {
  return tx.$queryRaw<ReprocessingRow[]>`
    select r.id, r.conditions as "where", r.documents, r.created_at as "createdAt", r.ended_at as "endedAt", jsonb_build_object('at', r.created_at::text, 'id', r.id) as position,
      (select count(*) from reprocessing_document i where i.org_id = r.org_id and i.reprocessing_id = r.id)::int as "left"
    from reprocessing r where r.org_id = ${of.orgId}::uuid and r.user_id = ${of.userId}::uuid
      and (${after?.id ?? null}::uuid is null or (r.created_at, r.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
    order by r.created_at desc, r.id desc limit ${limit + 1}`
}

/** For a system unit: organizations with something under way. */
export async function orgsReprocessing(tx: Tx): Promise<OrgId[]> {
  const rows = await tx.$queryRaw<{ orgId: OrgId }[]>`select distinct org_id as "orgId" from reprocessing where ended_at is null`
  return rows.map(({ orgId }) => orgId)
}

/** How many of somebody's are under way; until the unit ends nobody else begins one for them. */
export async function countOpen(tx: Tx, { orgId, userId }: { orgId: OrgId; userId: UserId }): Promise<number> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`documents.reprocessing:${orgId}:${userId}`}, 0))`
  const [row] = await tx.$queryRaw<{ n: number }[]>`
    select count(*)::int n from reprocessing where org_id = ${orgId}::uuid and user_id = ${userId}::uuid and ended_at is null`
  return row?.n ?? 0
}

type Of = { readonly orgId: OrgId; readonly id: ReprocessingId }
type Turn = { readonly id: ReprocessingId; readonly members: number }

/** Of each member the oldest that is under way, `limit` of them at most, and how many members have one. */
export function listTurns(tx: Tx, orgId: OrgId, limit: number): Promise<Turn[]> {
  return tx.$queryRaw<Turn[]>`
    select r.id, (select count(distinct o.user_id)::int from reprocessing o where o.org_id = ${orgId}::uuid and o.ended_at is null) as members
    from reprocessing r where r.org_id = ${orgId}::uuid and r.ended_at is null and r.id in (
      select distinct on (o.user_id) o.id from reprocessing o where o.org_id = ${orgId}::uuid and o.ended_at is null order by o.user_id, o.created_at, o.id)
    order by r.created_at, r.id limit ${limit}::int`
}

/** Until the transaction ends; false where it is over, or another worker holds it. */
export async function hold(tx: Tx, { orgId, id }: Of): Promise<boolean> {
  const rows = await tx.$queryRaw<unknown[]>`
    select id from reprocessing where org_id = ${orgId}::uuid and id = ${id}::uuid and ended_at is null for update skip locked`
  return rows.length > 0
}

/** What was asked for is over once its version is at a later attempt, or ended at this one. What waits goes as well where the version moved on by itself. */
export async function dropOver(tx: Tx, { orgId, id }: Of): Promise<void> {
  await tx.$executeRaw`
    delete from reprocessing_document i using document_version v, document d
    where i.org_id = ${orgId}::uuid and i.reprocessing_id = ${id}::uuid and v.org_id = i.org_id and v.id = i.version_id and d.org_id = i.org_id and d.id = i.document_id
      and case when i.asked then v.attempt > i.attempt or v.state not in ('queued', 'processing')
        else v.attempt > i.attempt or v.state in ('queued', 'processing') or d.current_version_id <> v.id or d.lifecycle <> 'active' end`
}

/** How many were asked for and are not over, and the next of those that wait, `limit` together with them at most. */
export async function nextChosen(tx: Tx, { orgId, id }: Of, limit: number): Promise<{ asked: number; next: Chosen[] }> {
  const rows = await tx.$queryRaw<(Chosen & { asked: boolean })[]>`
    select document_id as "documentId", version_id as "versionId", attempt, asked from reprocessing_document
    where org_id = ${orgId}::uuid and reprocessing_id = ${id}::uuid order by asked desc, document_id limit ${limit}`
  return { asked: rows.filter(({ asked }) => asked).length, next: rows.filter(({ asked }) => !asked) }
}

/** That it is read again as this attempt. */
export async function noteAsked(tx: Tx, { orgId, id }: Of, { versionId, attempt }: { versionId: VersionId; attempt: number }): Promise<void> {
  await tx.$executeRaw`
    update reprocessing_document set asked = true, attempt = ${attempt}
    where org_id = ${orgId}::uuid and reprocessing_id = ${id}::uuid and version_id = ${versionId}::uuid`
}

export async function endReprocessing(tx: Tx, { orgId, id }: Of, at: Date): Promise<void> {
  await tx.$executeRaw`update reprocessing set ended_at = ${at}::timestamptz where org_id = ${orgId}::uuid and id = ${id}::uuid`
}
