import { SYSTEM_USER_ID, type OrgId } from '@intellidocs/contracts'
import {
  AppError, newId, noSource, platformActor, systemActor, type DeletionGate, type Outbox, type RunAsIdentity, type RunAsSystem, type RunInTx, type Tx,
} from '@intellidocs/kernel'
import type { BlobStore } from '@intellidocs/storage'
import type { Counts, PurgeRepository } from './purge.repository.ts'
import type { PurgeGateway, PurgeRef, PurgeState } from './purge.types.ts'

export type PurgeDeps = {
  runInTx: RunInTx; runAsIdentity: RunAsIdentity; runAsSystem: RunAsSystem; outbox: Outbox; blobs: BlobStore; repository: PurgeRepository
  deletions: DeletionGate
}
/** Called now and then while work goes on; throws when it is to stop. */
export type Beat = () => void

/** The steps of ending an organization. Each is bounded, safe to repeat at any point, and does nothing to one that is not due or of which a hold keeps anything. */
export type PurgeService = {
  state(ref: PurgeRef): Promise<PurgeState>
  /** Notes how much there is of each kind, before any of it goes. */
  count(ref: PurgeRef, beat: Beat): Promise<void>
  /** Deletes rows for a while. `done` once a look at every table, history included, found none. */
  deleteRows(ref: PurgeRef, beat: Beat): Promise<{ done: boolean }>
  /** Deletes stored bytes for a while. `held`: a backup still reads them. */
  deleteBlobs(ref: PurgeRef, beat: Beat): Promise<{ done: boolean; held: boolean }>
  /** The organization's own row goes, and the audit of the installation has the counts. False while rows are left. */
  finish(ref: PurgeRef): Promise<{ done: boolean }>
  /** Starts what should be waiting or purging and may have been forgotten; answers how many organizations are being deleted. */
  reconcile(gateway: PurgeGateway, signal: AbortSignal): Promise<number>
}

/** Rows to a transaction: some tenths of a second of locks. */
const ROWS_AT_ONCE = 1_000
/** Transactions, and blobs, to a step. */
const BATCHES_PER_STEP = 100
const BLOBS_PER_STEP = 1_000

/** Until a look for whether a hold still stands. */
const HELD_MS = 3_600_000

const inOrg = <T>(deps: PurgeDeps, orgId: OrgId, work: (tx: Tx) => Promise<T>): Promise<T> => deps.runInTx(systemActor(orgId, newId()), work)
const tablesOf = (deps: PurgeDeps, orgId: OrgId): Promise<string[]> => inOrg(deps, orgId, (tx) => deps.repository.tables(tx))

async function state(deps: PurgeDeps, { orgId }: PurgeRef): Promise<PurgeState> {
  const actor = systemActor(orgId, newId())
  return deps.runInTx(actor, async (tx) => {
    const found = await deps.repository.state(tx, orgId)
    if (found.kind !== 'due') return found
    try {
      await deps.deletions.organization(tx, actor)
      return found
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'retention.held') throw error
      return { kind: 'waiting', ms: HELD_MS }
    }
  }, { readOnly: true })
}

/** Whether its time has come; throws where a hold stands. Nobody undeletes it, or places one, until the unit ends. */
async function claim(deps: PurgeDeps, tx: Tx, orgId: OrgId): Promise<boolean> {
  if (!await deps.repository.claim(tx, orgId)) return false
  await deps.deletions.organization(tx, systemActor(orgId, newId()))
  return true
}

async function count(deps: PurgeDeps, { orgId }: PurgeRef, beat: Beat): Promise<void> {
  if (await inOrg(deps, orgId, (tx) => deps.repository.hasCounts(tx, orgId))) return
  const counts: Counts = {}
  for (const table of await tablesOf(deps, orgId)) {
    beat()
    const rows = await inOrg(deps, orgId, (tx) => deps.repository.rowsLeft(tx, table))
    if (rows > 0) counts[table] = rows
  }
  let blobs = 0
  for await (const _blob of deps.blobs.list(orgId)) {
    beat()
    blobs++
  }
  await inOrg(deps, orgId, (tx) => deps.repository.noteCounts(tx, orgId, { ...counts, blobs }))
}

async function deleteRows(deps: PurgeDeps, { orgId }: PurgeRef, beat: Beat): Promise<{ done: boolean }> {
  let batches = 0
  let found = 0
  for (const table of await tablesOf(deps, orgId)) {
    for (;;) {
      beat()
      const gone = await inOrg(deps, orgId, async (tx) => {
        if (!await claim(deps, tx, orgId)) throw new Error('rows were asked to go of an organization that is not due')
        return deps.repository.deleteRows(tx, table, ROWS_AT_ONCE)
      })
      found += gone
      if (gone > 0 && ++batches >= BATCHES_PER_STEP) return { done: false }
      if (gone < ROWS_AT_ONCE) break
    }
  }
  return { done: found === 0 }
}

async function deleteBlobs(deps: PurgeDeps, { orgId }: PurgeRef, beat: Beat): Promise<{ done: boolean; held: boolean }> {
  const due = await inOrg(deps, orgId, (tx) => claim(deps, tx, orgId))
  if (!due) throw new Error('stored bytes were asked to go of an organization that is not due')
  // Asked once no row names the bytes: a backup sets its hold before it takes its view of the rows.
  if (await deps.runAsSystem((tx) => deps.repository.blobsAreHeld(tx))) return { done: false, held: true }
  let removed = 0
  for await (const { sha256 } of deps.blobs.list(orgId)) {
    beat()
    await deps.blobs.delete(orgId, sha256)
    if (++removed >= BLOBS_PER_STEP) return { done: false, held: false }
  }
  return { done: true, held: false }
}

async function finish(deps: PurgeDeps, { orgId }: PurgeRef): Promise<{ done: boolean }> {
  const left = await inOrg(deps, orgId, async (tx) => {
    for (const table of await deps.repository.tables(tx)) if (await deps.repository.rowsLeft(tx, table) > 0) return true
    return false
  })
  if (left) return { done: false }
  await deps.runAsIdentity(async (tx) => {
    const counts = await deps.repository.deleteOrg(tx, orgId)
    if (counts === null) return
    const installation = { ...platformActor({ userId: SYSTEM_USER_ID, requestId: newId(), source: noSource }), kind: 'system' as const }
    await deps.outbox.append(tx, installation, {
      type: 'orgs.purged.v1', payload: { orgId, counts }, audit: { subjectType: 'org', subjectId: orgId, data: { before: { counts }, after: null } },
    })
  })
  return { done: true }
}

async function reconcile(deps: PurgeDeps, gateway: PurgeGateway, signal: AbortSignal): Promise<number> {
  const ending = await deps.runAsSystem((tx) => deps.repository.deleting(tx))
  for (const orgId of ending) {
    if (signal.aborted) break
    await gateway.start({ orgId })
  }
  return ending.length
}

export function createPurgeService(deps: PurgeDeps): PurgeService {
  return {
    state: (ref) => state(deps, ref),
    count: (ref, beat) => count(deps, ref, beat),
    deleteRows: (ref, beat) => deleteRows(deps, ref, beat),
    deleteBlobs: (ref, beat) => deleteBlobs(deps, ref, beat),
    finish: (ref) => finish(deps, ref),
    reconcile: (gateway, signal) => reconcile(deps, gateway, signal),
  }
}
