import type { OrgId, VersionId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/kernel'

/** The kept picture of a version's first page; null where none was drawn yet. */
export async function findThumbnail(tx: Tx, orgId: OrgId, versionId: VersionId): Promise<Uint8Array | null> {
  const [row] = await tx.$queryRaw<{ webp: Uint8Array }[]>`select webp from document_thumbnail where org_id = ${orgId}::uuid and version_id = ${versionId}::uuid`
  return row?.webp ?? null
}

/** Two who draw at once draw the same. */
export async function keepThumbnail(tx: Tx, orgId: OrgId, { versionId, bytes }: { versionId: VersionId; bytes: Buffer }): Promise<void> {
  await tx.$executeRaw`
    insert into document_thumbnail (org_id, version_id, webp) values (${orgId}::uuid, ${versionId}::uuid, ${new Uint8Array(bytes)}::bytea)
    on conflict (org_id, version_id) do nothing`
}
