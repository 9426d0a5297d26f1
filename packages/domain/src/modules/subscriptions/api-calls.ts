import type { OrgId } from '@intellidocs/contracts'
import { newId, systemActor, type Actor } from '@intellidocs/kernel'
import { countIn } from './count-acts.ts'
import { periodOf, type Entitlements, type Limit } from './entitlements.policy.ts'
import { entitledTo } from './entitled.ts'
import { exceeded } from './refusals.ts'
import type { SubscriptionsDeps } from './subscriptions.deps.ts'

const METER = 'apiCalls'
/** So long after its last call an organization is forgotten: what is remembered of it is never older. */
const FORGOTTEN_MS = 60_000

export type ApiCalls = {
  /**
   * One call by a key of the actor's organization, held against what was last known of its limit. No round trip of its own: calls gather until `flush`.
   * @throws AppError quota.exceeded; the call is then not counted
   */
  count(actor: Pick<Actor, 'orgId'>): void
  /** Writes down what gathered, and looks up what is used by now. To be called every few seconds, and once nobody calls any more. Throws what the last failure was. */
  flush(): Promise<void>
}

/** Calls that are written as one act, under one key, however often that is tried. */
type Batch = { readonly key: string; readonly amount: number; readonly at: Date }
/** Of the counters, when the last batch was written. `limit` null: there is none. */
type Known = { readonly plan: Pick<Entitlements, 'plan'>; readonly limit: Limit | null; readonly used: number; readonly period: string }
type Gathered = { waiting: number; sealed: Batch | null; known: Known | null; calledAt: number; asked: boolean; work: Promise<void> | null }

/** What was done is counted also beyond the limit: whoever comes next is refused. */
const counting = ({ limit }: Limit): Limit => ({ limit, hard: Number.MAX_SAFE_INTEGER })

async function write(deps: SubscriptionsDeps, orgId: OrgId, batch: Batch | null): Promise<Known> {
  const at = batch?.at ?? deps.clock.now()
  const actor = systemActor(orgId, newId())
  return deps.runInTx(actor, async (tx) => {
    const { recorded, subscription } = await deps.counters.record(tx, batch === null ? [] : [{ kind: METER, ...batch }])
    const entitlements = entitledTo(deps, subscription, at)
    const limit = entitlements.limits[METER]
    const amount = recorded[METER] ?? 0
    const used = limit === null ? 0 : await countIn(deps, { tx, actor, at }, { entitlements, meter: METER, limit: counting(limit), amount })
    return { plan: entitlements, limit, used, period: periodOf(METER, at) }
  })
}

/** Counts the calls that one process answers. A process that dies takes with it what it has gathered: that is never counted, and nothing is counted twice. */
export function createApiCalls(deps: SubscriptionsDeps): ApiCalls {
  const orgs = new Map<OrgId, Gathered>()

  async function renew(orgId: OrgId, one: Gathered): Promise<void> {
    one.asked = false
    if (one.sealed === null && one.waiting > 0) {
      one.sealed = { key: `api-calls:${newId()}`, amount: one.waiting, at: deps.clock.now() }
      one.waiting = 0
    }
    // A batch that failed stays as it is: whether it was written is not known, and its key makes it count once.
    one.known = await write(deps, orgId, one.sealed)
    one.sealed = null
  }

  /** What nobody can write any more is not kept: its organization is gone. */
  async function orForget(orgId: OrgId, error: unknown): Promise<void> {
    if (await deps.runInTx(systemActor(orgId, newId()), (tx) => deps.subscriptions.isThere(tx, orgId), { readOnly: true })) throw error
    orgs.delete(orgId)
  }

  function renewing(orgId: OrgId, one: Gathered): Promise<void> {
    one.work ??= renew(orgId, one).catch((error: unknown) => orForget(orgId, error)).finally(() => { one.work = null })
    return one.work
  }

  /** Refuses by what is known; what is known of another month says nothing. */
  function mustBeAllowed({ known, waiting, sealed }: Gathered): void {
    if (known === null || known.limit === null) return
    const at = deps.clock.now()
    const used = known.used + waiting + (sealed?.amount ?? 0)
    if (known.period === periodOf(METER, at) && used >= known.limit.hard) throw exceeded({ entitlements: known.plan, meter: METER, limit: known.limit }, { at, used })
  }

  async function flushOne(orgId: OrgId, one: Gathered): Promise<void> {
    // What came while a batch was under way, or could not be written, is in none yet.
    await one.work?.catch(() => undefined)
    if (one.sealed !== null) await renewing(orgId, one)
    if (one.waiting > 0 || one.asked) await renewing(orgId, one)
    else if (performance.now() - one.calledAt > FORGOTTEN_MS) orgs.delete(orgId)
  }

  return {
    count({ orgId }) {
      const one = orgs.get(orgId) ?? { waiting: 0, sealed: null, known: null, calledAt: 0, asked: false, work: null }
      orgs.set(orgId, one)
      one.calledAt = performance.now()
      one.asked = true
      mustBeAllowed(one)
      one.waiting += 1
      // Whoever comes first is let in, and is why the others are held against what is used. A failure is told by the next flush, which tries again.
      if (one.known === null && one.work === null) renewing(orgId, one).catch(() => undefined)
    },
    async flush() {
      const failures: unknown[] = []
      for (const [orgId, one] of orgs) await flushOne(orgId, one).catch((error: unknown) => { failures.push(error) })
      if (failures.length > 0) throw failures.at(-1)
    },
  }
}
