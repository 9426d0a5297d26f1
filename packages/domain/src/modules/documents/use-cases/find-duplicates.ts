import type { DocumentId, Duplicates } from '@intellidocs/contracts'
import { FencedError, newId, systemActor, type Actor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import * as rows from '../duplicates.repository.ts'
import { loadDocument } from '../load-document.ts'
import { merged, NEAR, signatureOf, similarity, sketchOf, type Signature } from '../near-duplicates.ts'
import { fence } from '../processing.repository.ts'
import type { ProcessingRef } from '../processing.types.ts'

const MOST = 100
/** Looked at for the nearest of them: a template may have thousands of copies. */
const CANDIDATES = 1_000

/**
 * Adds the sketch of some pages to that of their version. Written twice it is the same; only the attempt that reads it writes.
 * @throws FencedError
 */
export async function storeSketch(deps: DocumentsDeps, ref: ProcessingRef, pages: readonly { readonly text: string }[]): Promise<void> {
  const own = await sketchOf(pages)
  await deps.runInTx(systemActor(ref.orgId, newId()), async (tx) => {
    if (!await fence(tx, ref)) throw new FencedError(ref.versionId, ref.attempt)
    const before = await rows.findSketch(tx, ref)
    const sketch = before === null ? own : merged(before, own)
    await rows.writeSketch(tx, ref, { sketch, bands: signatureOf(sketch)?.bands ?? [] })
  })
}

/**
 * Documents of the same bytes, and of nearly the same text, among those that the actor reads; both by the current versions.
 * @throws AppError document.not_found
 */
export function findDuplicates(deps: DocumentsDeps, actor: Actor, { id }: { readonly id: DocumentId }): Promise<Duplicates> {
  return deps.runInTx(actor, async (tx) => {
    const row = await loadDocument(tx, actor, id)
    const asked = { id, sha256: row.sha256 }
    const exact = await rows.findSameBytes(tx, actor, { ...asked, limit: MOST })
    const sketch = await rows.sketchOfVersion(tx, actor.orgId, row.versionId)
    const own = sketch === null ? null : signatureOf(sketch)
    const near = own === null ? [] : nearest(own, await rows.findSharingBands(tx, actor, { ...asked, bands: own.bands, limit: CANDIDATES }))
    return { exact: exact.map(toAlike), near, comparable: own !== null }
  }, { readOnly: true })
}

const toAlike = ({ id, name, folderId, createdAt }: rows.AlikeRow) => ({ id, name, folderId, createdAt: createdAt.toISOString() })

function nearest({ values }: Signature, candidates: readonly (rows.AlikeRow & { sketch: number[] })[]): Duplicates['near'] {
  return candidates.map((row) => ({ ...toAlike(row), similarity: similarity(values, signatureOf(row.sketch)?.values ?? []) }))
    .filter((one) => one.similarity >= NEAR).toSorted((a, b) => b.similarity - a.similarity).slice(0, MOST)
}
