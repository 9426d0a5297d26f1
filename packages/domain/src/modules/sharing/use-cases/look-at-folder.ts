import type { FolderId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { SharedFolder } from '../../documents/index.ts'
import type { SharingDeps } from '../sharing.deps.ts'
import { isInBundle, mayShare } from '../sharing.policy.ts'
import type { Named, ShownFolder, Visitor, WhereInFolder } from '../sharing.types.ts'
import { findLink, inOrgOf, opensNothing, visited, type Standing } from './find-link.ts'

/** Of folders and of documents, on one page. */
const A_PAGE = 100

type At = Pick<Standing, 'share' | 'maker'> & { readonly folder: SharedFolder }
const named = <Id extends string>({ id, name }: Named<Id>): Named<Id> => ({ id, name })

/** A folder of the bundle that the link is, as its maker sees it. @throws AppError share.not_found */
export async function folderBelow({ documents: { shared } }: SharingDeps, tx: Tx, { share, maker }: Pick<Standing, 'share' | 'maker'>, id: FolderId): Promise<SharedFolder> {
  const [folder] = await shared.folders(tx, maker, [id])
  if (share.folderId === null || folder === undefined || !isInBundle(folder, share.folderId)) throw opensNothing()
  return folder
}

export type FolderHere = Omit<ShownFolder, 'documents' | 'nextCursor'> & { readonly id: FolderId; readonly maker: Actor }

/** The folders in a folder that its maker may share, and the way down to it. @throws AppError input.cursor */
export async function foldersHere(deps: SharingDeps, tx: Tx, { share, maker, folder }: At, where: WhereInFolder): Promise<FolderHere> {
  const above = folder.path.slice(folder.path.findIndex((id) => id === share.folderId), -1)
  const shown = await deps.documents.shared.folders(tx, maker, above)
  const trail = above.flatMap((id) => shown.filter((one) => one.id === id).map(named<FolderId>))
  // One list goes on at a time.
  const folders = where.cursor === undefined ? await deps.documents.shared.foldersIn(tx, maker, { parentId: folder.id, cursor: where.folders, limit: A_PAGE }) : nothingMore
  return { id: folder.id, maker, name: folder.name, trail, folders: folders.items.filter(({ level }) => mayShare(level)).map(named<FolderId>), nextFolders: folders.nextCursor }
}
const nothingMore = { items: [], nextCursor: null }

/** With the documents in it that its maker sees, newest first; in no transaction, as lists are read by themselves. @throws AppError input.cursor */
export async function withDocuments(deps: SharingDeps, { id, maker, ...here }: FolderHere, where: WhereInFolder): Promise<ShownFolder> {
  const { items, nextCursor } = where.folders === undefined
    ? await deps.documents.list(maker, { folderId: id, lifecycle: 'active', limit: A_PAGE, cursor: where.cursor }) : nothingMore
  return { ...here, documents: items.map(named), nextCursor }
}

/** A folder below that of a folder's link. @throws AppError share.not_found, input.cursor */
export async function folderOfLink(deps: SharingDeps, visitor: Visitor, { folderId, ...where }: WhereInFolder & { folderId: FolderId }): Promise<ShownFolder & { readonly expiresAt: Date | null }> {
  const link = await findLink(deps, visitor)
  const { expiresAt, here } = await inOrgOf(deps, link, async (tx) => {
    const standing = await visited(deps, tx, link)
    const folder = await folderBelow(deps, tx, standing, folderId)
    return { expiresAt: standing.share.expiresAt, here: await foldersHere(deps, tx, { ...standing, folder }, where) }
  })
  return { ...await withDocuments(deps, here, where), expiresAt }
}
