import type { DocumentId, OrgId, ScanState, UserId, VersionId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'
import type { PageRow, VersionRow } from './documents.rows.ts'
import type { ProcessingRef } from './processing.types.ts'

export type NewVersion = {
  readonly id: VersionId
  readonly orgId: OrgId
  readonly documentId: DocumentId
  readonly number: number
  readonly fileName: string
  readonly sha256: string
  readonly size: number
  readonly passwordCipher: Uint8Array<ArrayBuffer> | null
  readonly scan: ScanState
  readonly createdBy: UserId
  readonly at: Date
}

type Of = { readonly orgId: OrgId; readonly documentId: DocumentId }

export async function insertVersion(tx: Tx, v: NewVersion): Promise<void> {
  await tx.$executeRaw`
    insert into document_version (id, org_id, document_id, number, file_name, sha256, size, password_cipher, scan, created_by, created_at, state_changed_at)
    values (${v.id}::uuid, ${v.orgId}::uuid, ${v.documentId}::uuid, ${v.number}, ${v.fileName}, ${v.sha256}, ${v.size}::bigint,
      ${v.passwordCipher}::bytea, ${v.scan},
      ${v.createdBy}::uuid, ${v.at}::timestamptz, ${v.at}::timestamptz)`
}

/** Newest first; `below` is the number after which the page begins. */
export function listVersions(tx: Tx, of: Of, page: { below: number | null; limit: number }): Promise<VersionRow[]> {
  return tx.$queryRaw<VersionRow[]>`
    select v.id, v.number, v.id = d.current_version_id as current, v.file_name as "fileName", v.mime, v.size::float8 as size, v.sha256,
      v.state, v.reason, v.warnings, v.scan, v.stage,
      v.pages_done as "pagesDone", v.attempt, v.pages, v.language, v.created_by as "createdBy", v.created_at as "createdAt"
    from document_version v join document d on d.org_id = v.org_id and d.id = v.document_id
    where v.org_id = ${of.orgId}::uuid and v.document_id = ${of.documentId}::uuid and (${page.below}::int is null or v.number < ${page.below}::int)
    order by v.number desc limit ${page.limit}`
}

export type StoredVersion = VersionRow & { passwordCipher: Uint8Array<ArrayBuffer> | null }

/** Null when the document has no version of this number. */
export async function findVersion(tx: Tx, of: Of, number: number): Promise<StoredVersion | null> {
  const rows = await tx.$queryRaw<StoredVersion[]>`
    select v.id, v.number, v.id = d.current_version_id as current, v.file_name as "fileName", v.mime, v.size::float8 as size, v.sha256,
      v.state, v.reason, v.warnings, v.scan, v.stage,
      v.pages_done as "pagesDone", v.attempt, v.pages, v.language, v.created_by as "createdBy", v.created_at as "createdAt",
        v.password_cipher as "passwordCipher"
    from document_version v join document d on d.org_id = v.org_id and d.id = v.document_id
    where v.org_id = ${of.orgId}::uuid and v.document_id = ${of.documentId}::uuid and v.number = ${number}`
  return rows[0] ?? null
}

export async function highestNumber(tx: Tx, of: Of): Promise<number> {
  const rows = await tx.$queryRaw<{ number: number }[]>`
    select max(number) as number from document_version where org_id = ${of.orgId}::uuid and document_id = ${of.documentId}::uuid`
  return rows[0]?.number ?? 0
}

/** In reading order, from the page after `after`. */
export function listPages(tx: Tx, orgId: OrgId, version: { id: VersionId; after: number; limit: number }): Promise<PageRow[]> {
  return tx.$queryRaw<PageRow[]>`
    select number, text, source, confidence, warnings, extractor, engine, model, engine_version as "engineVersion", read_at as "readAt" from page
    where org_id = ${orgId}::uuid and version_id = ${version.id}::uuid and number > ${version.after}
    order by number limit ${version.limit}`
}

/** Where the words of a page stand, packed as extraction packs them, with its text; null where that is not known. */
export async function pagePlaces(tx: Tx, orgId: OrgId, { id, number }: { id: VersionId; number: number }): Promise<{ text: string; boxes: Uint8Array } | null> {
  const [row] = await tx.$queryRaw<{ text: string; boxes: Uint8Array }[]>`
    select p.text, l.boxes from page p join page_layout l using (org_id, version_id, number)
    where p.org_id = ${orgId}::uuid and p.version_id = ${id}::uuid and p.number = ${number}::int and l.attempt = p.attempt`
  return row ?? null
}

/** Whether any page of it was recognized in its pixels, with the places of its words. */
export async function hasRecognizedPages(tx: Tx, orgId: OrgId, id: VersionId): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ found: boolean }[]>`
    select exists (select from page p join page_layout l using (org_id, version_id, number)
      where p.org_id = ${orgId}::uuid and p.version_id = ${id}::uuid and p.source = 'ocr' and l.attempt = p.attempt) as found`
  return row?.found === true
}

type RecognizedPage = { number: number; text: string; boxes: Uint8Array }

/** Those pages in their order, from the one after `after`. */
export function listRecognizedPages(tx: Tx, orgId: OrgId, { id, after, limit }: { id: VersionId; after: number; limit: number }): Promise<RecognizedPage[]> {
  return tx.$queryRaw<RecognizedPage[]>`
    select number, p.text, l.boxes from page p join page_layout l using (org_id, version_id, number)
    where p.org_id = ${orgId}::uuid and p.version_id = ${id}::uuid and p.source = 'ocr' and l.attempt = p.attempt and number > ${after}::int
    order by number limit ${limit}::int`
}

/** Characters `from` to `from + length` of one page, and how many it has; null where there is no such page. */
export async function pageText(tx: Tx, orgId: OrgId, { id, number, from, length }: { id: VersionId; number: number; from: number; length: number }): Promise<{ text: string; characters: number } | null> {
  const [row] = await tx.$queryRaw<{ text: string; characters: number }[]>`
    select substr(text, ${from}::int + 1, ${length}::int) as text, char_length(text) as characters from page
    where org_id = ${orgId}::uuid and version_id = ${id}::uuid and number = ${number}::int`
  return row ?? null
}

type Change = { readonly orgId: OrgId; readonly versionId: VersionId; readonly at: Date }

/**
 * Back to the queue as the next attempt, whatever the state; the run of the attempt before can write nothing from here on. What a scanner found
 * is looked for again, and with `scanning` what was never looked at. Null: no such version.
 */
export async function requeue(tx: Tx, change: Change & { readonly scanning: boolean }): Promise<number | null> {
  const rows = await tx.$queryRaw<{ attempt: number }[]>`
    update document_version set state = 'queued', reason = null, attempt = attempt + 1, stage = null, pages_done = 0,
      scan = case when scan = 'infected' or (scan = 'none' and ${change.scanning}::boolean) then 'waiting' else scan end,
      state_changed_at = ${change.at}::timestamptz
    where org_id = ${change.orgId}::uuid and id = ${change.versionId}::uuid
    returning attempt`
  return rows[0]?.attempt ?? null
}

/** The same, if the version is still at this attempt and neither read nor cancelled. */
export async function requeueAttempt(tx: Tx, ref: ProcessingRef, { at, scanning }: { readonly at: Date; readonly scanning: boolean }): Promise<number | null> {
  const rows = await tx.$queryRaw<{ attempt: number }[]>`
    update document_version set state = 'queued', reason = null, attempt = attempt + 1, stage = null, pages_done = 0,
      scan = case when scan = 'infected' or (scan = 'none' and ${scanning}::boolean) then 'waiting' else scan end,
      state_changed_at = ${at}::timestamptz
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt} and state in ('queued', 'processing', 'failed', 'needs_password')
    returning attempt`
  return rows[0]?.attempt ?? null
}

/** The same, if the version is still at this attempt, settled, and its document's current one; call with the document locked. */
export async function requeueSettled(tx: Tx, ref: ProcessingRef, { at, scanning }: { readonly at: Date; readonly scanning: boolean }): Promise<number | null> {
  const rows = await tx.$queryRaw<{ attempt: number }[]>`
    update document_version v set state = 'queued', reason = null, attempt = attempt + 1, stage = null, pages_done = 0,
      scan = case when scan = 'infected' or (scan = 'none' and ${scanning}::boolean) then 'waiting' else scan end,
      state_changed_at = ${at}::timestamptz
    where org_id = ${ref.orgId}::uuid and id = ${ref.versionId}::uuid and attempt = ${ref.attempt} and state not in ('queued', 'processing')
      and exists (select from document d where d.org_id = v.org_id and d.id = v.document_id and d.current_version_id = v.id and d.lifecycle = 'active')
    returning attempt`
  return rows[0]?.attempt ?? null
}

/** The same for a version that waits for its password, and only for that. */
export async function requeueWithPassword(tx: Tx, change: Change, passwordCipher: Uint8Array<ArrayBuffer>): Promise<number | null> {
  const rows = await tx.$queryRaw<{ attempt: number }[]>`
    update document_version set state = 'queued', reason = null, attempt = attempt + 1, stage = null, pages_done = 0,
      state_changed_at = ${change.at}::timestamptz,
      password_cipher = ${passwordCipher}::bytea
    where org_id = ${change.orgId}::uuid and id = ${change.versionId}::uuid and state = 'needs_password'
    returning attempt`
  return rows[0]?.attempt ?? null
}

/** Only what is not over yet can be cancelled. Answers the attempt whose run is to stop. */
export async function cancelOpen(tx: Tx, change: Change): Promise<number | null> {
  const rows = await tx.$queryRaw<{ attempt: number }[]>`
    update document_version set state = 'cancelled', reason = 'cancelled', state_changed_at = ${change.at}::timestamptz
    where org_id = ${change.orgId}::uuid and id = ${change.versionId}::uuid and state in ('queued', 'processing')
    returning attempt`
  return rows[0]?.attempt ?? null
}

/** What a purge leaves behind: runs that may still be going, the bytes that no other document names, and what its versions came to. Asked before the rows are deleted. */
export async function leftovers(tx: Tx, of: Of): Promise<{
  runs: { versionId: VersionId; attempt: number }[]; blobs: string[]; held: { versions: number; bytes: number }
}> {
  const rows = await tx.$queryRaw<{ id: VersionId; attempt: number; sha256: string; size: number; open: boolean; shared: boolean }[]>`
    select v.id, v.attempt, v.sha256, v.size::float8 as size, v.state in ('queued', 'processing') as open, exists (
      select from document_version o where o.org_id = v.org_id and o.sha256 = v.sha256 and o.document_id <> v.document_id) as shared
    from document_version v where v.org_id = ${of.orgId}::uuid and v.document_id = ${of.documentId}::uuid order by v.number`
  return {
    runs: rows.filter((row) => row.open).map((row) => ({ versionId: row.id, attempt: row.attempt })),
    blobs: [...new Set(rows.filter((row) => !row.shared).map((row) => row.sha256))],
    held: { versions: rows.length, bytes: rows.reduce((sum, { size }) => sum + size, 0) },
  }
}

/** Of these hashes, those that some version of the organization names. */
export async function namedBlobs(tx: Tx, orgId: OrgId, hashes: readonly string[]): Promise<Set<string>> {
  const rows = await tx.$queryRaw<{ sha256: string }[]>`
    select distinct sha256 from document_version where org_id = ${orgId}::uuid and sha256 = any(${[...hashes]}::text[])`
  return new Set(rows.map((row) => row.sha256))
}

export type NamedBlob = { readonly sha256: string; readonly size: number; readonly documentId: string }

/** What rows of the organization name, in the order of its hashes, and one of the documents that do. */
export function nextBlobs(tx: Tx, orgId: OrgId, { after, limit }: { after: string; limit: number }): Promise<NamedBlob[]> {
  return tx.$queryRaw<NamedBlob[]>`
    select sha256, max(size)::float8 as size, min(document_id::text) as "documentId" from document_version
    where org_id = ${orgId}::uuid and sha256 > ${after} group by sha256 order by sha256 limit ${limit}`
}

/** Whether a backup is reading bytes whose rows may be gone by now; as the system. */
export async function blobsAreHeld(tx: Tx): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ held: boolean }[]>`select exists (select from blob_hold where until > now()) as held`
  return row?.held !== false
}

/** Sealed, by the id of the version. */
export const listPasswords = (tx: Tx, orgId: OrgId, { after, limit }: { after: string | null; limit: number }): Promise<{ id: string; sealed: Uint8Array }[]> => tx.$queryRaw`
  select id::text, password_cipher as sealed from document_version
  where org_id = ${orgId}::uuid and password_cipher is not null and (${after}::uuid is null or id > ${after}::uuid) order by id limit ${limit}::int`

/** Unless another password was given meanwhile. */
export const resealPassword = (tx: Tx, orgId: OrgId, { id, was, sealed }: { id: string; was: Uint8Array; sealed: Uint8Array<ArrayBuffer> }): Promise<number> => tx.$executeRaw`
  update document_version set password_cipher = ${sealed}::bytea where org_id = ${orgId}::uuid and id = ${id}::uuid and password_cipher = ${was}::bytea`
