import type { FolderId, Page } from '@intellidocs/contracts'
import { AppError, folderPrincipal, newId, pageOf, type Actor, type NewEvent, type PageInput, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canDeleteFolder, canEditFolder, canManageFolder, canMove, canPutInto, levelOnFolder, type Visibility } from '../documents.policy.ts'
import { toFolder, type Folder, type FolderRow } from '../documents.rows.ts'
import { folderKeyOf, folderPosition } from '../folder-cursor.ts'
import {
  deleteFolder as removeFolder, heightOf, holdsAnything, insertFolder, listFolders as selectFolders, lockFolder, lockTree, nameTaken, releaseTrashed,
  updateName, updateParent, updateVisibility,
} from '../folders.repository.ts'
import { must, mustChangeOne } from '../load-document.ts'
import { folderAudience, loadFolder, notShown } from '../load-folder.ts'
import { grantsDiffer, hidesBelow } from '../managers.repository.ts'
import { keepFor, keepManaged } from './keep-managed.ts'

/** A document carries a reader row for each folder above it, and a change of the tree goes down level by level. */
const DEEPEST = 32

function mustNotBeDeeper(depth: number): void {
  if (depth > DEEPEST) throw new AppError('folder.too_deep')
}

/** What the actor is not shown takes no name: the refusal would tell of it. */
async function mustBeFree(tx: Tx, actor: Actor, place: Parameters<typeof nameTaken>[2]): Promise<void> {
  if (await nameTaken(tx, actor, place)) throw new AppError('folder.name_taken')
}

/**
 * By name, those that the actor is shown. With no parent: the top, and below it what was granted to them inside of folders that they are not shown.
 * @throws AppError folder.not_found, input.cursor
 */
export async function listFolders(
  deps: DocumentsDeps, actor: Actor, input: PageInput & { parentId: FolderId | null },
): Promise<Page<Folder>> {
  const after = folderPosition(input.cursor)
  const rows = await deps.runInTx(actor, async (tx) => {
    if (input.parentId !== null) await loadFolder(tx, actor, input.parentId)
    return selectFolders(tx, actor, { parentId: input.parentId, after, limit: input.limit + 1 })
  }, { readOnly: true })
  return pageOf(rows, input.limit, { item: toFolder, key: folderKeyOf })
}

/** @throws AppError folder.not_found (the parent), folder.too_deep, folder.name_taken, auth.forbidden */
export function createFolder(
  deps: DocumentsDeps, actor: Actor, input: { name: string; parentId: FolderId | null; visibility?: Visibility },
): Promise<Folder> {
  const name = input.name.normalize('NFC')
  const visibility = input.visibility ?? 'org'
  return deps.runInTx(actor, async (tx) => {
    await lockTree(tx, actor.orgId)
    const parent = input.parentId === null ? null : await loadFolder(tx, actor, input.parentId)
    must(canPutInto(actor, parent))
    mustNotBeDeeper((parent?.path.length ?? 0) + 1)
    await mustBeFree(tx, actor, { parentId: input.parentId, name, except: null })
    const id = newId() as FolderId
    await insertFolder(tx, { id, name, parentId: input.parentId, visibility, orgId: actor.orgId, createdBy: actor.userId, at: deps.clock.now() })
    const folder = await loadFolder(tx, withFolder(actor, id), id)
    await deps.outbox.append(tx, actor, {
      type: 'documents.folder-created.v1', payload: { folderId: id }, audience: folderAudience(actor, folder),
      audit: audited(id, null, { name, parentId: input.parentId, visibility }),
    })
    if (visibility === 'restricted') await keepFor(deps, tx, { actor, id })
    return toFolder(folder)
  })
}

/** The actor with a folder that was granted to them just now, as the next request will have them. */
const withFolder = (actor: Actor, id: FolderId): Actor => ({ ...actor, principals: [...actor.principals, folderPrincipal(id)] })

/**
 * Where it changes who may do what, the restricted folders and documents below must be the mover's to manage, too; what is left without anybody who
 * manages it is theirs from then on. @throws AppError folder.not_found (either one), folder.cycle, folder.too_deep, folder.name_taken, auth.forbidden
 */
export function moveFolder(deps: DocumentsDeps, actor: Actor, input: { id: FolderId; parentId: FolderId | null }): Promise<Folder> {
  return change(deps, actor, { id: input.id, changed: 'parentId', work: async (tx, folder) => {
    const from = folder.shownParentId === null ? null : await loadFolder(tx, actor, folder.shownParentId)
    const to = input.parentId === null ? null : await loadFolder(tx, actor, input.parentId)
    const crosses = folder.restricted !== ((to?.restricted ?? false) || folder.visibility === 'restricted')
      || await grantsDiffer(tx, actor.orgId, { from: folder.parentId, to: input.parentId })
    must(canMove(actor, { level: levelOnFolder(actor, folder), from: folder.parentId !== null && from === null ? notShown : from, to, crosses }))
    if (crosses) must(!await hidesBelow(tx, actor, folder.id))
    if (to?.path.includes(folder.id) === true) throw new AppError('folder.cycle')
    mustNotBeDeeper((to?.path.length ?? 0) + await heightOf(tx, { orgId: actor.orgId, id: folder.id }))
    await mustBeFree(tx, actor, { parentId: input.parentId, name: folder.name, except: folder.id })
    mustChangeOne(await updateParent(tx, { orgId: actor.orgId, id: folder.id }, input.parentId))
    if (crosses) await keepManaged(deps, tx, { actor, at: [folder.id] })
  } })
}

/** @throws AppError folder.not_found, folder.name_taken, auth.forbidden */
export function renameFolder(deps: DocumentsDeps, actor: Actor, input: { id: FolderId; name: string }): Promise<Folder> {
  const name = input.name.normalize('NFC')
  return change(deps, actor, { id: input.id, changed: 'name', work: async (tx, folder) => {
    must(canEditFolder(actor, folder))
    await mustBeFree(tx, actor, { parentId: folder.parentId, name, except: folder.id })
    mustChangeOne(await updateName(tx, { orgId: actor.orgId, id: folder.id }, name))
  } })
}

type FolderChange = { readonly id: FolderId; readonly changed: 'name' | 'parentId'; readonly work: (tx: Tx, folder: FolderRow) => Promise<void> }

function change(deps: DocumentsDeps, actor: Actor, { id, changed, work }: FolderChange): Promise<Folder> {
  return deps.runInTx(actor, async (tx) => {
    await lockTree(tx, actor.orgId)
    const before = await loadFolder(tx, actor, id)
    await work(tx, before)
    const after = await reloaded(tx, actor, before)
    await deps.outbox.append(tx, actor, {
      type: 'documents.folder-changed.v1', payload: { folderId: id, changed: [changed] }, audience: folderAudience(actor, after),
      audit: audited(id, { [changed]: before[changed] }, { [changed]: after[changed] }),
    })
    return toFolder(after)
  })
}

/** Who moved a folder out of what gave it to them is still told what became of it. */
const reloaded = (tx: Tx, actor: Actor, before: FolderRow): Promise<FolderRow> => loadFolder(tx, withFolder(actor, before.id), before.id)

/**
 * Keeps a folder and what lies below it from the organization at large, or gives it back. It hides at once; what is given back appears as its documents
 * are worked through. @throws AppError folder.not_found, auth.forbidden
 */
export function setFolderVisibility(deps: DocumentsDeps, actor: Actor, input: { id: FolderId; visibility: Visibility }): Promise<Folder> {
  return deps.runInTx(actor, async (tx) => {
    await lockTree(tx, actor.orgId)
    const before = await loadFolder(tx, actor, input.id)
    must(canManageFolder(actor, before))
    if (before.visibility === input.visibility) return toFolder(before)
    mustChangeOne(await updateVisibility(tx, { orgId: actor.orgId, id: before.id }, input.visibility))
    const after = await reloaded(tx, actor, before)
    await deps.outbox.append(tx, actor, {
      type: 'documents.folder-visibility-set.v1', payload: { folderId: before.id, visibility: input.visibility }, audience: folderAudience(actor, after),
      audit: audited(before.id, { visibility: before.visibility }, { visibility: after.visibility }),
    })
    if (input.visibility === 'restricted') await keepFor(deps, tx, { actor, id: before.id })
    return toFolder(after)
  })
}

/**
 * Only an empty one; documents in the trash do not count and move to the top, except out of a restricted folder.
 * @throws AppError folder.not_found, folder.not_empty, retention.held (it is what a hold is on), auth.forbidden
 */
export function deleteFolder(deps: DocumentsDeps, actor: Actor, input: { id: FolderId }): Promise<{ id: FolderId; deleted: true }> {
  return deps.runInTx(actor, async (tx) => {
    await lockTree(tx, actor.orgId)
    const folder = await loadFolder(tx, actor, input.id)
    must(canDeleteFolder(actor, folder))
    const one = { orgId: actor.orgId, id: folder.id }
    // Documents before their folder, as everywhere; one that is restored meanwhile stays, and is seen below.
    await releaseTrashed(tx, one)
    await lockFolder(tx, one)
    if (await holdsAnything(tx, one)) throw new AppError('folder.not_empty')
    await deps.deletions.folder(tx, actor, folder.id)
    mustChangeOne(await removeFolder(tx, one))
    await deps.outbox.append(tx, actor, {
      type: 'documents.folder-deleted.v1', payload: { folderId: folder.id }, audience: folderAudience(actor, folder),
      audit: audited(folder.id, { name: folder.name, parentId: folder.parentId }, null),
    })
    return { id: folder.id, deleted: true as const }
  })
}

const audited = (subjectId: FolderId, before: Record<string, unknown> | null, after: Record<string, unknown> | null): NewEvent['audit'] =>
  ({ subjectType: 'folder', subjectId, data: { before, after } })
