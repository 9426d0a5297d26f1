import type { OrgId } from '@intellidocs/contracts'
import { newId, systemActor } from '@intellidocs/kernel'
import type { DocumentsDeps } from '../documents.deps.ts'
import { namedBlobs, nextBlobs, type NamedBlob } from '../versions.repository.ts'

export type BlobFault = 'missing_blobs' | 'damaged_blobs'
/** `next`: to go on after; null: those were the last. A subject names the document, never its bytes. */
export type CheckedBlobs = { readonly checked: number; readonly next: string | null; readonly faults: readonly { kind: BlobFault; subject: string }[] }

/**
 * Whether the bytes are there that rows of an organization name, `limit` of them after `after`: as long as they should be and, with `hash`, byte for byte. What a
 * purge took meanwhile is no fault. `beat` is called for each.
 */
export async function checkBlobs(deps: DocumentsDeps, orgId: OrgId, { after, limit, hash, beat }: { after: string; limit: number; hash: boolean; beat: () => void }): Promise<CheckedBlobs> {
  const actor = systemActor(orgId, newId())
  const rows = await deps.runInTx(actor, (tx) => nextBlobs(tx, orgId, { after, limit }), { readOnly: true })
  const faulty: (NamedBlob & { kind: BlobFault })[] = []
  for (const row of rows) {
    beat()
    const kind = await faultOf(deps, orgId, { ...row, hash })
    if (kind !== null) faulty.push({ ...row, kind })
  }
  const hashes = faulty.map(({ sha256 }) => sha256)
  const named = hashes.length === 0 ? new Set<string>() : await deps.runInTx(actor, (tx) => namedBlobs(tx, orgId, hashes), { readOnly: true })
  return {
    checked: rows.length, next: rows.length < limit ? null : rows.at(-1)?.sha256 ?? null,
    faults: faulty.filter(({ sha256 }) => named.has(sha256)).map(({ kind, documentId }) => ({ kind, subject: `document ${documentId}` })),
  }
}

async function faultOf({ blobs }: DocumentsDeps, orgId: OrgId, { sha256, size, hash }: NamedBlob & { hash: boolean }): Promise<BlobFault | null> {
  const found = await blobs.stat(orgId, sha256)
  if (found === null) return 'missing_blobs'
  if (found.size !== size) return 'damaged_blobs'
  return hash && !await blobs.verify(orgId, sha256) ? 'damaged_blobs' : null
}
