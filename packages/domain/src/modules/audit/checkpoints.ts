import { signCheckpoint, type Checkpoint } from '@intellidocs/audit'
import type { OrgId } from '@intellidocs/contracts'
import { newId, systemActor } from '@intellidocs/kernel'
import { lastSeq, type AuditDeps, type StoredSeal } from './audit.types.ts'
import { findUnsigned } from './places.repository.ts'
import { checkpointsOf, insertCheckpoint, lastSeal, type StoredCheckpoint } from './seals.repository.ts'

const HOUR_SECONDS = 3_600
/** The spelling of moments that the database gives back. */
const microseconds = (at: Date): string => `${at.toISOString().slice(0, -1)}000Z`

/** A stored checkpoint says only who signed when; the rest is the seal's. */
export const checkpointOf = (seal: StoredSeal, stored: StoredCheckpoint): Checkpoint =>
  ({ org: seal.org, seal: seal.number, seq: lastSeq(seal), hash: seal.hash.toString('hex'), ...stored })

/**
 * The signed checkpoint of the last seal, made if the present key has not signed it yet; null before anything was sealed. It is logged, so that
 * wherever logs are kept there is one that the database cannot take back.
 */
export async function signHead(deps: AuditDeps, orgId: OrgId): Promise<Checkpoint | null> {
  const { signer } = deps.keys
  const made = await deps.runInTx(systemActor(orgId, `audit-checkpoint-${newId()}`), async (tx) => {
    const seal = await lastSeal(tx, orgId)
    if (seal === null) return null
    const stored = (await checkpointsOf(tx, seal)).find((it) => it.keyId === signer.keyId)
    if (stored !== undefined) return { checkpoint: checkpointOf(seal, stored), isNew: false }
    const checkpoint = signCheckpoint(signer, {
      org: orgId, seal: seal.number, seq: lastSeq(seal), hash: seal.hash.toString('hex'), at: microseconds(deps.clock.now()),
    })
    await insertCheckpoint(tx, checkpoint)
    return { checkpoint, isNew: true }
  })
  if (made?.isNew === true) deps.log.info({ checkpoint: made.checkpoint }, 'the audit was signed')
  return made?.checkpoint ?? null
}

/** For the worker: signs what was sealed since, for each organization at most once an hour. Answers how many. */
export async function signHourly(deps: AuditDeps, signal?: AbortSignal): Promise<number> {
  const orgIds = await deps.runAsSystem((tx) => findUnsigned(tx, HOUR_SECONDS))
  for (const orgId of orgIds) {
    if (signal?.aborted === true) break
    await signHead(deps, orgId)
  }
  return orgIds.length
}
