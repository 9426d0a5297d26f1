import type { DocumentId, FlowCommentId, FlowRunId, UserId } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Actor, Tx } from '@intellidocs/kernel'

export type CommentRow = { id: FlowCommentId; runId: FlowRunId; authorId: UserId; text: string; mentions: UserId[]; attachments: DocumentId[]; createdAt: Date }

const shown = (actor: Actor): Prisma.Sql => Prisma.sql`
  select c.id, c.run_id as "runId", c.author_id as "authorId", c.text, c.mentions, c.created_at as "createdAt", array(
    select d.id from app.readable(${actor.orgId}::uuid, ${[...actor.principals]}::text[]) d where d.org_id = c.org_id and d.id = any (c.attachments)) as attachments
  from flow_comment c where c.org_id = ${actor.orgId}::uuid`

/** The newest ones, oldest first; of what is attached, what the actor reads. */
export async function listComments(tx: Tx, actor: Actor, { runId, limit }: { runId: FlowRunId; limit: number }): Promise<CommentRow[]> {
  const rows = await tx.$queryRaw<CommentRow[]>`${shown(actor)} and c.run_id = ${runId}::uuid order by c.id desc limit ${limit}`
  return rows.toReversed()
}

type NewComment = Omit<CommentRow, 'createdAt'>

export async function insertComment(tx: Tx, actor: Actor, c: NewComment): Promise<CommentRow> {
  await tx.$executeRaw`
    insert into flow_comment (id, org_id, run_id, author_id, text, mentions, attachments)
    values (${c.id}::uuid, ${actor.orgId}::uuid, ${c.runId}::uuid, ${c.authorId}::uuid, ${c.text}, ${[...c.mentions]}::text[]::uuid[], ${[...c.attachments]}::text[]::uuid[])`
  const [row] = await tx.$queryRaw<CommentRow[]>`${shown(actor)} and c.id = ${c.id}::uuid`
  if (row === undefined) throw new Error('a comment was not written')
  return row
}

/** How many of these documents the actor reads. */
export async function countReadable(tx: Tx, actor: Actor, ids: readonly DocumentId[]): Promise<number> {
  if (ids.length === 0) return 0
  const rows = await tx.$queryRaw<{ n: number }[]>`
    select count(*)::int as n from app.readable(${actor.orgId}::uuid, ${[...actor.principals]}::text[]) d where d.id = any (${[...ids]}::text[]::uuid[])`
  return rows[0]?.n ?? 0
}
