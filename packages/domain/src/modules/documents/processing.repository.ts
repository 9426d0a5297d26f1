import type {
  DocumentId, DocumentState, FolderId, OrgId, PageSource, Reason, ScanState, Stage, UserId, VersionId, Warning, WarningReason,
} from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Provenance } from '@intellidocs/extraction'
import type { Tx } from '@intellidocs/kernel'
import type { Lifecycle, Visibility } from './documents.policy.ts'
import type { KeptFacts } from './documents.rows.ts'
import { languagesOfDocument } from './ocr-languages.repository.ts'
import type { ProcessingRef } from './processing.types.ts'

/** What a run reads once when it begins. */
export type Subject = {
  name: string
  fileName: string
  sha256: string
  size: number
  number: number
  mime: string | null
  language: string | null
  pages: number | null
  /** Whether the file says its title, or its text does. */
  titled: boolean
  passwordCipher: Uint8Array<ArrayBuffer> | null
  state: DocumentState
  reason: Reason | null
  scan: ScanState
  attempt: number
  ownerId: UserId
  folderId: FolderId | null
  visibility: Visibility
  lifecycle: Lifecycle
  /** None: as the installation says. */ ocrLanguages: string[]
}

/** The version with its document, at whatever attempt and state it is. Null: purged, or of another organization. */
export async function findSubject(tx: Tx, ref: Omit<ProcessingRef, 'attempt'>): Promise<Subject | null> {
  const rows = await tx.$queryRaw<Subject[]>`
    select d.name, v.file_name as "fileName", v.sha256, v.size::float8 as size, v.number, v.mime, v.language, v.pages, v.facts ? 'title' as titled,
      v.password_cipher as "passwordCipher", v.state, v.reason, v.scan, v.attempt, d.owner_id as "ownerId", d.folder_id as "folderId", d.visibility,
      d.lifecycle, ${languagesOfDocument(ref.orgId)} as "ocrLanguages"
    from document_version v join document d on d.org_id = v.org_id and d.id = v.document_id
    where v.org_id = ${ref.orgId}::uuid and v.id = ${ref.versionId}::uuid and v.document_id = ${ref.documentId}::uuid`
  return rows[0] ?? null
}

/**
 * The row locks come in one order everywhere, document before version: a purge deletes in that order, and the other way round
 * the two would wait for each other. False: the document is gone.
 */
export async function lockDocument(tx: Tx, orgId: OrgId, documentId: DocumentId): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`select id from document where org_id = ${orgId}::uuid and id = ${documentId}::uuid for update`
  return rows.length === 1
}

/** Keeps the document as it is until the transaction ends; many may hold it at a time. */
export async function holdDocument(tx: Tx, orgId: OrgId, documentId: DocumentId): Promise<void> {
  await tx.$queryRaw`select id from document where org_id = ${orgId}::uuid and id = ${documentId}::uuid for share`
}

/**
 * Takes the version for this attempt, at its first stage: what waits for the scanner is not read before. 0: fenced off. Rows of attempts before are
 * dropped by `dropOldPages`.
 */
export function begin(tx: Tx, ref: ProcessingRef, { stage, at }: { stage: 'scan' | 'identify'; at: Date }): Promise<number> {
  return tx.$executeRaw`
    update document_version set state = 'processing', reason = null, warnings = '[]', stage = ${stage}, pages_done = 0, state_changed_at = ${at}::timestamptz,
      waited_ms = case when state = 'queued' then greatest(0, (extract(epoch from ${at}::timestamptz - state_changed_at) * 1000)::bigint) else waited_ms end,
      stage_at = clock_timestamp(), stage_ms = case when state = 'queued' then '{}' else app.stage_spent(stage_ms, stage, stage_at) end
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and document_id = ${ref.documentId}::uuid
      and attempt = ${ref.attempt} and state in ('queued', 'processing') and (${stage} = 'scan' or scan in ('none', 'clean'))`
}

/** The scanner looked at all of it and found nothing. 0: fenced off, or known already. */
export function setClean(tx: Tx, ref: ProcessingRef): Promise<number> {
  return tx.$executeRaw`
    update document_version set scan = 'clean'
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt} and state = 'processing' and scan = 'waiting'`
}

/** A reading that starts again shows no page of the one before, and search stops answering from passages about to be replaced. */
export async function dropOldPages(tx: Tx, ref: ProcessingRef): Promise<void> {
  await tx.$executeRaw`delete from page where org_id = ${ref.orgId}::uuid and version_id = ${ref.versionId}::uuid and attempt < ${ref.attempt}`
  await tx.$executeRaw`
    update document set published_version_id = null where org_id = ${ref.orgId}::uuid and id = ${ref.documentId}::uuid
      and published_version_id = ${ref.versionId}::uuid`
}

/** Holds the version at this attempt until the transaction ends. 0 rows: fenced off, write nothing. */
export async function fence(tx: Tx, ref: ProcessingRef): Promise<boolean> {
  const rows = await tx.$queryRaw<{ id: string }[]>`
    select id from document_version
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt} and state = 'processing' for update`
  return rows.length === 1
}

/** What the stage took that ends with this change; one that goes on keeps its beginning. */
const spentBefore = (next: Stage) => Prisma.sql`stage_ms = case when stage = ${next} then stage_ms else app.stage_spent(stage_ms, stage, stage_at) end,
  stage_at = case when stage = ${next} then stage_at else clock_timestamp() end`

export type ProgressRow = { readonly stage: Stage; readonly pagesDone: number; readonly pages: number | null }

/** 0: fenced off. A null count of pages leaves the one that is known. */
export function setProgress(tx: Tx, ref: ProcessingRef, to: ProgressRow): Promise<number> {
  return tx.$executeRaw`
    update document_version set stage = ${to.stage}, pages_done = ${to.pagesDone}, pages = coalesce(${to.pages}::int, pages), ${spentBefore(to.stage)}
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt} and state = 'processing'`
}

/** `said`: what the file says of itself. */
export type NewFacts = { readonly mime: string; readonly language: string | null; readonly pages: number; readonly warnings: readonly Warning[]; readonly said?: KeptFacts }

/**
 * With the progress that goes with it, in one statement: a second update of the same row in one transaction makes Postgres look at the foreign key
 * again, which locks the document after the version, and a begin that locks them in the order of all others would wait for it for ever.
 */
export function setFacts(tx: Tx, ref: ProcessingRef, facts: NewFacts): Promise<number> {
  return tx.$executeRaw`
    update document_version set mime = ${facts.mime}, language = ${facts.language}, pages = ${facts.pages}, warnings = ${JSON.stringify(facts.warnings)}::jsonb,
      facts = ${JSON.stringify(facts.said ?? {})}::jsonb, stage = 'extract', pages_done = 0, ${spentBefore('extract')}
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt} and state = 'processing'`
}

/** `boxes`: where its words stand, packed as extraction packs them; absent where that is not known. */
export type NewPage = {
  readonly number: number; readonly text: string; readonly source: PageSource; readonly confidence: number | null; readonly warnings: readonly WarningReason[]
  /** Null where nobody could read it. */
  readonly provenance: Provenance | null; readonly words?: number; readonly boxes?: Uint8Array | undefined
}

export function setLanguage(tx: Tx, ref: ProcessingRef, language: string): Promise<number> {
  return tx.$executeRaw`
    update document_version set language = ${language}
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt} and state = 'processing'`
}

/** The heading of its text, unless the version has a title. */
export function setHeading(tx: Tx, ref: ProcessingRef, heading: string): Promise<number> {
  return tx.$executeRaw`
    update document_version set facts = case when facts ? 'title' then facts else facts || jsonb_build_object('title', ${heading}::text, 'titleFrom', 'heading') end
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt} and state = 'processing'`
}

/**
 * Call behind `fence`. A page that this attempt has already written stays as it is, so a repeated or doubled activity changes nothing.
 * As JSON, because arrays of text are escaped letter by letter on the way: a sheet of 50 MB held the process, and its heartbeats, for seconds.
 */
export async function writePages(tx: Tx, ref: ProcessingRef, pages: readonly NewPage[]): Promise<void> {
  await tx.$executeRaw`
    insert into page (org_id, version_id, number, text, source, confidence, warnings, attempt, extractor, engine, model, engine_version, read_at, words)
    select ${ref.orgId}::uuid, ${ref.versionId}::uuid, p.number, p.text, p.source, p.confidence, p.warnings, ${ref.attempt}, p.extractor, p.engine, p.model, p.version, now(), p.words
    from json_to_recordset(${JSON.stringify(pages.map(({ boxes: _, provenance, ...page }) => ({ ...page, ...provenance })))}::json) as p(
      number int, text text, source text, confidence real, warnings text[], extractor text, engine text, model text, version text, words int)
    on conflict (org_id, version_id, number) do update
      set text = excluded.text, source = excluded.source, confidence = excluded.confidence, warnings = excluded.warnings, attempt = excluded.attempt,
        extractor = excluded.extractor, engine = excluded.engine, model = excluded.model, engine_version = excluded.engine_version, read_at = excluded.read_at,
        words = excluded.words
      where page.attempt < excluded.attempt`
  const placed = pages.flatMap(({ number, boxes }) => (boxes === undefined ? [] : [{ number, boxes: Buffer.from(boxes).toString('base64') }]))
  if (placed.length === 0) return
  await tx.$executeRaw`
    insert into page_layout (org_id, version_id, number, boxes, attempt)
    select ${ref.orgId}::uuid, ${ref.versionId}::uuid, l.number, decode(l.boxes, 'base64'), ${ref.attempt}
    from json_to_recordset(${JSON.stringify(placed)}::json) as l(number int, boxes text)
    on conflict (org_id, version_id, number) do update set boxes = excluded.boxes, attempt = excluded.attempt where page_layout.attempt < excluded.attempt`
}

type Range = { readonly from: number; readonly to: number }

/** Numbers of the pages that this attempt has written, `from` and `to` included. */
export async function writtenPages(tx: Tx, ref: ProcessingRef, range: Range): Promise<number[]> {
  const rows = await tx.$queryRaw<{ number: number }[]>`
    select number from page where org_id = ${ref.orgId}::uuid and version_id = ${ref.versionId}::uuid and attempt = ${ref.attempt}
      and number between ${range.from} and ${range.to} order by number`
  return rows.map((row) => row.number)
}

export function readPages(tx: Tx, ref: ProcessingRef, range: Range): Promise<{ number: number; text: string }[]> {
  return tx.$queryRaw<{ number: number; text: string }[]>`
    select number, text from page where org_id = ${ref.orgId}::uuid and version_id = ${ref.versionId}::uuid and attempt = ${ref.attempt}
      and number between ${range.from} and ${range.to} order by number`
}

/** How many pages this attempt has written. */
export async function countPages(tx: Tx, ref: ProcessingRef): Promise<number> {
  const rows = await tx.$queryRaw<{ count: number }[]>`
    select count(*)::int as count from page where org_id = ${ref.orgId}::uuid and version_id = ${ref.versionId}::uuid and attempt = ${ref.attempt}`
  return rows[0]?.count ?? 0
}

/** An end that is not `ready`; with the reason `infected` nobody is given the bytes from here on. 0: fenced off, or ended before. */
export function end(
  tx: Tx, ref: ProcessingRef, ending: { state: 'failed' | 'needs_password' | 'cancelled'; reason: Reason; mime: string | null; at: Date },
): Promise<number> {
  return tx.$executeRaw`
    update document_version set state = ${ending.state}, reason = ${ending.reason}, mime = coalesce(${ending.mime}::text, mime),
      scan = case when ${ending.reason} = 'infected' then 'infected' else scan end,
      state_changed_at = ${ending.at}::timestamptz
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and document_id = ${ref.documentId}::uuid
      and attempt = ${ref.attempt} and state in ('queued', 'processing')`
}

const twinsOf = (ref: ProcessingRef) => Prisma.sql`select t.id, t.document_id from document_version v join document_version t on t.org_id = v.org_id and t.sha256 = v.sha256
  where v.org_id = ${ref.orgId}::uuid and v.id = ${ref.versionId}::uuid`

/** Holds all documents of the organization with these bytes, in one order, for `condemnTwins`: before any of their versions, as everywhere. */
export async function lockTwins(tx: Tx, ref: ProcessingRef): Promise<void> {
  await tx.$queryRaw`
    select id from document where org_id = ${ref.orgId}::uuid and id in (select t.document_id from (${twinsOf(ref)}) t) order by id for update`
}

/**
 * The same bytes wherever else the organization has them: nobody is given them there either, and search answers from none of them. What still waits for the
 * scanner is given to nobody, and its own run finds the same.
 */
export async function condemnTwins(tx: Tx, ref: ProcessingRef): Promise<void> {
  await tx.$executeRaw`
    update document_version set scan = 'infected'
    where org_id = ${ref.orgId}::uuid and id in (select t.id from (${twinsOf(ref)}) t) and scan in ('none', 'clean')`
  await tx.$executeRaw`
    update document set published_version_id = null
    where org_id = ${ref.orgId}::uuid and published_version_id in (select t.id from (${twinsOf(ref)}) t)`
}

/** Ready, and only if every page is there and accounted for. 0: fenced off, or pages are missing. */
export function setReady(tx: Tx, ref: ProcessingRef, { at, warnings }: { readonly at: Date; readonly warnings: readonly Warning[] }): Promise<number> {
  return tx.$executeRaw`
    update document_version v set state = 'ready', reason = null, warnings = ${JSON.stringify(warnings)}::jsonb, stage = null, pages_done = v.pages, state_changed_at = ${at}::timestamptz,
      stage_ms = app.stage_spent(v.stage_ms, v.stage, v.stage_at), stage_at = null,
      facts = v.facts || jsonb_build_object('words', (
        select coalesce(sum(p.words), 0) from page p where p.org_id = v.org_id and p.version_id = v.id and p.attempt = v.attempt))
    where v.org_id = ${ref.orgId}::uuid and v.id = ${ref.versionId}::uuid and v.attempt = ${ref.attempt} and v.state = 'processing'
      and v.pages = (
        select count(*) from page p where p.org_id = v.org_id and p.version_id = v.id and p.attempt = v.attempt
          and app.page_accounted(p.source, p.text, p.warnings))`
}

/** How a version was read, once it is ready: milliseconds that it waited and that its stages took. */
export type Reading = { pages: number; mime: string | null; ocrPages: number; waitedMs: number | null; stagesMs: Partial<Record<Stage, number>> }

export async function readingOf(tx: Tx, ref: ProcessingRef): Promise<Reading> {
  const [row] = await tx.$queryRaw<Reading[]>`
    select coalesce(v.pages, 0) as pages, v.mime, v.waited_ms::float8 as "waitedMs", v.stage_ms as "stagesMs", (
      select count(*) from page p where p.org_id = v.org_id and p.version_id = v.id and p.attempt = v.attempt and p.source = 'ocr')::int as "ocrPages"
    from document_version v where v.org_id = ${ref.orgId}::uuid and v.id = ${ref.versionId}::uuid and v.attempt = ${ref.attempt}`
  if (row === undefined) throw new Error(`version ${ref.versionId} is not there at attempt ${ref.attempt}`)
  return row
}

/** Search answers from this version from here on, unless a newer one was published first, or its bytes were found infected elsewhere while it was read. */
export async function publish(tx: Tx, ref: ProcessingRef): Promise<void> {
  await tx.$executeRaw`
    update document d set published_version_id = ${ref.versionId}::uuid, updated_at = now()
    where d.org_id = ${ref.orgId}::uuid and d.id = ${ref.documentId}::uuid
      and exists (select from document_version v where v.org_id = d.org_id and v.id = ${ref.versionId}::uuid and v.scan in ('none', 'clean')) and not exists (
      select from document_version p join document_version v on v.org_id = p.org_id and v.id = ${ref.versionId}::uuid
      where p.org_id = d.org_id and p.id = d.published_version_id and p.number > v.number)`
}

export type OpenCount = { state: 'queued' | 'processing'; count: number; oldestSeconds: number }

/** For a system unit: how many versions of all organizations are waiting or in work, and since when the oldest. A state without any is absent. */
export function countOpenVersions(tx: Tx): Promise<OpenCount[]> {
  return tx.$queryRaw<OpenCount[]>`
    select state, count(*)::int as count, extract(epoch from now() - min(state_changed_at))::float8 as "oldestSeconds"
    from document_version where state in ('queued', 'processing') group by state`
}

/** `changedAt` as text: a Date has no microseconds, and a page of the list would begin in the middle of the one before. */
export type OpenVersion = { versionId: VersionId; orgId: OrgId; documentId: DocumentId; attempt: number; changedAt: string }
export type OpenVersions = { readonly olderThan: Date; readonly after: Pick<OpenVersion, 'versionId' | 'changedAt'> | null; readonly limit: number }

/** For a system unit: versions of all organizations that have been waiting or in work since before `olderThan`, oldest first. */
export function listOpenVersions(tx: Tx, { olderThan, after, limit }: OpenVersions): Promise<OpenVersion[]> {
  return tx.$queryRaw<OpenVersion[]>`
    select id as "versionId", org_id as "orgId", document_id as "documentId", attempt, state_changed_at::text as "changedAt" from document_version
    where state in ('queued', 'processing') and state_changed_at < ${olderThan}::timestamptz
      and (${after?.versionId ?? null}::uuid is null
        or (state_changed_at, id) > (${after?.changedAt ?? null}::timestamptz, ${after?.versionId ?? null}::uuid))
    order by state_changed_at, id limit ${limit}`
}

export type VersionState = { versionId: VersionId; attempt: number; open: boolean; changedAt: Date }

/** For a system unit: where these versions stand; a version that is gone is not among them. */
export function findVersionStates(tx: Tx, ids: readonly VersionId[]): Promise<VersionState[]> {
  return tx.$queryRaw<VersionState[]>`
    select id as "versionId", attempt, state in ('queued', 'processing') as open, state_changed_at as "changedAt"
    from document_version where id = any(${[...ids]}::uuid[])`
}

/** The next attempt, if the version is still at this one and not over. Null: it moved on by itself. */
export async function restart(tx: Tx, ref: ProcessingRef, at: Date): Promise<number | null> {
  const rows = await tx.$queryRaw<{ attempt: number }[]>`
    update document_version set state = 'queued', attempt = attempt + 1, stage = null, pages_done = 0, state_changed_at = ${at}::timestamptz,
      scan = case when scan = 'infected' then 'waiting' else scan end
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt} and state in ('queued', 'processing')
    returning attempt`
  return rows[0]?.attempt ?? null
}
