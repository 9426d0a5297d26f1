import type { DocumentId, FolderId } from '@intellidocs/contracts'
import { AppError, type Tx } from '@intellidocs/kernel'
import type { Picture, SharedDocument } from '../../documents/index.ts'
import type { SharingDeps } from '../sharing.deps.ts'
import { hasDownloadsLeft, hasViewsLeft, markOf } from '../sharing.policy.ts'
import type { Place, SharedContent, Shown, ShownDocument, Visit, Visitor, WhereInFolder } from '../sharing.types.ts'
import { hidden, subjectOf } from '../show-share.ts'
import { textOf } from '../text-of.ts'
import { folderBelow, foldersHere, withDocuments, type FolderHere } from './look-at-folder.ts'
import { findLink, inOrgOf, opensNothing, outsider, standingOf, visited, visitOf, type LedTo, type Link, type Standing } from './find-link.ts'

type Looking = { readonly link: Link; readonly standing: Pick<Standing, 'share'> & { readonly visit: Visit }; readonly place: Place }

/** A document with the text at a place where no picture can be made of its pages; that it was looked at is noted. */
async function showDocument(deps: SharingDeps, tx: Tx, document: SharedDocument, { link, standing: { share, visit }, place }: Looking): Promise<ShownDocument> {
  const { id, name, size } = document
  const pictures = picturesOf(deps, document)
  const text = pictures > 0 ? null : await textOf(deps, tx, { orgId: link.ref.orgId, document, place, mark: share.download ? null : markOf(visit) })
  if (text !== null) await deps.visits.note(tx, { orgId: link.ref.orgId, visitId: visit.id }, { documentId: id, version: document.version, page: text.page, at: deps.clock.now() })
  return { id, name, size, pictures, text, downloads: hasDownloadsLeft(share) }
}

const picturesOf = ({ pictures }: SharingDeps, { mime, pages, sealed }: SharedDocument): number => (!sealed && pictures.canShow(mime) ? pages ?? 0 : 0)

type Here = { readonly kind: 'folder'; readonly note: string; readonly expiresAt: Date | null; readonly here: FolderHere }

/** What the link shows, or what it takes to open it. Spends nothing. @throws AppError share.not_found, input.cursor */
export async function lookAtLink(deps: SharingDeps, visitor: Visitor, { place, ...where }: WhereInFolder & { place: Place }): Promise<Shown> {
  const link = await findLink(deps, visitor)
  const found = await inOrgOf(deps, link, async (tx): Promise<Exclude<Shown, { kind: 'folder' }> | Here> => {
    const standing = await standingOf(deps, tx, link)
    const visit = standing === null ? null : await visitOf(deps, tx, { share: standing.share, cookie: visitor.visit })
    if (standing === null || (visit === null && !hasViewsLeft(standing.share))) throw opensNothing()
    const { share, to, maker } = standing
    if (visit === null) return { kind: 'ask', password: share.passwordHash !== null, email: share.emails.length > 0 }
    const { note, expiresAt } = share
    if (to.kind === 'folder') return { kind: 'folder', note, expiresAt, here: await foldersHere(deps, tx, { share, maker, folder: to.folder }, where) }
    return { kind: 'document', note, expiresAt, document: await showDocument(deps, tx, to.document, { link, standing: { share, visit }, place }) }
  })
  if (found.kind !== 'folder') return found
  const { here, ...folder } = found
  return { ...folder, ...await withDocuments(deps, here, where) }
}

type Wanted = { readonly id: DocumentId; /** The one that was given already; null: the one that the link leads to. */ readonly version: number | null }

/** The document below the link, if it leads to it. @throws AppError share.not_found */
async function documentBelow(deps: SharingDeps, tx: Tx, { share, to, maker }: Pick<Standing, 'share' | 'maker'> & { to: LedTo }, { id, version }: Wanted): Promise<SharedDocument> {
  if (to.kind === 'document' && to.document.id !== id) throw opensNothing()
  const document = to.kind === 'document' && version === null ? to.document : await deps.documents.shared.document(tx, maker, { id, version })
  if (document === null || document.lifecycle !== 'active' || !document.servable) throw opensNothing()
  if (to.kind === 'document' || document.folderId === share.folderId) return document
  if (document.folderId === null) throw opensNothing()
  await folderBelow(deps, tx, { share, maker }, document.folderId)
  return document
}

type Below = { readonly documentId: DocumentId }

/** `folderId`: where it lies, below that of the link; null: in that. */
export type DocumentInFolder = { readonly document: ShownDocument; readonly folderId: FolderId | null; readonly expiresAt: Date | null }

/** One document of a folder's link. @throws AppError share.not_found */
export async function documentOfLink(deps: SharingDeps, visitor: Visitor, { documentId, place }: Below & { place: Place }): Promise<DocumentInFolder> {
  const link = await findLink(deps, visitor)
  return inOrgOf(deps, link, async (tx) => {
    const standing = await visited(deps, tx, link)
    const document = await documentBelow(deps, tx, standing, { id: documentId, version: null })
    const { folderId, expiresAt } = standing.share
    return { document: await showDocument(deps, tx, document, { link, standing, place }), folderId: document.folderId === folderId ? null : document.folderId, expiresAt }
  })
}

/**
 * A picture of a page; that it was looked at is noted. Of a link that is for looking only, it bears who looks.
 * @throws AppError share.not_found, also for a page that no picture can be made of; service.unavailable when too many wait
 */
export async function pictureOfLink(deps: SharingDeps, visitor: Visitor, { documentId, page }: Below & { page: number }): Promise<Picture> {
  const link = await findLink(deps, visitor)
  const { share, visit, document } = await inOrgOf(deps, link, async (tx) => {
    const standing = await visited(deps, tx, link)
    return { ...standing, document: await documentBelow(deps, tx, standing, { id: documentId, version: null }) }
  })
  const { sha256, size, mime, version } = document
  if (mime === null || page > picturesOf(deps, document)) throw opensNothing()
  const picture = await deps.pictures.make({ orgId: link.ref.orgId, sha256, size, mime, page, look: { format: 'webp', width: null, mark: share.download ? null : markOf(visit), boxes: [] } })
  if (picture === null) throw opensNothing()
  // Asked once more, since making it takes a while, in which the link may have been revoked, or the document taken from it.
  await inOrgOf(deps, link, async (tx) => {
    const standing = await visited(deps, tx, link)
    await documentBelow(deps, tx, standing, { id: documentId, version })
    const { visit: { id: visitId } } = standing
    await deps.visits.note(tx, { orgId: link.ref.orgId, visitId }, { documentId, version, page, at: deps.clock.now() })
  })
  return picture
}

/** Where the bytes of the document are, to be sent whole; a download is spent. @throws AppError share.not_found */
export async function contentOfLink(deps: SharingDeps, visitor: Visitor, { documentId }: Below): Promise<SharedContent> {
  const link = await findLink(deps, visitor)
  return inOrgOf(deps, link, async (tx) => {
    const standing = await visited(deps, tx, link)
    const document = await documentBelow(deps, tx, standing, { id: documentId, version: null })
    await spendDownload(deps, tx, { link, standing, document })
    const { version, sha256, size, fileName, mime } = document
    return { orgId: link.ref.orgId, version, sha256, size, fileName, mime }
  })
}

type Download = { readonly link: Link; readonly standing: Awaited<ReturnType<typeof visited>>; readonly document: SharedDocument }

async function spendDownload(deps: SharingDeps, tx: Tx, { link, standing: { share, visit }, document }: Download): Promise<void> {
  const { ref } = link
  const { id: documentId, version, sha256 } = document
  const now = deps.clock.now()
  if (!await deps.links.spendDownload(tx, ref, { gate: visit.gate, now })) throw opensNothing()
  await deps.visits.note(tx, { orgId: ref.orgId, visitId: visit.id }, { documentId, version, page: null, at: now })
  await deps.outbox.append(tx, outsider(link, visit.address), {
    type: 'sharing.downloaded.v1', payload: { shareId: share.id, folderId: subjectOf(share).folderId, visitId: visit.id, documentId, version },
    audit: { subjectType: 'share', subjectId: share.id, data: { documentId, version, sha256, visitId: visit.id, visitor: hidden(deps, ref.orgId, visit.email) } },
  })
}

/** Whether what the visitor was given is theirs still; asked while it is sent. Throws what is nobody's fault (the database). */
export async function stillOpen(deps: SharingDeps, visitor: Visitor, { documentId, version }: Below & { version: number }): Promise<boolean> {
  try {
    const link = await findLink(deps, visitor)
    await inOrgOf(deps, link, async (tx) => documentBelow(deps, tx, await visited(deps, tx, link), { id: documentId, version }))
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'share.not_found') return false
    throw error
  }
}
