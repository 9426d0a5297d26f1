import type { Document, DocumentId, Page } from '@intellidocs/contracts'
import { AppError, cursorTime, decodeCursor, pageOf, recordAudit, type Actor, type PageInput, type Reader } from '@intellidocs/kernel'
import { z } from 'zod'
import type { DocumentsDeps } from '../documents.deps.ts'
import { listDocuments as selectDocuments, readDocument, type ListFilter } from '../documents.repository.ts'
import { toDocument, toPage, toVersion, type DocumentPage, type Version } from '../documents.rows.ts'
import type { DocumentContent } from '../documents.types.ts'
import { loadDocument } from '../load-document.ts'
import { mustBeServable } from '../scanning.policy.ts'
import { findVersion, listPages as selectPages, listVersions as selectVersions } from '../versions.repository.ts'

type Target = { readonly id: DocumentId }

const documentKey = z.tuple([cursorTime, z.uuid()])
const numberKey = z.int32().min(0)

/** Newest first; only what the reader may see. @throws AppError input.cursor */
export async function listDocuments(
  deps: DocumentsDeps, reader: Reader, input: PageInput & Partial<ListFilter> & Pick<ListFilter, 'lifecycle'>,
): Promise<Page<Document>> {
  const key = input.cursor === undefined ? null : decodeCursor(documentKey, input.cursor)
  const filter = { folderId: input.folderId, state: input.state, lifecycle: input.lifecycle, name: input.name, tag: input.tag }
  const after = key === null ? null : { at: key[0], id: key[1] }
  const rows = await selectDocuments(deps.read, reader, { filter, after, limit: input.limit + 1 })
  return pageOf(rows, input.limit, { item: toDocument, key: (row) => [row.cursorAt, row.id] })
}

/** @throws AppError document.not_found */
export async function getDocument(deps: DocumentsDeps, reader: Reader, input: Target): Promise<Document> {
  const row = await readDocument(deps.read, reader, input.id)
  if (row === null) throw new AppError('document.not_found')
  return toDocument(row)
}

/** Newest first. @throws AppError document.not_found, input.cursor */
export async function listVersions(deps: DocumentsDeps, actor: Actor, input: Target & PageInput): Promise<Page<Version>> {
  const below = input.cursor === undefined ? null : decodeCursor(numberKey, input.cursor)
  const rows = await deps.runInTx(actor, async (tx) => {
    await loadDocument(tx, actor, input.id)
    return selectVersions(tx, { orgId: actor.orgId, documentId: input.id }, { below, limit: input.limit + 1 })
  }, { readOnly: true })
  return pageOf(rows, input.limit, { item: toVersion, key: (row) => row.number })
}

/**
 * The extracted text in reading order; while a document is being read, the pages that are there already.
 * @throws AppError document.not_found, version.not_found, input.cursor, document.unscanned, document.infected
 */
export async function listPages(
  deps: DocumentsDeps, actor: Actor, input: Target & PageInput & { version?: number | undefined; from?: number | undefined },
): Promise<Page<DocumentPage>> {
  const after = input.cursor === undefined ? (input.from ?? 1) - 1 : decodeCursor(numberKey, input.cursor)
  const { rows, made } = await deps.runInTx(actor, async (tx) => {
    const row = await loadDocument(tx, actor, input.id)
    const version = await findVersion(tx, { orgId: actor.orgId, documentId: row.id }, input.version ?? row.version)
    if (version === null) throw new AppError('version.not_found')
    mustBeServable(version)
    const found = await selectPages(tx, actor.orgId, { id: version.id, after, limit: input.limit + 1 })
    const read = found.slice(0, input.limit).map((page) => page.number)
    await recordAudit(tx, actor, {
      action: 'documents.pages', subjectType: 'document', subjectId: row.id,
      data: { version: version.number, first: read.at(0) ?? null, last: read.at(-1) ?? null },
    })
    return { rows: found, made: read.length === 0 ? [] : await deps.passages.made(tx, { versionId: version.id, from: read.at(0) ?? 0, to: read.at(-1) ?? 0 }) }
  })
  const passages = new Map(made.map((one) => [one.page, one]))
  return pageOf(rows, input.limit, { item: (row) => toPage(row, passages.get(row.number) ?? null), key: (row) => row.number })
}

/**
 * Where a version's bytes are, to be sent; the current one unless a number is given. Written down as a download. Whoever sends bytes asks here.
 * @throws AppError document.not_found, version.not_found, document.unscanned, document.infected
 */
export function documentContent(deps: DocumentsDeps, actor: Actor, input: Target & { version?: number | undefined }): Promise<DocumentContent> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadDocument(tx, actor, input.id)
    const version = await findVersion(tx, { orgId: actor.orgId, documentId: row.id }, input.version ?? row.version)
    if (version === null) throw new AppError('version.not_found')
    mustBeServable(version)
    await recordAudit(tx, actor, {
      action: 'documents.download', subjectType: 'document', subjectId: row.id, data: { version: version.number, sha256: version.sha256 },
    })
    return { documentId: row.id, version: version.number, sha256: version.sha256, size: version.size, fileName: version.fileName, mime: version.mime }
  })
}
