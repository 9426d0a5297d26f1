import type { DocumentId, OrgId, TombstoneId, TombstoneText } from '@intellidocs/contracts'
import type { Position, Tx, Window } from '@intellidocs/kernel'

/** `body`: what is signed, to the byte. */
export type StoredTombstone = { id: TombstoneId; documentId: DocumentId; body: string; keyId: string; signature: string; at: Date }
export type Remains = { readonly createdAt: Date; readonly trashedAt: Date | null; readonly versions: TombstoneText['versions'] }
type VersionRow = { number: number; sha256: string; size: number; createdAt: Date }

/** What is left of documents. Every method runs in a tenant unit. */
export const tombstonesRepository = {
  /** What a tombstone tells of a document that is there; null where there is none. Nobody changes it until the unit ends. */
  async remains(tx: Tx, orgId: OrgId, id: DocumentId): Promise<Remains | null> {
    const [row] = await tx.$queryRaw<{ createdAt: Date; trashedAt: Date | null }[]>`
      select created_at as "createdAt", trashed_at as "trashedAt" from document where org_id = ${orgId}::uuid and id = ${id}::uuid for update`
    if (row === undefined) return null
    const versions = await tx.$queryRaw<VersionRow[]>`
      select number, sha256, size::float8 as size, created_at as "createdAt" from document_version where org_id = ${orgId}::uuid and document_id = ${id}::uuid order by number`
    return { ...row, versions: versions.map(({ createdAt, ...version }) => ({ ...version, createdAt: createdAt.toISOString() })) }
  },
  async insert(tx: Tx, orgId: OrgId, { id, documentId, body, keyId, signature, at }: StoredTombstone): Promise<void> {
    await tx.$executeRaw`
      insert into retention_tombstone (id, org_id, document_id, body, key_id, signature, at)
      values (${id}::uuid, ${orgId}::uuid, ${documentId}::uuid, ${body}, ${keyId}, ${signature}, ${at}::timestamptz)`
  },
  /** Newest first. */
  async list(tx: Tx, of: { orgId: OrgId; documentId: DocumentId | null }, { limit, after }: Window): Promise<(StoredTombstone & { position: Position })[]> {
    const rows = await tx.$queryRaw<(StoredTombstone & { place: string })[]>`
      select id::text, document_id::text as "documentId", body, key_id as "keyId", signature, at, at::text as place from retention_tombstone
      where org_id = ${of.orgId}::uuid and (${of.documentId}::uuid is null or document_id = ${of.documentId}::uuid)
        and (${after?.at ?? null}::timestamptz is null or (at, id) < (${after?.at ?? null}::timestamptz, ${after?.id ?? null}::uuid))
      order by at desc, id desc limit ${limit + 1}::int`
    return rows.map(({ place, ...row }) => ({ ...row, position: { at: place, id: row.id } }))
  },
}
export type TombstonesRepository = typeof tombstonesRepository
