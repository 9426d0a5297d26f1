import type {
  Document, DocumentId, documentsContract, DocumentState, FieldValue, FolderId, Level, OrgId, PageSource, Reason, ScanState, Stage, UserId, VersionId, Warning,
  WarningReason,
} from '@intellidocs/contracts'
import type { z } from 'zod'
import type { Lifecycle, Visibility } from './documents.policy.ts'

export type Metadata = Record<string, FieldValue>

/** A document with the facts of its current version, as the repositories select it. `size` is in bytes. */
export type DocumentRow = {
  id: DocumentId
  orgId: OrgId
  folderId: FolderId | null
  parentId: DocumentId | null
  ownerId: UserId
  name: string
  visibility: Visibility
  lifecycle: Lifecycle
  revision: number
  createdAt: Date
  updatedAt: Date
  trashedAt: Date | null
  publishedVersionId: VersionId | null
  versionId: VersionId
  version: number
  state: DocumentState
  reason: Reason | null
  warnings: Warning[]
  scan: ScanState
  attempt: number
  stage: Stage | null
  pagesDone: number
  mime: string | null
  size: number
  sha256: string
  pages: number | null
  language: string | null
  /** Each once, in one order. */
  tags: string[]
  metadata: Metadata
}

/** With what decides on changes of it. */
export type ChangeableRow = DocumentRow & { restricted: boolean; granted: Level | null }

type Moments = 'createdAt' | 'updatedAt' | 'trashedAt'
/** The same as a read answers it: moments are ISO text. */
export type ReadDocumentRow = Omit<DocumentRow, Moments> & { createdAt: string; updatedAt: string; trashedAt: string | null }
/** `cursorAt` is `createdAt` with the database's microseconds, which the moments of an answer do not have. */
export type ListedDocumentRow = ReadDocumentRow & { cursorAt: string }

export type VersionRow = {
  id: VersionId
  number: number
  current: boolean
  fileName: string
  mime: string | null
  size: number
  sha256: string
  state: DocumentState
  reason: Reason | null
  warnings: Warning[]
  scan: ScanState
  stage: Stage | null
  pagesDone: number
  attempt: number
  pages: number | null
  language: string | null
  createdBy: UserId
  createdAt: Date
}

export type PageRow = { number: number; text: string; source: PageSource; confidence: number | null; warnings: WarningReason[] }
/** `parentId` is where it is; `shownParentId` is null as well where the folder above is not shown to the actor. */
export type FolderRow = {
  id: FolderId
  name: string
  parentId: FolderId | null
  shownParentId: FolderId | null
  visibility: Visibility
  restricted: boolean
  path: FolderId[]
  granted: Level | null
  createdAt: Date
}

export type Version = z.infer<typeof documentsContract.version>
export type Folder = z.infer<typeof documentsContract.folder>

const isoOf = (at: Date | string): string => (typeof at === 'string' ? at : at.toISOString())

export function toDocument(row: DocumentRow | ReadDocumentRow): Document {
  return {
    id: row.id, name: row.name, folderId: row.folderId, parentId: row.parentId, ownerId: row.ownerId,
    visibility: row.visibility, lifecycle: row.lifecycle, state: row.state, reason: row.reason, warnings: row.warnings,
    progress: { stage: row.stage, pagesDone: row.pagesDone, pages: row.pages }, scan: row.scan,
    versionId: row.versionId, version: row.version, mime: row.mime, size: row.size, sha256: row.sha256, pages: row.pages, language: row.language,
    tags: row.tags, metadata: row.metadata,
    revision: row.revision, createdAt: isoOf(row.createdAt), updatedAt: isoOf(row.updatedAt),
    trashedAt: row.trashedAt === null ? null : isoOf(row.trashedAt),
  }
}

export function toVersion(row: VersionRow): Version {
  return {
    id: row.id, number: row.number, current: row.current, fileName: row.fileName, mime: row.mime, size: row.size, sha256: row.sha256,
    state: row.state, reason: row.reason, warnings: row.warnings, progress: { stage: row.stage, pagesDone: row.pagesDone, pages: row.pages }, scan: row.scan,
    attempt: row.attempt,
    pages: row.pages, language: row.language, createdBy: row.createdBy, createdAt: row.createdAt.toISOString(),
  }
}

export const toFolder = (row: FolderRow): Folder => ({
  id: row.id, name: row.name, parentId: row.shownParentId, visibility: row.visibility, restricted: row.restricted, createdAt: row.createdAt.toISOString(),
})
