import type { OrgId, PlatformDeed } from '@intellidocs/contracts'
import { platformActor, recordAudit, type Log, type Person, type Position, type Tx, type Window } from '@intellidocs/kernel'
import type { AdminUnit } from './admin.unit.ts'
import type { SelectionTokens } from './selection.ts'
import type { AsOf } from './work.repository.ts'

export type Counted = { count: number; token: string }
export type Worked = { done: number; left: number }
export type On<S> = { readonly selection: S; readonly token: string; readonly why: string }

/** To a call: each is a transaction of its organization. */
export const AT_ONCE = 100
/** Of a call, at a hundred pieces of work each. */
const LOOKS = 10
/** So many that fail in a row are the database or Temporal being away. */
const GIVE_UP_AFTER = 10

type Found = { readonly id: string; readonly orgId: OrgId; readonly position: Position }
type Deps = { readonly unit: AdminUnit; readonly tokens: SelectionTokens; readonly log: Log }
/** What is done to each of what was counted. `called`: its name in the audit; `told`: what stands beside it there. */
export type BulkDeed<F extends Found> = {
  readonly selection: unknown; readonly token: string; readonly action: PlatformDeed; readonly called: string; readonly told: Readonly<Record<string, unknown>>
  /** Oldest first; one more than `limit` tells of a next page. */
  find(tx: Tx, page: Window & AsOf): Promise<F[]>
  count(tx: Tx, asOf: AsOf): Promise<number>
  /** As the product, in its organization. False: it went on meanwhile. */
  work(one: F): Promise<boolean>
}

export const audited = (tx: Tx, person: Person, { action, data }: { action: PlatformDeed; data: Record<string, unknown> }): Promise<void> =>
  recordAudit(tx, platformActor(person), { action, subjectType: 'installation', subjectId: null, data })

const named = (found: readonly Found[]) => found.map(({ id, orgId }) => ({ id, orgId }))

/** One after the other; what fails is logged and passed over, unless nothing else happens any more. */
async function each<F extends Found>(log: Log, found: readonly F[], work: (one: F) => Promise<boolean>): Promise<{ done: F[]; failed: F[]; broken: Error | null }> {
  const [done, failed]: [F[], F[]] = [[], []]
  let inARow = 0
  for (const one of found) {
    try {
      if (await work(one)) done.push(one)
      inARow = 0
    } catch (error) {
      failed.push(one)
      log.warn({ err: error, orgId: one.orgId, jobId: one.id }, 'a piece of work could not be acted on; the others are')
      if (++inARow >= GIVE_UP_AFTER) return { done, failed, broken: new Error(`${inARow} pieces of work in a row could not be acted on`, { cause: error }) }
    }
  }
  return { done, failed, broken: null }
}

/**
 * Oldest first, and on behind those that went on meanwhile, which would else be in front of all others at every call. The installation's row is written before
 * anything is done, with all that it is about, and another one tells what came of it; each organization's own is written by what is done there. Cut off
 * between them, the call is made again.
 */
export async function workThrough<F extends Found>({ unit, tokens, log }: Deps, person: Person, { selection, token, action, called, told, find, count, work }: BulkDeed<F>): Promise<Worked> {
  const until = tokens.read(token, { selection, by: person.userId })
  let [all, after]: [number, Position | null] = [0, null]
  for (let looks = 0; all < AT_ONCE && looks < LOOKS; looks += 1) {
    const page: Window = { limit: AT_ONCE - all - 1, after }
    const found = await unit.act(person, async ({ tx }) => {
      const some = (await find(tx, { ...page, until })).slice(0, AT_ONCE - all)
      if (some.length > 0) await audited(tx, person, { action, data: { ...told, [called]: named(some) } })
      return some
    })
    if (found.length === 0) break
    const { done, failed, broken } = await each(log, found, work)
    await unit.act(person, ({ tx }) => audited(tx, person, { action, data: { ...told, done: named(done), failed: named(failed) } }))
    if (broken !== null) throw broken
    all += done.length
    after = found.at(-1)?.position ?? null
  }
  return { done: all, left: await unit.look((tx) => count(tx, { until })) }
}
