import type { DocumentId, FlowComment, FlowCommentId, FlowRunId, UserId } from '@intellidocs/contracts'
import { AppError, newId, type Actor, type Tx } from '@intellidocs/kernel'
import { countReadable, insertComment, type CommentRow } from '../comments.repository.ts'
import { loadRun } from '../load-run.ts'
import { whoReads } from '../people.repository.ts'
import type { WorkflowsDeps } from '../workflows.deps.ts'

export const toComment = (row: CommentRow): FlowComment => ({
  id: row.id, runId: row.runId, authorId: row.authorId, text: row.text, mentions: row.mentions, attachments: row.attachments, createdAt: row.createdAt.toISOString(),
})

type Said = { readonly id: FlowRunId; readonly text: string; readonly mentions: readonly UserId[]; readonly attachments: readonly DocumentId[] }

/**
 * Also on a run that is over. Somebody whom the document is not shown to cannot be mentioned, whether there is such a person or not.
 * @throws AppError run.not_found, document.not_found (attached), grant.principal_unknown (mentioned)
 */
export const commentRun = (deps: WorkflowsDeps, actor: Actor, input: Said): Promise<FlowComment> =>
  deps.runInTx(actor, (tx) => addComment(deps, tx, { ...input, actor }))

export async function addComment(deps: WorkflowsDeps, tx: Tx, { actor, ...input }: Said & { readonly actor: Actor }): Promise<FlowComment> {
  const { documentId } = await loadRun(tx, actor, input.id)
  const [mentions, attachments] = [[...new Set(input.mentions)], [...new Set(input.attachments)]]
  if (await countReadable(tx, actor, attachments) < attachments.length) throw new AppError('document.not_found')
  const readers = await whoReads(tx, { orgId: actor.orgId, documentId }, mentions)
  if (readers.size < mentions.length) throw new AppError('grant.principal_unknown')
  const id = newId() as FlowCommentId
  const row = await insertComment(tx, actor, { id, runId: input.id, authorId: actor.userId, text: input.text, mentions, attachments })
  await deps.outbox.append(tx, actor, {
    type: 'workflows.commented.v1', documentId, payload: { runId: input.id, documentId, commentId: id, mentions },
    audit: { subjectType: 'flowRun', subjectId: input.id, data: { commentId: id, mentions, attachments } },
  })
  return toComment(row)
}
