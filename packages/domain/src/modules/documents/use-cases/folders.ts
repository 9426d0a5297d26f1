import type { FolderId, Page } from '@intellidocs/contracts'
import { AppError, decodeCursor, encodeCursor, newId, type Actor, type Tx } from '@intellidocs/kernel'
import { z } from 'zod'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canSeeFolders } from '../documents.policy.ts'
import { toFolder, type Folder, type FolderRow } from '../documents.rows.ts'
import {
  deleteFolder as removeFolder, findFolder, holdsAnything, insertFolder, isWithin, listFolders as selectFolders, lockFolder, lockTree,
  nameTaken, releaseTrashed, updateName, updateParent,
} from '../folders.repository.ts'
import { mustChangeOne } from '../load-document.ts'

const folderKey = z.tuple([z.string().max(200), z.uuid()])

async function load(tx: Tx, actor: Actor, id: FolderId): Promise<FolderRow> {
  const found = canSeeFolders(actor) ? await findFolder(tx, { orgId: actor.orgId, id }) : null
  if (found === null) throw new AppError('folder.not_found')
  return found
}

async function mustBeFree(tx: Tx, place: Parameters<typeof nameTaken>[1]): Promise<void> {
  if (await nameTaken(tx, place)) throw new AppError('folder.name_taken')
}

/** By name. Guests see none: folders are the organization's. @throws AppError folder.not_found, input.cursor */
export async function listFolders(
  deps: DocumentsDeps, actor: Actor, input: { parentId: FolderId | null; limit: number; cursor?: string | undefined },
): Promise<Page<Folder>> {
  const key = input.cursor === undefined ? null : decodeCursor(folderKey, input.cursor)
  const rows = await deps.runInTx(actor, async (tx) => {
    if (input.parentId !== null) await load(tx, actor, input.parentId)
    if (!canSeeFolders(actor)) return []
    return selectFolders(
      tx, { orgId: actor.orgId, parentId: input.parentId }, { after: key === null ? null : { name: key[0], id: key[1] }, limit: input.limit + 1 },
    )
  }, { readOnly: true })
  const shown = rows.slice(0, input.limit)
  const last = shown.at(-1)
  return { items: shown.map(toFolder), nextCursor: rows.length > input.limit && last !== undefined ? encodeCursor([last.sortName, last.id]) : null }
}

/** @throws AppError folder.not_found (the parent), folder.name_taken */
export function createFolder(deps: DocumentsDeps, actor: Actor, input: { name: string; parentId: FolderId | null }): Promise<Folder> {
  const name = input.name.normalize('NFC')
  return deps.runInTx(actor, async (tx) => {
    await lockTree(tx, actor.orgId)
    if (input.parentId !== null) await load(tx, actor, input.parentId)
    await mustBeFree(tx, { orgId: actor.orgId, parentId: input.parentId, name, except: null })
    const folder = { id: newId() as FolderId, name, parentId: input.parentId, createdAt: deps.clock.now() }
    await insertFolder(tx, { ...folder, orgId: actor.orgId, createdBy: actor.userId, at: folder.createdAt })
    await deps.outbox.append(tx, actor, {
      type: 'documents.folder-created.v1', payload: { folderId: folder.id }, audit: {
        subjectType: 'folder', subjectId: folder.id, data: { name: folder.name, parentId: folder.parentId },
      },
    })
    return toFolder(folder)
  })
}

/** @throws AppError folder.not_found (either one), folder.cycle, folder.name_taken */
export function moveFolder(deps: DocumentsDeps, actor: Actor, input: { id: FolderId; parentId: FolderId | null }): Promise<Folder> {
  return change(deps, actor, { id: input.id, changed: 'parentId', work: async (tx, folder) => {
    if (input.parentId !== null) {
      await load(tx, actor, input.parentId)
      if (await isWithin(tx, actor.orgId, { folder: input.parentId, ancestor: folder.id })) throw new AppError('folder.cycle')
    }
    await mustBeFree(tx, { orgId: actor.orgId, parentId: input.parentId, name: folder.name, except: folder.id })
    mustChangeOne(await updateParent(tx, { orgId: actor.orgId, id: folder.id }, input.parentId))
    return { ...folder, parentId: input.parentId }
  } })
}

/** @throws AppError folder.not_found, folder.name_taken */
export function renameFolder(deps: DocumentsDeps, actor: Actor, input: { id: FolderId; name: string }): Promise<Folder> {
  const name = input.name.normalize('NFC')
  return change(deps, actor, { id: input.id, changed: 'name', work: async (tx, folder) => {
    await mustBeFree(tx, { orgId: actor.orgId, parentId: folder.parentId, name, except: folder.id })
    mustChangeOne(await updateName(tx, { orgId: actor.orgId, id: folder.id }, name))
    return { ...folder, name }
  } })
}

type FolderChange = { readonly id: FolderId; readonly changed: 'name' | 'parentId'; readonly work: (tx: Tx, folder: FolderRow) => Promise<FolderRow> }

function change(deps: DocumentsDeps, actor: Actor, { id, changed, work }: FolderChange): Promise<Folder> {
  return deps.runInTx(actor, async (tx) => {
    await lockTree(tx, actor.orgId)
    const before = await load(tx, actor, id)
    const after = await work(tx, before)
    await deps.outbox.append(tx, actor, {
      type: 'documents.folder-changed.v1', payload: { folderId: id, changed: [changed] },
      audit: { subjectType: 'folder', subjectId: id, data: { before: { [changed]: before[changed] }, after: { [changed]: after[changed] } } },
    })
    return toFolder(after)
  })
}

/** Only an empty one; documents in the trash do not count and move to the top. @throws AppError folder.not_found, folder.not_empty */
export function deleteFolder(deps: DocumentsDeps, actor: Actor, input: { id: FolderId }): Promise<{ id: FolderId; deleted: true }> {
  return deps.runInTx(actor, async (tx) => {
    await lockTree(tx, actor.orgId)
    const folder = await load(tx, actor, input.id)
    const one = { orgId: actor.orgId, id: folder.id }
    // Documents before their folder, as everywhere; one that is restored meanwhile stays, and is seen below.
    await releaseTrashed(tx, one)
    await lockFolder(tx, one)
    if (await holdsAnything(tx, one)) throw new AppError('folder.not_empty')
    mustChangeOne(await removeFolder(tx, one))
    await deps.outbox.append(tx, actor, {
      type: 'documents.folder-deleted.v1', payload: { folderId: folder.id }, audit: {
        subjectType: 'folder', subjectId: folder.id, data: { name: folder.name },
      },
    })
    return { id: folder.id, deleted: true as const }
  })
}
