import type { DocumentId, DocumentState, FieldValue, FolderId, OrgId, UserId, VersionId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Read, Reader, Tx } from '@intellidocs/kernel'
import type { Lifecycle, Visibility } from './documents.policy.ts'
import type { ChangeableRow, ListedDocumentRow, ReadDocumentRow } from './documents.rows.ts'
import { granted, keepReaders, readable } from './readers.repository.ts'

export type ListFilter = {
  readonly folderId: FolderId | null | undefined
  readonly state: DocumentState | undefined
  readonly lifecycle: Lifecycle
  /** Part of the name, case does not matter. */
  readonly name: string | undefined
  readonly tag: string | undefined
}
export type ListKey = { readonly at: string; readonly id: string }

export type NewDocument = {
  readonly id: DocumentId
  readonly orgId: OrgId
  readonly folderId: FolderId | null
  readonly parentId: DocumentId | null
  readonly ownerId: UserId
  readonly name: string
  readonly visibility: Visibility
  readonly lifecycle: Lifecycle
  readonly versionId: VersionId
  readonly at: Date
  readonly metadata?: Readonly<Record<string, FieldValue>>
  /** Absent: those of the document that it came in. */
  readonly ocrLanguages?: readonly string[]
}

/** Everything after every possible time and id: the key of a first page, so that one statement serves all pages. */
const beforeAll: ListKey = { at: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' }
const literal = (words: string): string => `%${words.replace(/[\\%_]/g, '\\$&')}%`

const COLUMNS = `
  d.id, d.org_id as "orgId", d.folder_id as "folderId", d.parent_id as "parentId", d.owner_id as "ownerId", d.name, d.visibility, d.lifecycle,
  d.revision, d.created_at as "createdAt", d.updated_at as "updatedAt", d.trashed_at as "trashedAt", d.published_version_id as "publishedVersionId",
  v.id as "versionId", v.number as version, v.state, v.reason, v.warnings, v.scan, v.attempt, v.stage, v.pages_done as "pagesDone", v.mime, v.size::float8 as size,
  v.sha256, v.pages, v.language, v.facts, d.tags, d.metadata`

/** The principals of whoever a read is for. */
export const PRINCIPALS = `string_to_array(current_setting('app.principals'), ',')`

/** Of the document `f`. */
const FILTERS = `
  f.lifecycle = $3 and ($4::boolean or f.folder_id is not distinct from $5::uuid)
  and ($6::text is null or f.name ilike $6::text)
  and ($7::text is null or exists (select from document_version s where s.org_id = f.org_id and s.id = f.current_version_id and s.state = $7::text))`

const listOf = (page: string): string => `
  select ${COLUMNS}, k.created_at::text as "cursorAt"
  from (${page}) k
  join document d on d.org_id = (select app.org_id()) and d.id = k.document_id
  join document_version v on v.org_id = d.org_id and v.id = d.current_version_id
  order by k.created_at desc, k.document_id desc`

const LIST = listOf(`
  select distinct m.created_at, m.document_id from unnest(${PRINCIPALS}) p
  cross join lateral (
    select r.created_at, r.document_id from document_reader r
    join document f on f.org_id = r.org_id and f.id = r.document_id
    left join folder above on above.org_id = f.org_id and above.id = f.folder_id
    where r.org_id = (select app.org_id()) and r.principal = p and (r.created_at, r.document_id) < ($1::timestamptz, $2::uuid)
      and app.holds(r.principal, above.path, above.restricted) and ${FILTERS}
    order by r.created_at desc, r.document_id desc limit $8
  ) m order by 1 desc, 2 desc limit $8`)

/**
 * By the index of the tag, in list order; what only others see of it is stepped over. `offset 0` keeps the planner from beginning with all that
 * the reader sees instead.
 */
const LIST_TAGGED = listOf(`
  select t.created_at, t.document_id from document_tag t cross join lateral (
    select from app.readable(app.org_id(), ${PRINCIPALS}) f where f.org_id = t.org_id and f.id = t.document_id and ${FILTERS} offset 0
  ) seen
  where t.org_id = (select app.org_id()) and t.tag = $9::text and (t.created_at, t.document_id) < ($1::timestamptz, $2::uuid)
  order by t.created_at desc, t.document_id desc limit $8`)

/**
 * The list as its reader may see it, newest first. For each principal the reader index gives at most `limit` entries in list order, whatever
 * share of the documents they may see; filters are asked inside, so that a page is full whenever there is enough.
 */
export async function listDocuments(
  read: Read, reader: Reader, { filter, after, limit }: { filter: ListFilter; after: ListKey | null; limit: number },
): Promise<ListedDocumentRow[]> {
  const { at, id } = after ?? beforeAll
  const { folderId, lifecycle, name, state, tag } = filter
  const values = [at, id, lifecycle, folderId === undefined, folderId ?? null, name === undefined ? null : literal(name), state ?? null, limit]
  // Whether to walk the list or to begin with what the filter leaves depends on the filter.
  const filtered = folderId !== undefined || name !== undefined || state !== undefined || lifecycle !== 'active'
  const rows = await read(reader, tag === undefined ? { name: 'document_list', text: LIST, values, ...(filtered ? { plan: 'each' as const } : {}) }
    : { name: 'document_list_tagged', text: LIST_TAGGED, values: [...values, tag], plan: 'each' })
  return rows as ListedDocumentRow[]
}

const ONE = `
  select ${COLUMNS} from app.readable(app.org_id(), ${PRINCIPALS}) d join document_version v on v.org_id = d.org_id and v.id = d.current_version_id
  where d.id = $1::uuid`

/** One document, as `findReadable`, for those who only look. */
export async function readDocument(read: Read, reader: Reader, id: string): Promise<ReadDocumentRow | null> {
  const [row] = await read(reader, { name: 'document', text: ONE, values: [id] })
  return row === undefined ? null : row as ReadDocumentRow
}

/**
 * One document with what decides on changes of it, if it is there and the actor is a reader of it; the two cases look the same from outside.
 * The worker reads every document.
 */
export async function findReadable(tx: Tx, actor: Actor, id: string): Promise<ChangeableRow | null> {
  const rows = await tx.$queryRaw<ChangeableRow[]>`
    select ${Prisma.raw(COLUMNS)}, coalesce(f.restricted, false) as restricted, ${granted(actor, { document: 'd', folder: 'f' })} as granted
    from ${readable(actor)} d left join folder f on f.org_id = d.org_id and f.id = d.folder_id
    join document_version v on v.org_id = d.org_id and v.id = d.current_version_id
    where d.org_id = ${actor.orgId}::uuid and d.id = ${id}::uuid`
  return rows[0] ?? null
}

/** Those of the names that are fields of an active document which the actor may read. */
export async function fieldsInUse(tx: Tx, actor: Actor, names: readonly string[]): Promise<string[]> {
  const rows = await tx.$queryRaw<{ field: string }[]>`
    select n.field from unnest(${[...names]}::text[]) n(field)
    where exists (select from ${readable(actor)} d where d.org_id = ${actor.orgId}::uuid and d.lifecycle = 'active' and d.metadata ? n.field)`
  return rows.map(({ field }) => field)
}

/** The oldest active document of these bytes that the actor may read. */
export async function findReadableBySha(tx: Tx, actor: Actor, sha256: string): Promise<DocumentId | null> {
  const rows = await tx.$queryRaw<{ id: DocumentId }[]>`
    select d.id from document_version v join ${readable(actor)} d on d.org_id = v.org_id and d.id = v.document_id and d.current_version_id = v.id
    where v.org_id = ${actor.orgId}::uuid and v.sha256 = ${sha256} and d.lifecycle = 'active'
    order by d.created_at, d.id limit 1`
  return rows[0]?.id ?? null
}

/**
 * Lets one transaction at a time look for and add documents of the same bytes, so that two uploads at once do not both find none.
 * Held until the transaction ends.
 */
export async function lockBytes(tx: Tx, orgId: OrgId, sha256: string): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`documents.bytes:${orgId}:${sha256}`}, 0))`
}

/** False when a document of this id is there already. The version row must follow in the same transaction. */
export async function insertDocument(tx: Tx, d: NewDocument): Promise<boolean> {
  const inserted = await tx.$executeRaw`
    insert into document (id, org_id, folder_id, parent_id, owner_id, name, visibility, lifecycle, current_version_id, created_at,
      updated_at, trashed_at, metadata, ocr_languages)
    values (${d.id}::uuid, ${d.orgId}::uuid, ${d.folderId}::uuid, ${d.parentId}::uuid, ${d.ownerId}::uuid, ${d.name}, ${d.visibility}, ${d.lifecycle},
      ${d.versionId}::uuid, ${d.at}::timestamptz, ${d.at}::timestamptz, case when ${d.lifecycle} = 'trashed' then ${d.at}::timestamptz end,
      ${JSON.stringify(d.metadata ?? {})}::jsonb,
      coalesce(${d.ocrLanguages === undefined ? null : [...d.ocrLanguages]}::text[], (select p.ocr_languages from document p where p.org_id = ${d.orgId}::uuid and p.id = ${d.parentId}::uuid), '{}'))
    on conflict (id) do nothing`
  if (inserted === 0) return false
  await keepReaders(tx, d.orgId, [d.id])
  return true
}

export type Guard = { readonly orgId: OrgId; readonly id: DocumentId; readonly revision: number; readonly at: Date }

/** Each of the writes below answers the number of rows it changed: 1, or 0 when the document moved on since it was read. */
export function updateNameAndVisibility(tx: Tx, guard: Guard, next: { name: string; visibility: Visibility }): Promise<number> {
  return tx.$executeRaw`
    update document set name = ${next.name}, visibility = ${next.visibility}, revision = revision + 1, updated_at = ${guard.at}::timestamptz
    where org_id = ${guard.orgId}::uuid and id = ${guard.id}::uuid and revision = ${guard.revision} and lifecycle = 'active'`
}

export function updateFolder(tx: Tx, guard: Guard, folderId: FolderId | null): Promise<number> {
  return tx.$executeRaw`
    update document set folder_id = ${folderId}::uuid, revision = revision + 1, updated_at = ${guard.at}::timestamptz
    where org_id = ${guard.orgId}::uuid and id = ${guard.id}::uuid and revision = ${guard.revision} and lifecycle = 'active'`
}

export function updateLifecycle(tx: Tx, guard: Guard, change: { from: Lifecycle; to: Lifecycle }): Promise<number> {
  return tx.$executeRaw`
    update document set lifecycle = ${change.to}, trashed_at = case when ${change.to} = 'trashed' then ${guard.at}::timestamptz end,
      revision = revision + 1, updated_at = ${guard.at}::timestamptz
    where org_id = ${guard.orgId}::uuid and id = ${guard.id}::uuid and revision = ${guard.revision} and lifecycle = ${change.from}`
}

export function updateCurrentVersion(tx: Tx, guard: Guard, { versionId, ocrLanguages }: { versionId: VersionId; /** Null: as they are. */ ocrLanguages: readonly string[] | null }): Promise<number> {
  return tx.$executeRaw`
    update document set current_version_id = ${versionId}::uuid, ocr_languages = coalesce(${ocrLanguages === null ? null : [...ocrLanguages]}::text[], ocr_languages), revision = revision + 1, updated_at = ${guard.at}::timestamptz
    where org_id = ${guard.orgId}::uuid and id = ${guard.id}::uuid and revision = ${guard.revision} and lifecycle = 'active'`
}

/** Versions, pages, readers and passages go with the row. */
export function deleteDocument(tx: Tx, guard: Guard, lifecycle: Lifecycle): Promise<number> {
  return tx.$executeRaw`
    delete from document
    where org_id = ${guard.orgId}::uuid and id = ${guard.id}::uuid and revision = ${guard.revision} and lifecycle = ${lifecycle}`
}
