import type { DocumentId, OrgId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Read, Reader, Tx } from '@intellidocs/kernel'
import { PRINCIPALS, type Guard } from './documents.repository.ts'
import type { Metadata } from './documents.rows.ts'

/** Answers the number of rows it changed: 1, or 0 when the document moved on since it was read. The rows of `document_tag` follow by a trigger. */
export function updateTags(tx: Tx, guard: Guard, tags: readonly string[]): Promise<number> {
  return tx.$executeRaw`
    update document set tags = ${[...tags]}::text[], revision = revision + 1, updated_at = ${guard.at}::timestamptz
    where org_id = ${guard.orgId}::uuid and id = ${guard.id}::uuid and revision = ${guard.revision} and lifecycle = 'active'`
}

/** The same. */
export function updateMetadata(tx: Tx, guard: Guard, metadata: Metadata): Promise<number> {
  return tx.$executeRaw`
    update document set metadata = ${JSON.stringify(metadata)}::jsonb, revision = revision + 1, updated_at = ${guard.at}::timestamptz
    where org_id = ${guard.orgId}::uuid and id = ${guard.id}::uuid and revision = ${guard.revision} and lifecycle = 'active'`
}

const HOLDS = Prisma.raw('app.standing_holds(d.org_id, d.id, d.folder_id, d.tags, d.owner_id)')

/** Puts the pseudonym in place of name and address of a sender, in documents that no legal hold is on. */
export async function forgetSenderOf(tx: Tx, orgId: OrgId, { email, pseudonym, at }: { email: string; pseudonym: string; at: Date }): Promise<DocumentId[]> {
  const rows = await tx.$queryRaw<{ id: DocumentId }[]>`
    update document d set metadata = d.metadata - 'sender_email' || jsonb_build_object('sender_name', ${pseudonym}::text), revision = revision + 1, updated_at = ${at}::timestamptz
    where d.org_id = ${orgId}::uuid and lower(d.metadata->>'sender_email') = ${email} and not exists (select from ${HOLDS}) returning d.id::text`
  return rows.map(({ id }) => id)
}

/** How many documents name the sender. */
export async function countOfSender(tx: Tx, orgId: OrgId, email: string): Promise<number> {
  const [row] = await tx.$queryRaw<{ n: number }[]>`select count(*)::int as n from document d where d.org_id = ${orgId}::uuid and lower(d.metadata->>'sender_email') = ${email}`
  return row?.n ?? 0
}

export type TagRow = { readonly tag: string; readonly documents: number }

/** By the index of the tags, a tag after the other, until there are enough. */
const TAGS = `
  select t.tag, count(*)::int as documents
  from document_tag t cross join lateral (
    select from app.readable(app.org_id(), ${PRINCIPALS}) d where d.org_id = t.org_id and d.id = t.document_id and d.lifecycle = 'active' offset 0
  ) seen
  where t.org_id = (select app.org_id()) and t.tag > $1::text group by t.tag order by t.tag limit $2`

/** By name, those behind `after`; of active documents that the reader sees. */
export async function listTags(read: Read, reader: Reader, { after, limit }: { after: string; limit: number }): Promise<TagRow[]> {
  return await read(reader, { name: 'tag_list', text: TAGS, values: [after, limit] }) as TagRow[]
}
