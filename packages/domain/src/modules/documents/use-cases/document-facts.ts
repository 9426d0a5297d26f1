import type { DocumentId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { findReadable } from '../documents.repository.ts'
import type { DocumentRow } from '../documents.rows.ts'
import { holdDocument } from '../processing.repository.ts'

/** What rules of other modules may ask of a document, as it is now; type, size, pages, language, bytes and state are those of its current version. Sizes are bytes. */
export type FactsOfDocument = Readonly<Pick<DocumentRow,
  | 'id' | 'name' | 'ownerId' | 'folderId' | 'lifecycle' | 'revision' | 'tags' | 'metadata'
  | 'versionId' | 'version' | 'state' | 'mime' | 'size' | 'pages' | 'language' | 'sha256'>>

/** `hold`: nobody changes, trashes or purges the document, or gives it another version, until the transaction ends; many may hold it at a time. */
type Asked = { readonly id: DocumentId; readonly hold?: boolean }

/** For a caller's own transaction. Null: not there, or not shown to the actor; the system is shown each document of the organization. */
export async function documentFacts(tx: Tx, actor: Actor, { id, hold = false }: Asked): Promise<FactsOfDocument | null> {
  if (hold) await holdDocument(tx, actor.orgId, id)
  const row = await findReadable(tx, actor, id)
  return row === null ? null : toFacts(row)
}

/** The same in a transaction of its own. */
export const readFacts = (deps: DocumentsDeps, actor: Actor, id: DocumentId): Promise<FactsOfDocument | null> =>
  deps.runInTx(actor, (tx) => documentFacts(tx, actor, { id }), { readOnly: true })

const toFacts = (row: DocumentRow): FactsOfDocument => ({
  id: row.id, name: row.name, ownerId: row.ownerId, folderId: row.folderId, lifecycle: row.lifecycle, revision: row.revision, tags: row.tags,
  metadata: row.metadata, versionId: row.versionId, version: row.version, state: row.state, mime: row.mime, size: row.size, pages: row.pages,
  language: row.language, sha256: row.sha256,
})
