import type { DocumentId } from '@intellidocs/contracts'
import { recordAudit, type Actor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import type { Picture } from '../page-pictures.types.ts'
import { findThumbnail, keepThumbnail } from '../thumbnails.repository.ts'
import { pageImage, servable } from './page-image.ts'

type Input = { readonly id: DocumentId; readonly version?: number | undefined }
export type Thumbnail = { readonly bytes: Buffer; readonly mime: Picture['contentType'] }

/** Pixels across. */
const WIDTH = 320
/** Of pages that are much higher than wide none is kept: they are drawn each time. */
const MOST_BYTES = 256 * 1024

/**
 * The first page of a version as a small picture (WebP). Drawn when somebody first asks for it, and kept beside the version from then on, with which it goes. Each look is
 * written down like one at the page.
 * @throws AppError as `pageImage`
 */
export async function thumbnail(deps: DocumentsDeps, actor: Actor, input: Input): Promise<Thumbnail> {
  const { number, kept } = await deps.runInTx(actor, async (tx) => {
    const version = await servable(tx, { actor, input })
    const found = await findThumbnail(tx, actor.orgId, version.id)
    if (found !== null) await recordAudit(tx, actor, { action: 'documents.page-image', subjectType: 'document', subjectId: input.id, data: { version: version.number, page: 1 } })
    return { number: version.number, kept: found }
  })
  if (kept !== null) return { bytes: Buffer.from(kept), mime: 'image/webp' }
  const { bytes, mime } = await pageImage(deps, actor, { id: input.id, version: number, page: 1, width: WIDTH, format: 'webp', boxes: [], spans: [] })
  if (bytes.length <= MOST_BYTES) await deps.runInTx(actor, async (tx) => keepThumbnail(tx, actor.orgId, { versionId: (await servable(tx, { actor, input: { id: input.id, version: number } })).id, bytes }))
  return { bytes, mime }
}
