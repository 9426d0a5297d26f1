import type { OrgId } from '@intellidocs/contracts'
import { newId, systemActor } from '@intellidocs/kernel'
import type { AuditDeps } from './audit.types.ts'
import { findUnsealed } from './places.repository.ts'
import { SEAL_ROWS, sealNext } from './seal-rows.ts'

/** Passes after which everything is looked through again, whatever this process remembers. */
const LOOK_THROUGH_EVERY = 1_200
/** Organizations that are sealed side by side: one after the other, fifty of them took a busy machine eight seconds. */
const AT_ONCE = 4

/** All rows of an organization that can be sealed now. False: another process has its turn. */
export async function sealAll(deps: AuditDeps, orgId: OrgId, signal?: AbortSignal): Promise<boolean> {
  const actor = systemActor(orgId, `audit-seal-${newId()}`)
  for (;;) {
    if (signal?.aborted === true) return false
    const rows = await deps.runInTx(actor, (tx) => sealNext(tx, orgId, deps.keys))
    if (rows === null) return false
    if (rows < SEAL_ROWS) return true
  }
}

type Sealer = {
  /** Answers in how many organizations. */
  seal(signal?: AbortSignal): Promise<number>
  /** For how long the oldest of those cannot be sealed that could not be: the places of a forged seal may say that nothing is left to seal. */
  failingSeconds(): number
}

/**
 * Seals what was written, some organizations at a time; called again and again, in any number of workers. The first call looks through all
 * organizations, so that nothing stays behind after a crash; later ones look at what came since. An organization stays on the list until it was
 * sealed to its end by this process, whoever else is at it.
 */
export function createSealer(deps: AuditDeps): Sealer {
  const waiting = new Set<OrgId>()
  /** Since when an organization cannot be sealed, in milliseconds. */
  const failing = new Map<OrgId, number>()
  let since: string | null = null
  let passes = 0
  const now = (): number => deps.clock.now().getTime()
  async function sealOne(orgId: OrgId, signal?: AbortSignal): Promise<boolean> {
    try {
      if (!await sealAll(deps, orgId, signal)) return false
      waiting.delete(orgId)
      failing.delete(orgId)
      return true
    } catch (error) {
      // The others must not wait for this one; the lag tells that it does not come to its end.
      if (!failing.has(orgId)) failing.set(orgId, now())
      deps.log.error({ err: error, orgId }, 'an organization could not be sealed; it comes again')
      return false
    }
  }
  async function seal(signal?: AbortSignal): Promise<number> {
    const found = await deps.runAsSystem((tx) => findUnsealed(tx, passes % LOOK_THROUGH_EVERY === 0 ? null : since))
    passes += 1
    since = found.horizon
    for (const orgId of found.orgIds) waiting.add(orgId)
    const next = [...waiting]
    let sealed = 0
    const lane = async (): Promise<void> => {
      for (let orgId = next.shift(); orgId !== undefined && signal?.aborted !== true; orgId = next.shift()) if (await sealOne(orgId, signal)) sealed += 1
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    return sealed
  }
  return { seal, failingSeconds: () => Math.max(0, ...[...failing.values()].map((at) => (now() - at) / 1_000)) }
}
