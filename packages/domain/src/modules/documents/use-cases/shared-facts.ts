import type { DocumentId, FolderId, Level, OrgId, Page, VersionId } from '@intellidocs/contracts'
import { pageOf, type Actor, type Tx } from '@intellidocs/kernel'
import { levelOnDocument, levelOnFolder, type Lifecycle } from '../documents.policy.ts'
import { findReadable } from '../documents.repository.ts'
import type { FolderRow } from '../documents.rows.ts'
import { folderKeyOf, folderPosition } from '../folder-cursor.ts'
import { findFolders, listFolders } from '../folders.repository.ts'
import { isServable } from '../scanning.policy.ts'
import { findVersion, pageText } from '../versions.repository.ts'

/**
 * One version of a document as it can be handed on. `size` in bytes; `mime` null while nobody has looked at the bytes; `sealed`: it was opened with a password.
 * `servable` false: its bytes are given to nobody, as they wait for the scanner or it found something.
 */
export type SharedDocument = {
  readonly id: DocumentId; readonly name: string; readonly folderId: FolderId | null; readonly lifecycle: Lifecycle; readonly level: Level
  readonly version: number; readonly versionId: VersionId; readonly language: string | null; readonly fileName: string; readonly sha256: string; readonly size: number; readonly mime: string | null; readonly pages: number | null
  readonly sealed: boolean; readonly servable: boolean
}

/**
 * For a caller's own transaction: what the actor may do with a document, and one version of it; the newest where none is named. Null: no such document or
 * version, or not shown to the actor.
 */
export async function sharedDocument(tx: Tx, actor: Actor, { id, version }: { id: DocumentId; version: number | null }): Promise<SharedDocument | null> {
  const row = await findReadable(tx, actor, id)
  if (row === null) return null
  const found = await findVersion(tx, { orgId: actor.orgId, documentId: id }, version ?? row.version)
  if (found === null) return null
  const { number, id: versionId, language, fileName, sha256, size, mime, pages, passwordCipher } = found
  return {
    id: row.id, name: row.name, folderId: row.folderId, lifecycle: row.lifecycle, level: levelOnDocument(actor, row), version: number, versionId, language, fileName, sha256, size, mime, pages,
    sealed: passwordCipher !== null, servable: isServable(found),
  }
}

/** A folder as it can be handed on. `path`: the folders above it, from the top, and itself. */
export type SharedFolder = { readonly id: FolderId; readonly name: string; readonly level: Level | null; readonly path: readonly FolderId[] }
const toShared = (actor: Actor, row: FolderRow): SharedFolder => ({ id: row.id, name: row.name, level: levelOnFolder(actor, row), path: row.path })

/** The same of folders. Those that are not there, or not shown to the actor, are absent. */
export const sharedFolders = async (tx: Tx, actor: Actor, ids: readonly FolderId[]): Promise<SharedFolder[]> => (await findFolders(tx, actor, ids)).map((row) => toShared(actor, row))

/** The folders in a folder that are shown to the actor, by name. @throws AppError input.cursor */
export async function sharedFoldersIn(tx: Tx, actor: Actor, { parentId, cursor, limit }: { parentId: FolderId; cursor: string | undefined; limit: number }): Promise<Page<SharedFolder>> {
  const rows = await listFolders(tx, actor, { parentId, after: folderPosition(cursor), limit: limit + 1 })
  return pageOf(rows, limit, { item: (row) => toShared(actor, row), key: folderKeyOf })
}

/** Of a page of a version's text the characters `from` to `from + length`, and how many it has. Null: it was not read, or has no such page. Whoever asks was given the document. */
export const sharedText = (tx: Tx, orgId: OrgId, { versionId, page, from, length }: { versionId: VersionId; page: number; from: number; length: number }): Promise<{ text: string; characters: number } | null> =>
  pageText(tx, orgId, { id: versionId, number: page, from, length })
