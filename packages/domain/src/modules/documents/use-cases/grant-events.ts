import type { Level } from '@intellidocs/contracts'
import type { Actor, NewEvent, Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { placeOf } from '../folders.repository.ts'
import type { GrantTarget } from '../grants.repository.ts'
import { folderAudience } from '../load-folder.ts'

type GrantChange = { readonly actor: Actor; readonly target: GrantTarget; readonly principal: string; readonly before: Level | null }

/** To whom and at what level stands in the audit only: of the event, all hear who read the document or are shown the folder. */
export async function appendGrantSet(deps: DocumentsDeps, tx: Tx, change: GrantChange & { readonly after: Level }): Promise<void> {
  await deps.outbox.append(tx, change.actor, {
    type: 'documents.grant-set.v1', payload: { ...change.target }, ...await heardBy(tx, change), audit: audited(change, change.after),
  })
}

export async function appendGrantRemoved(deps: DocumentsDeps, tx: Tx, change: GrantChange & { readonly before: Level }): Promise<void> {
  await deps.outbox.append(tx, change.actor, {
    type: 'documents.grant-removed.v1', payload: { ...change.target }, ...await heardBy(tx, change), audit: audited(change, null),
  })
}

/** Of a document: its readers as they are by then, so that who was taken away does not hear of it. Of a folder: those who are shown it. */
async function heardBy(tx: Tx, { actor, target }: GrantChange): Promise<{ documentId?: string; audience?: string[] }> {
  if (target.documentId !== null) return { documentId: target.documentId }
  return { audience: folderAudience(actor, await placeOf(tx, actor.orgId, target.folderId)) }
}

function audited({ target, principal, before }: GrantChange, after: Level | null): NewEvent['audit'] {
  const [subjectType, subjectId] = target.documentId === null ? ['folder', target.folderId] : ['document', target.documentId]
  return { subjectType, subjectId, data: { principal, before: { level: before }, after: { level: after } } }
}
