import type {
  Document, DocumentId, documentsContract, DocumentState, FieldValue, FolderId, Level, OrgId, PageSource, Reason, ScanState, Stage, UserId, VersionId, Warning,
  WarningReason,
} from '@intellidocs/contracts'
import { nameWords } from '@intellidocs/extraction'
import type { PassagesMade } from '@intellidocs/kernel'
import type { z } from 'zod'
import type { Lifecycle, Visibility } from './documents.policy.ts'

export type Metadata = Record<string, FieldValue>
/** As they are kept with a version; what is not known is absent. */
export type KeptFacts = { title?: string; titleFrom?: 'file' | 'heading'; author?: string; createdAt?: string; modifiedAt?: string; words?: number }

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
  facts: KeptFacts
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

/** Null where a page was read before it was written down. */
type ReadBy = { extractor: string | null; engine: string | null; model: string | null; engineVersion: string | null; readAt: Date | null }
export type PageRow = ReadBy & { number: number; text: string; source: PageSource; confidence: number | null; warnings: WarningReason[] }
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
export type DocumentPage = z.infer<typeof documentsContract.documentPage>

const isoOf = (at: Date | string): string => (typeof at === 'string' ? at : at.toISOString())

const toFacts = ({ title, titleFrom, author, createdAt, modifiedAt, words }: KeptFacts, name: string): Document['facts'] => ({
  title: title ?? nameWords(name), titleFrom: title === undefined ? 'name' : titleFrom ?? 'file', author: author ?? null, createdAt: createdAt ?? null,
  modifiedAt: modifiedAt ?? null, words: words ?? null,
})

export function toDocument(row: DocumentRow | ReadDocumentRow): Document {
  return {
    id: row.id, name: row.name, folderId: row.folderId, parentId: row.parentId, ownerId: row.ownerId,
    visibility: row.visibility, lifecycle: row.lifecycle, state: row.state, reason: row.reason, warnings: row.warnings,
    progress: { stage: row.stage, pagesDone: row.pagesDone, pages: row.pages }, scan: row.scan,
    versionId: row.versionId, version: row.version, mime: row.mime, size: row.size, sha256: row.sha256, pages: row.pages, language: row.language,
    facts: toFacts(row.facts, row.name), tags: row.tags, metadata: row.metadata,
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

/** `passages`: what search made of the page. */
export function toPage({ extractor, engine, model, engineVersion, readAt, ...page }: PageRow, passages: PassagesMade | null): DocumentPage {
  const read = extractor === null || engine === null || engineVersion === null || readAt === null ? null
    : { extractor, engine, model, version: engineVersion, at: readAt.toISOString() }
  return {
    number: page.number, text: page.text, source: page.source, confidence: page.confidence, warnings: page.warnings, provenance: read,
    passages: passages === null ? null : { count: passages.count, chunker: passages.chunker, models: passages.models, at: passages.at?.toISOString() ?? null },
  }
}

export const toFolder = (row: FolderRow): Folder => ({
  id: row.id, name: row.name, parentId: row.shownParentId, visibility: row.visibility, restricted: row.restricted, createdAt: row.createdAt.toISOString(),
})
