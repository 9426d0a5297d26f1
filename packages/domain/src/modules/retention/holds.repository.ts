import type { DocumentId, FolderId, HoldId, HoldSelection, OrgId, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Position, Tx, Window } from '@intellidocs/kernel'

export type StoredHold = {
  id: HoldId; name: string; reason: string; on: HoldSelection; placedBy: UserId; placedAt: Date
  released: { by: UserId; at: Date; reason: string } | null
}
export type NewHold = Pick<StoredHold, 'id' | 'name' | 'reason' | 'on'> & { readonly by: UserId; readonly at: Date }
type Key = { readonly orgId: OrgId; readonly id: HoldId }

type Row = Omit<StoredHold, 'on' | 'released'> & {
  kind: string; folderId: FolderId | null; tag: string | null; ownerId: UserId | null; documents: DocumentId[] | null
  releasedBy: UserId | null; releasedAt: Date | null; releaseReason: string | null
}
const COLUMNS = Prisma.raw(`h.id::text, h.name, h.reason, h.kind, h.folder_id::text as "folderId", h.tag, h.owner_id::text as "ownerId",
  h.placed_by::text as "placedBy", h.placed_at as "placedAt", h.released_by::text as "releasedBy", h.released_at as "releasedAt", h.release_reason as "releaseReason",
  case when h.kind = 'documents' then (
    select array_agg(d.document_id::text order by d.document_id) from retention_held d where d.org_id = h.org_id and d.hold_id = h.id) end as documents`)

function selectionOf({ kind, folderId, tag, ownerId, documents }: Row): HoldSelection {
  if (kind === 'all') return { all: true }
  if (folderId !== null) return { folderId }
  if (tag !== null) return { tag }
  if (ownerId !== null) return { ownerId }
  return { documents: documents ?? [] }
}

function toHold(row: Row): StoredHold {
  const { id, name, reason, placedBy, placedAt, releasedBy, releasedAt, releaseReason } = row
  const released = releasedBy === null || releasedAt === null || releaseReason === null ? null : { by: releasedBy, at: releasedAt, reason: releaseReason }
  return { id, name, reason, placedBy, placedAt, released, on: selectionOf(row) }
}

/** The columns that say what a hold is on; of single documents a row each. */
function partsOf(on: HoldSelection) {
  const none = { folderId: null, tag: null, ownerId: null, documents: [] as readonly DocumentId[] }
  if ('documents' in on) return { ...none, kind: 'documents', documents: on.documents }
  if ('folderId' in on) return { ...none, kind: 'folder', folderId: on.folderId }
  if ('tag' in on) return { ...none, kind: 'tag', tag: on.tag }
  if ('ownerId' in on) return { ...none, kind: 'owner', ownerId: on.ownerId }
  return { ...none, kind: 'all' }
}

/** Holds of the organization that is set. Every method runs in a tenant unit. */
export const holdsRepository = {
  /** Waits until the deletions of the organization under way are over, and lets none begin until the unit ends. Take no other lock behind it. */
  async stopDeletions(tx: Tx, orgId: OrgId): Promise<void> {
    await tx.$queryRaw`select app.stop_deletions(${orgId}::uuid)::text`
  },
  async insert(tx: Tx, orgId: OrgId, { id, name, reason, on, by, at }: NewHold): Promise<void> {
    const { kind, folderId, tag, ownerId, documents } = partsOf(on)
    await tx.$executeRaw`
      insert into retention_hold (id, org_id, name, reason, kind, folder_id, tag, owner_id, placed_by, placed_at)
      values (${id}::uuid, ${orgId}::uuid, ${name}, ${reason}, ${kind}, ${folderId}::uuid, ${tag}, ${ownerId}::uuid, ${by}::uuid, ${at}::timestamptz)`
    await tx.$executeRaw`
      insert into retention_held (org_id, hold_id, document_id)
      select distinct ${orgId}::uuid, ${id}::uuid, named from unnest(${[...documents]}::text[]::uuid[]) named`
  },
  async find(tx: Tx, { orgId, id }: Key): Promise<StoredHold | null> {
    const [row] = await tx.$queryRaw<Row[]>`select ${COLUMNS} from retention_hold h where h.org_id = ${orgId}::uuid and h.id = ${id}::uuid`
    return row === undefined ? null : toHold(row)
  },
  /** Newest first. `standing` null: those released as well. */
  async list(tx: Tx, of: { orgId: OrgId; standing: boolean | null }, { limit, after }: Window): Promise<(StoredHold & { position: Position })[]> {
    const rows = await tx.$queryRaw<(Row & { at: string })[]>`
      select ${COLUMNS}, h.placed_at::text as at from retention_hold h
      where h.org_id = ${of.orgId}::uuid and (${of.standing}::boolean is null or (h.released_at is null) = ${of.standing}::boolean)
        and (${after?.at ?? null}::timestamptz is null or (h.placed_at, h.id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by h.placed_at desc, h.id desc limit ${limit + 1}::int`
    return rows.map(({ at, ...row }) => ({ ...toHold({ ...row }), position: { at, id: row.id } }))
  },
  /** How many rows changed: 0 for one that is not there or was released. */
  release: (tx: Tx, { orgId, id }: Key, as: { by: UserId; at: Date; reason: string }): Promise<number> => tx.$executeRaw`
    update retention_hold set released_by = ${as.by}::uuid, released_at = ${as.at}::timestamptz, release_reason = ${as.reason}
    where org_id = ${orgId}::uuid and id = ${id}::uuid and released_at is null`,

  /** How many of these documents are shown to the actor. */
  async shownDocuments(tx: Tx, actor: Actor, ids: readonly DocumentId[]): Promise<number> {
    const [row] = await tx.$queryRaw<{ n: number }[]>`
      select count(*)::int as n from app.readable(${actor.orgId}::uuid, ${[...actor.principals]}::text[]) d
      where d.org_id = ${actor.orgId}::uuid and d.id = any (${[...ids]}::text[]::uuid[])`
    return row?.n ?? 0
  },
  async isShownFolder(tx: Tx, actor: Actor, id: FolderId): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`
      select f.id::text from folder f
      where f.org_id = ${actor.orgId}::uuid and f.id = ${id}::uuid and app.folder_shown(f.path, f.restricted, ${[...actor.principals]}::text[])`
    return rows.length === 1
  },
  async isMember(tx: Tx, orgId: OrgId, userId: UserId): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`select m.user_id::text from app.member m where m.org_id = ${orgId}::uuid and m.user_id = ${userId}::uuid`
    return rows.length === 1
  },
  /** Whether the organization is not being deleted. */
  async isOpen(tx: Tx, orgId: OrgId): Promise<boolean> {
    const rows = await tx.$queryRaw<unknown[]>`select o.id::text from org o where o.id = ${orgId}::uuid and o.status <> 'deleting'`
    return rows.length === 1
  },
}
export type HoldsRepository = typeof holdsRepository
