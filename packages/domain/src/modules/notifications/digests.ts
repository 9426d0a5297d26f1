import { newId, systemActor } from '@intellidocs/kernel'
import type { Due } from './digests.repository.ts'
import { begunAt } from './kinds.policy.ts'
import type { TellingDeps } from './notifications.deps.ts'

type Deps = Pick<TellingDeps, 'runInTx' | 'runAsSystem' | 'digests' | 'notices' | 'clock'>

const PAGE = 200
const ROWS = 5_000
const KEPT_MS = 90 * 86_400_000

/**
 * Queues one mail to each person for whom something waits from before the present hour or day, whatever hours or days were missed; answers how many. The
 * row of the hour or day is inserted with it, so that several workers, and one that ends in between, make one of it.
 */
export async function sendDigests(deps: Deps, signal: AbortSignal): Promise<number> {
  const now = deps.clock.now()
  const begun = { hourly: begunAt('hourly', now), daily: begunAt('daily', now) }
  let [queued, after] = [0, null as Due | null]
  for (;;) {
    const page = await deps.runAsSystem((tx) => deps.digests.due(tx, begun, { after, limit: PAGE }))
    for (const { orgId, userId, rhythm } of page) {
      signal.throwIfAborted()
      if (await sendOne(deps, { orgId, userId, begunAt: begun[rhythm] })) queued += 1
    }
    after = page.at(-1) ?? null
    if (page.length < PAGE) return queued
  }
}

function sendOne(deps: Deps, digest: Pick<Due, 'orgId' | 'userId'> & { begunAt: Date }): Promise<boolean> {
  const system = systemActor(digest.orgId, newId())
  const noticeId = newId()
  return deps.runInTx(system, async (tx) => {
    if (!await deps.digests.claim(tx, { ...digest, noticeId }) || await deps.digests.gather(tx, { ...digest, noticeId }) === 0) return false
    await deps.notices.enqueueDigests(tx, system, [{ userId: digest.userId, noticeId }])
    return true
  })
}

/** Removes what somebody was told more than 90 days ago, read or not; answers how many. */
export async function removeOld({ runAsSystem, digests, clock }: Pick<Deps, 'runAsSystem' | 'digests' | 'clock'>, signal: AbortSignal): Promise<number> {
  const before = new Date(clock.now().getTime() - KEPT_MS)
  await runAsSystem((tx) => digests.removeDigestsBefore(tx, before))
  let [removed, gone] = [0, 0]
  do {
    signal.throwIfAborted()
    gone = await runAsSystem((tx) => digests.removeOlderThan(tx, before, ROWS))
    removed += gone
  } while (gone === ROWS)
  return removed
}
