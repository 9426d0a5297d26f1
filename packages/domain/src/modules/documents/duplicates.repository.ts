import type { DocumentId, FolderId, OrgId, VersionId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { Sketch } from './near-duplicates.ts'
import type { ProcessingRef } from './processing.types.ts'
import { readable } from './readers.repository.ts'

/** The sketch that this attempt has of the pages so far; null where it has none. Call behind `fence`. */
export async function findSketch(tx: Tx, ref: ProcessingRef): Promise<Sketch | null> {
  const [row] = await tx.$queryRaw<{ sketch: number[] }[]>`
    select sketch from document_sketch where org_id = ${ref.orgId}::uuid and version_id = ${ref.versionId}::uuid and attempt = ${ref.attempt}`
  return row?.sketch ?? null
}

/** Call behind `fence`. Without bands (a text that is too short) nobody finds it. */
export async function writeSketch(tx: Tx, ref: ProcessingRef, { sketch, bands }: { sketch: Sketch; bands: readonly number[] }): Promise<void> {
  await tx.$executeRaw`
    insert into document_sketch (org_id, version_id, document_id, attempt, sketch, bands)
    values (${ref.orgId}::uuid, ${ref.versionId}::uuid, ${ref.documentId}::uuid, ${ref.attempt}, ${[...sketch]}::int[], ${[...bands]}::int[])
    on conflict (org_id, version_id) do update set attempt = excluded.attempt, sketch = excluded.sketch, bands = excluded.bands`
}

/** The newest sketch of a version, whichever attempt made it. */
export async function sketchOfVersion(tx: Tx, orgId: OrgId, versionId: VersionId): Promise<Sketch | null> {
  const [row] = await tx.$queryRaw<{ sketch: number[] }[]>`select sketch from document_sketch where org_id = ${orgId}::uuid and version_id = ${versionId}::uuid`
  return row?.sketch ?? null
}

export type AlikeRow = { id: DocumentId; name: string; folderId: FolderId | null; createdAt: Date }
type Asked = { readonly id: DocumentId; readonly sha256: string; readonly limit: number }

/** Other active documents that the actor reads and whose current version has these bytes, oldest first. */
export function findSameBytes(tx: Tx, actor: Actor, { id, sha256, limit }: Asked): Promise<AlikeRow[]> {
  return tx.$queryRaw<AlikeRow[]>`
    select d.id, d.name, d.folder_id as "folderId", d.created_at as "createdAt"
    from document_version v join ${readable(actor)} d on d.org_id = v.org_id and d.id = v.document_id and d.current_version_id = v.id
    where v.org_id = ${actor.orgId}::uuid and v.sha256 = ${sha256} and d.lifecycle = 'active' and d.id <> ${id}::uuid
    order by d.created_at, d.id limit ${limit}`
}

/**
 * Other active documents that the actor reads, of other bytes, whose current version has a band in common: by the index of bands, whatever the number of
 * documents. Those with most bands in common come first.
 */
export function findSharingBands(tx: Tx, actor: Actor, { id, sha256, limit, bands }: Asked & { readonly bands: readonly number[] }): Promise<(AlikeRow & { sketch: number[] })[]> {
  return tx.$queryRaw<(AlikeRow & { sketch: number[] })[]>`
    select d.id, d.name, d.folder_id as "folderId", d.created_at as "createdAt", s.sketch
    from app.sketches_sharing(${[...bands]}::int[]) s
    join ${readable(actor)} d on d.org_id = ${actor.orgId}::uuid and d.id = s.document_id and d.current_version_id = s.version_id
    join document_version v on v.org_id = d.org_id and v.id = s.version_id
    where d.lifecycle = 'active' and d.id <> ${id}::uuid and v.sha256 <> ${sha256}
    order by s.shared desc, d.id limit ${limit}`
}
