import { documentsContract, type Document, type DocumentId, type Page } from '@intellidocs/contracts'
import { AppError, decodeCursor, pageOf, type Actor, type PageInput, type Reader } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canEdit } from '../documents.policy.ts'
import { toDocument } from '../documents.rows.ts'
import { guardOf, loadDocument, loadForChange, must, mustChangeOne } from '../load-document.ts'
import { changeTags, fits } from '../tags.policy.ts'
import { listTags as selectTags, updateTags, type TagRow } from '../tags.repository.ts'

type Tagging = { readonly id: DocumentId; readonly tags: readonly string[] }

/**
 * Tags that are there already are success, and said nothing of. Nobody is stale: each adds to what there is by then.
 * @throws AppError document.not_found, document.state (trashed), document.tag_limit, auth.forbidden
 */
export const addTags = (deps: DocumentsDeps, actor: Actor, { id, tags }: Tagging): Promise<Document> => change(deps, actor, { id, add: tags })

/** The same, taken away. @throws AppError document.not_found, document.state (trashed), auth.forbidden */
export const removeTags = (deps: DocumentsDeps, actor: Actor, { id, tags }: Tagging): Promise<Document> => change(deps, actor, { id, remove: tags })

type Change = { readonly id: DocumentId; readonly add?: readonly string[]; readonly remove?: readonly string[] }

function change(deps: DocumentsDeps, actor: Actor, input: Change): Promise<Document> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadForChange(tx, actor, { id: input.id })
    must(canEdit(actor, row))
    if (row.lifecycle !== 'active') throw new AppError('document.state')
    const { tags, added, removed } = changeTags(row.tags, input)
    if (added.length + removed.length === 0) return toDocument(row)
    if (!fits({ ...row, tags })) throw new AppError('document.tag_limit')
    mustChangeOne(await updateTags(tx, guardOf(row, deps.clock.now()), tags))
    await deps.outbox.append(tx, actor, {
      type: 'documents.tags-changed.v1', documentId: row.id, payload: { documentId: row.id, added, removed },
      audit: { subjectType: 'document', subjectId: row.id, data: { before: { tags: row.tags }, after: { tags } } },
    })
    return toDocument(await loadDocument(tx, actor, row.id))
  })
}

/** By name; each with the number of active documents of it that the reader sees, and none that only others see. @throws AppError input.cursor */
export async function listTags(deps: DocumentsDeps, reader: Reader, input: PageInput): Promise<Page<TagRow>> {
  const after = input.cursor === undefined ? '' : decodeCursor(documentsContract.tagName, input.cursor)
  const rows = await selectTags(deps.read, reader, { after, limit: input.limit + 1 })
  return pageOf(rows, input.limit, { item: (row) => row, key: ({ tag }) => tag })
}
