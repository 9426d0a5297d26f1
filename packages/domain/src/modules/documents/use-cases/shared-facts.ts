import type { DocumentId, FolderId, Level, OrgId, VersionId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import { levelOnDocument, levelOnFolder, type Lifecycle } from '../documents.policy.ts'
import { findReadable } from '../documents.repository.ts'
import { findFolder } from '../folders.repository.ts'
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

/** The same of a folder. Null: not there, or not shown to the actor. */
export async function sharedFolder(tx: Tx, actor: Actor, id: FolderId): Promise<{ readonly name: string; readonly level: Level | null } | null> {
  const row = await findFolder(tx, actor, id)
  return row === null ? null : { name: row.name, level: levelOnFolder(actor, row) }
}

/** Of a page of a version's text the characters `from` to `from + length`, and how many it has. Null: it was not read, or has no such page. Whoever asks was given the document. */
export const sharedText = (tx: Tx, orgId: OrgId, { versionId, page, from, length }: { versionId: VersionId; page: number; from: number; length: number }): Promise<{ text: string; characters: number } | null> =>
  pageText(tx, orgId, { id: versionId, number: page, from, length })
