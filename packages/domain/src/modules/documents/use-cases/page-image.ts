import type { Box, documentsContract } from '@intellidocs/contracts'
import { boxesOfSpan, unpackBoxes } from '@intellidocs/extraction'
import { AppError, recordAudit, type Actor, type Tx } from '@intellidocs/kernel'
import type { z } from 'zod'
import type { DocumentsDeps } from '../documents.deps.ts'
import { loadDocument } from '../load-document.ts'
import { noPictures, type Picture } from '../page-pictures.types.ts'
import { passwordOf } from '../password.ts'
import { mustBeServable } from '../scanning.policy.ts'
import { findVersion, pagePlaces, type StoredVersion } from '../versions.repository.ts'

type Input = z.infer<typeof documentsContract.pageImage.input>
export type PageImage = Omit<Picture, 'contentType'> & { readonly mime: Picture['contentType']; /** The places that are coloured. */ readonly boxes: Box[] }

/**
 * A page as a picture, with places on it coloured; written down like a look at its text. Made outside of transactions, and asked once more after that, in which the right to
 * it may have been taken away.
 * @throws AppError document.not_found, version.not_found, page.not_found, page.no_picture, page.not_drawn, document.unscanned, document.infected, service.unavailable
 */
export async function pageImage(deps: DocumentsDeps, actor: Actor, input: Input): Promise<PageImage> {
  const { pictures = noPictures } = deps
  const { version, boxes } = await deps.runInTx(actor, async (tx) => {
    const found = await servable(tx, { actor, input })
    const places = input.spans.length === 0 ? null : await pagePlaces(tx, actor.orgId, { id: found.id, number: input.page })
    const words = places === null ? [] : unpackBoxes(places.boxes)
    return { version: found, boxes: [...input.boxes, ...input.spans.flatMap((span) => boxesOfSpan(places?.text ?? '', words, span))] }
  }, { readOnly: true })
  const { sha256, size, mime } = version
  if (mime === null || !pictures.canShow(mime)) throw new AppError('page.no_picture')
  if (input.page > (version.pages ?? input.page)) throw new AppError('page.not_found')
  const picture = await pictures.make({
    orgId: actor.orgId, sha256, size, mime, password: passwordOf(deps, version), page: input.page,
    look: { format: input.format, width: input.width, mark: null, boxes },
  })
  if (picture === null) throw new AppError('page.not_drawn')
  await deps.runInTx(actor, async (tx) => {
    const { id, number } = await servable(tx, { actor, input: { id: input.id, version: version.number } })
    if (id !== version.id) throw new AppError('version.not_found')
    await recordAudit(tx, actor, { action: 'documents.page-image', subjectType: 'document', subjectId: input.id, data: { version: number, page: input.page } })
  })
  const { contentType, ...drawn } = picture
  return { ...drawn, mime: contentType, boxes }
}

/** The version for somebody who reads the document, where its bytes are given to readers at all. */
export async function servable(tx: Tx, { actor, input }: { actor: Actor; input: Pick<Input, 'id' | 'version'> }): Promise<StoredVersion> {
  const row = await loadDocument(tx, actor, input.id)
  const version = await findVersion(tx, { orgId: actor.orgId, documentId: row.id }, input.version ?? row.version)
  if (version === null) throw new AppError('version.not_found')
  mustBeServable(version)
  return version
}
