import type { FolderId } from '@intellidocs/contracts'
import { AppError, folderPrincipal, orgPrincipal, type Actor, type Tx } from '@intellidocs/kernel'
import { canPutInto, type FolderFacts } from './documents.policy.ts'
import type { FolderRow } from './documents.rows.ts'
import { findFolder, holdFolder } from './folders.repository.ts'
import { must } from './load-document.ts'

/** `folder.not_found` whether it is not shown to the actor or not there at all. */
export async function loadFolder(tx: Tx, actor: Actor, id: FolderId): Promise<FolderRow> {
  const found = await findFolder(tx, actor, id)
  if (found === null) throw new AppError('folder.not_found')
  return found
}

/** What is known of a folder that the actor is not shown: it gives them nothing. */
export const notShown: FolderFacts = Object.freeze({ restricted: true, granted: null })

/** The folder for a document that comes into it, held until the transaction ends; null for the top. @throws AppError folder.not_found, auth.forbidden */
export async function enterFolder(tx: Tx, actor: Actor, id: FolderId | null): Promise<FolderRow | null> {
  if (id !== null) await holdFolder(tx, { orgId: actor.orgId, id })
  const folder = id === null ? null : await loadFolder(tx, actor, id)
  must(canPutInto(actor, folder))
  return folder
}

/** Who hears of what happens to a folder: those who are shown it. */
export const folderAudience = (actor: Actor, folder: Pick<FolderRow, 'path' | 'restricted'>): string[] =>
  [...(folder.restricted ? [] : [orgPrincipal(actor.orgId)]), ...folder.path.map(folderPrincipal)]
