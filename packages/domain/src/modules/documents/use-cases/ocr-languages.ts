import type { DocumentId, FolderId } from '@intellidocs/contracts'
import { AppError, type Actor, type Tx } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { canEdit, canEditFolder } from '../documents.policy.ts'
import { lockTree } from '../folders.repository.ts'
import { guardOf, loadDocument, loadForChange, must, mustChangeOne } from '../load-document.ts'
import { folderAudience, loadFolder } from '../load-folder.ts'
import { findOcrLanguages, updateDocumentLanguages, updateFolderLanguages, updateOrgLanguages, type OcrLanguages } from '../ocr-languages.repository.ts'

type Target = { readonly documentId?: DocumentId | undefined; readonly folderId?: FolderId | undefined }
type Languages = { readonly languages: string[] }

const of = (tx: Tx, actor: Actor, { documentId, folderId }: Target): Promise<OcrLanguages> =>
  findOcrLanguages(tx, { orgId: actor.orgId, documentId: documentId ?? null, folderId: folderId ?? null })

/** In which languages pixels are read. @throws AppError document.not_found, folder.not_found */
export function getOcrLanguages(deps: DocumentsDeps, actor: Actor, input: Target): Promise<OcrLanguages> {
  return deps.runInTx(actor, async (tx) => {
    if (input.documentId !== undefined) await loadDocument(tx, actor, input.documentId)
    if (input.folderId !== undefined) await loadFolder(tx, actor, input.folderId)
    return of(tx, actor, input)
  }, { readOnly: true })
}

/** @throws AppError document.not_found, document.state (trashed), folder.not_found, auth.forbidden */
export function setOcrLanguages(deps: DocumentsDeps, actor: Actor, input: Target & Languages): Promise<OcrLanguages> {
  return deps.runInTx(actor, async (tx) => {
    const before = await of(tx, actor, input)
    const audit = { before: { ocrLanguages: before.own }, after: { ocrLanguages: input.languages } }
    if (input.documentId !== undefined) await changeDocument(deps, tx, { actor, id: input.documentId, languages: input.languages, audit })
    if (input.folderId !== undefined) await changeFolder(deps, tx, { actor, id: input.folderId, languages: input.languages, audit })
    return of(tx, actor, input)
  })
}

type Change<Id> = Languages & { readonly actor: Actor; readonly id: Id; readonly audit: Record<string, unknown> }

async function changeDocument(deps: DocumentsDeps, tx: Tx, { actor, id, languages, audit }: Change<DocumentId>): Promise<void> {
  const row = await loadForChange(tx, actor, { id })
  must(canEdit(actor, row))
  if (row.lifecycle !== 'active') throw new AppError('document.state')
  mustChangeOne(await updateDocumentLanguages(tx, guardOf(row, deps.clock.now()), languages))
  await deps.outbox.append(tx, actor, {
    type: 'documents.updated.v1', documentId: id, payload: { documentId: id, revision: row.revision + 1, changed: ['ocrLanguages'] },
    audit: { subjectType: 'document', subjectId: id, data: audit },
  })
}

async function changeFolder(deps: DocumentsDeps, tx: Tx, { actor, id, languages, audit }: Change<FolderId>): Promise<void> {
  await lockTree(tx, actor.orgId)
  const folder = await loadFolder(tx, actor, id)
  must(canEditFolder(actor, folder))
  mustChangeOne(await updateFolderLanguages(tx, { orgId: actor.orgId, id }, languages))
  await deps.outbox.append(tx, actor, {
    type: 'documents.folder-changed.v1', payload: { folderId: id, changed: ['ocrLanguages'] }, audience: folderAudience(actor, folder),
    audit: { subjectType: 'folder', subjectId: id, data: audit },
  })
}

/** What holds where neither document nor folder says anything. */
export function setDefaultOcrLanguages(deps: DocumentsDeps, actor: Actor, { languages }: Languages): Promise<OcrLanguages> {
  return deps.runInTx(actor, async (tx) => {
    const before = await of(tx, actor, {})
    mustChangeOne(await updateOrgLanguages(tx, actor.orgId, languages))
    await deps.outbox.append(tx, actor, {
      type: 'orgs.updated.v1', payload: { changed: ['ocrLanguages'] },
      audit: { subjectType: 'org', subjectId: actor.orgId, data: { before: { ocrLanguages: before.own }, after: { ocrLanguages: languages } } },
    })
    return of(tx, actor, {})
  })
}
