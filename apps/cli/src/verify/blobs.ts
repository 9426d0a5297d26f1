import { SYSTEM_USER_ID } from '@intellidocs/contracts'
import type { Database } from '@intellidocs/db'
import type { BlobStore } from '@intellidocs/storage'
import type { Difference } from './checks.ts'

const PAGE = 1000

type Known = { readonly sha256: string; readonly size: bigint; readonly document: string }

export type BlobCheck = {
  readonly database: Database
  readonly blobs: BlobStore
  readonly orgs: readonly string[]
  /** A blob without a row counts when it was put before this; it depends on whose it may be. */
  readonly orphanedBefore: (orgId: string, sha256: string) => Date
  /** False: sizes are compared, bytes are not read. */
  readonly hash: boolean
  readonly signal: AbortSignal
}

/** Every row's bytes are there and sound, and every blob belongs to a row. Reads all stored bytes once. */
export async function checkBlobs(check: BlobCheck): Promise<{ blobs: number; differences: Difference[] }> {
  const known = new Map<string, Set<string>>()
  const differences: Difference[] = []
  for (const orgId of check.orgs) {
    const names = new Set<string>()
    for await (const row of namedBlobs(check.database, orgId)) {
      check.signal.throwIfAborted()
      names.add(row.sha256)
      const kind = await faultOf(check, orgId, row)
      if (kind) differences.push({ kind, orgId, subject: `${row.sha256} of document ${row.document}` })
    }
    known.set(orgId, names)
  }
  let blobs = 0
  for await (const { orgId, sha256, modifiedAt } of check.blobs.list()) {
    check.signal.throwIfAborted()
    blobs += 1
    if (!known.get(orgId)?.has(sha256) && modifiedAt <= check.orphanedBefore(orgId, sha256)) differences.push({ kind: 'orphan_blobs', orgId, subject: sha256 })
  }
  return { blobs, differences }
}

async function faultOf({ blobs, hash }: BlobCheck, orgId: string, { sha256, size }: Known): Promise<'missing_blobs' | 'sha_mismatch' | null> {
  const facts = await blobs.stat(orgId, sha256)
  if (!facts) return 'missing_blobs'
  if (BigInt(facts.size) !== size) return 'sha_mismatch'
  return hash && !await blobs.verify(orgId, sha256) ? 'sha_mismatch' : null
}

/** Pages of rows, so that no transaction is open while bytes are read. */
async function* namedBlobs(database: Database, orgId: string): AsyncIterable<Known> {
  const unit = { kind: 'tenant', orgId, userId: SYSTEM_USER_ID, readOnly: true } as const
  for (let after = ''; ;) {
    const rows = await database.run(unit, (tx) => tx.$queryRaw<Known[]>`
      select sha256, max(size) as size, min(document_id::text) as document from document_version
      where sha256 > ${after} group by sha256 order by sha256 limit ${PAGE}`)
    yield* rows
    const last = rows.at(-1)
    if (!last || rows.length < PAGE) return
    after = last.sha256
  }
}
