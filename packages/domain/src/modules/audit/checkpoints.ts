import { signCheckpoint, type Checkpoint } from '@intellidocs/audit'
import type { OrgId } from '@intellidocs/contracts'
import { newId, recordAudit, systemActor, type Actor } from '@intellidocs/kernel'
import type { AuditDeps, StoredSeal } from './audit.types.ts'
import { headOf, verifiedHead } from './own-seals.ts'
import { findUnsigned } from './places.repository.ts'
import { checkpointsOf, insertCheckpoint, type StoredCheckpoint } from './seals.repository.ts'

const HOUR_SECONDS = 3_600
/** The spelling of moments that the database gives back. */
const microseconds = (at: Date): string => `${at.toISOString().slice(0, -1)}000Z`

/** A stored checkpoint says only who signed when; the rest is the seal's. */
export const checkpointOf = (seal: StoredSeal, stored: StoredCheckpoint): Checkpoint =>
  ({ org: seal.org, ...headOf(seal), ...stored })

/**
 * The signed checkpoint of the last seal, made if the present key has not signed it yet; null before anything was sealed. It is logged, so that
 * wherever logs are kept there is one that the database cannot take back. One that somebody asked for leaves a row in its transaction; those of the
 * clock leave none, or an organization in which nothing happens would be signed for its own signatures every hour.
 * @param by who asked for it
 * @throws AppError audit.broken (nothing is signed)
 */
export async function signHead(deps: AuditDeps, orgId: OrgId, by?: Actor): Promise<Checkpoint | null> {
  const { signer } = deps.keys
  const actor = systemActor(orgId, `audit-checkpoint-${newId()}`)
  const seal = await verifiedHead(deps, actor)
  if (seal === null) return null
  const made = await deps.runInTx(by ?? actor, async (tx) => {
    const stored = (await checkpointsOf(tx, seal)).find((it) => it.keyId === signer.keyId)
    if (stored !== undefined) return { checkpoint: checkpointOf(seal, stored), isNew: false }
    const checkpoint = signCheckpoint(signer, { org: orgId, ...headOf(seal), at: microseconds(deps.clock.now()) })
    const stands = await insertCheckpoint(tx, checkpoint)
    if (by !== undefined && stands) {
      const { seal: number, seq, keyId } = checkpoint
      await recordAudit(tx, by, { action: 'audit.checkpoint', subjectType: 'org', subjectId: orgId, data: { seal: number, seq, keyId } })
    }
    return { checkpoint, isNew: true }
  })
  if (made.isNew) deps.log.info({ checkpoint: made.checkpoint }, 'the audit was signed')
  return made.checkpoint
}

/** For the worker: signs what was sealed since, for each organization at most once an hour. Answers how many. */
export async function signHourly(deps: AuditDeps, signal?: AbortSignal): Promise<number> {
  const orgIds = await deps.runAsSystem((tx) => findUnsigned(tx, HOUR_SECONDS))
  let signed = 0
  for (const orgId of orgIds) {
    if (signal?.aborted === true) break
    try {
      await signHead(deps, orgId)
      signed += 1
    } catch (error) {
      // The others must not wait for this one; the hours go on without a checkpoint of it.
      deps.log.error({ err: error, orgId }, 'the audit of an organization could not be signed')
    }
  }
  return signed
}
