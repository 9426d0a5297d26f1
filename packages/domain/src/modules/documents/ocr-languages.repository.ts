import type { DocumentId, FolderId, OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { Guard } from './documents.repository.ts'

type OcrTarget = { readonly orgId: OrgId; readonly documentId: DocumentId | null; readonly folderId: FolderId | null }
export type OcrLanguages = { own: string[]; effective: string[] }

/** What holds in a folder (an expression of its id; null is the top): the nearest one above that says something, else the organization. */
const inFolder = (orgId: OrgId, folder: Prisma.Sql) => Prisma.sql`coalesce((
  select above.ocr_languages from folder at join folder above on above.org_id = at.org_id and above.id = any(at.path || at.id)
  where at.org_id = ${orgId}::uuid and at.id = ${folder} and above.ocr_languages <> '{}' order by cardinality(above.path) desc limit 1
), (select o.ocr_languages from org o where o.id = ${orgId}::uuid), '{}')`

/** What holds for a document. */
export const languagesOfDocument = (orgId: OrgId) => Prisma.sql`case when d.ocr_languages <> '{}' then d.ocr_languages else ${inFolder(orgId, Prisma.sql`d.folder_id`)} end`

export async function findOcrLanguages(tx: Tx, { orgId, documentId, folderId }: OcrTarget): Promise<OcrLanguages> {
  const rows = documentId !== null
    ? await tx.$queryRaw<OcrLanguages[]>`
        select d.ocr_languages as own, ${languagesOfDocument(orgId)} as effective from document d where d.org_id = ${orgId}::uuid and d.id = ${documentId}::uuid`
    : folderId !== null
      ? await tx.$queryRaw<OcrLanguages[]>`
          select f.ocr_languages as own, ${inFolder(orgId, Prisma.sql`f.id`)} as effective from folder f where f.org_id = ${orgId}::uuid and f.id = ${folderId}::uuid`
      : await tx.$queryRaw<OcrLanguages[]>`select ocr_languages as own, ocr_languages as effective from org where id = ${orgId}::uuid`
  return rows[0] ?? { own: [], effective: [] }
}

/** Answers the number of rows it changed: 1, or 0 when the document moved on since it was read. */
export function updateDocumentLanguages(tx: Tx, guard: Guard, languages: readonly string[]): Promise<number> {
  return tx.$executeRaw`
    update document set ocr_languages = ${[...languages]}::text[], revision = revision + 1, updated_at = ${guard.at}::timestamptz
    where org_id = ${guard.orgId}::uuid and id = ${guard.id}::uuid and revision = ${guard.revision} and lifecycle = 'active'`
}

export function updateFolderLanguages(tx: Tx, one: { orgId: OrgId; id: FolderId }, languages: readonly string[]): Promise<number> {
  return tx.$executeRaw`update folder set ocr_languages = ${[...languages]}::text[] where org_id = ${one.orgId}::uuid and id = ${one.id}::uuid`
}

export function updateOrgLanguages(tx: Tx, orgId: OrgId, languages: readonly string[]): Promise<number> {
  return tx.$executeRaw`update org set ocr_languages = ${[...languages]}::text[] where id = ${orgId}::uuid`
}
