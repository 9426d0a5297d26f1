import { newId, systemActor } from '@intellidocs/kernel'
import type { OrgId } from '@intellidocs/contracts'
import type { DocumentsDeps } from '../documents.deps.ts'
import { blobsAreHeld, namedBlobs } from '../versions.repository.ts'

/**
 * How long stored bytes are spared that no row names. An upload stores its bytes first and commits the row after, so for a moment they are
 * nameless; if the same bytes are there from a purged document, they are the purged ones. The store notes when bytes were last put and refuses to
 * delete what was put after `unusedSince`. So with `looked` = the moment before the rows are read:
 * - put after `looked - GRACE`: the store refuses, whatever the rows said;
 * - put before that: its row was committed or given up by `looked`, because an accept comes within a minute of the put or is refused
 *   (`accept-document.ts`) and a transaction lasts at most half a minute; so the look at the rows has seen it.
 */
export const GRACE_MS = 5 * 60_000

const BATCH = 500

/**
 * Deletes those of the hashes that no version of the organization names; answers how many went. Safe to repeat.
 * Nothing goes while a backup holds the bytes; the next sweep takes what is left. The hold is asked for after the rows: a backup sets it before
 * it takes its view of the rows, so bytes whose row it still saw were found unnamed only after the hold had been there to see.
 */
export async function removeUnnamedBlobs(deps: DocumentsDeps, orgId: OrgId, hashes: readonly string[]): Promise<number> {
  const looked = deps.clock.now()
  const named = await deps.runInTx(systemActor(orgId, newId()), (tx) => namedBlobs(tx, orgId, hashes), { readOnly: true })
  if (await deps.runAsSystem(blobsAreHeld)) return 0
  let removed = 0
  for (const sha256 of hashes) {
    if (named.has(sha256)) continue
    if (await deps.blobs.delete(orgId, sha256, { unusedSince: new Date(looked.getTime() - GRACE_MS) })) removed++
  }
  return removed
}

/**
 * Goes through the whole store for bytes that no row names: purged within the grace above, or uploaded and never accepted.
 * Also clears what interrupted uploads left. Answers how many blobs went.
 */
export async function sweepBlobs(deps: DocumentsDeps, signal: AbortSignal): Promise<number> {
  let removed = 0
  let batch: { orgId: OrgId; hashes: string[] } | null = null
  const flush = async () => {
    if (batch !== null) removed += await removeUnnamedBlobs(deps, batch.orgId, batch.hashes)
    batch = null
  }
  const old = deps.clock.now().getTime() - GRACE_MS
  for await (const blob of deps.blobs.list()) {
    if (signal.aborted) break
    if (blob.modifiedAt.getTime() > old) continue
    if (batch !== null && (batch.orgId !== blob.orgId || batch.hashes.length >= BATCH)) await flush()
    batch ??= { orgId: blob.orgId as OrgId, hashes: [] }
    batch.hashes.push(blob.sha256)
  }
  await flush()
  await deps.blobs.sweep(new Date(deps.clock.now().getTime() - 24 * 3600_000))
  return removed
}
