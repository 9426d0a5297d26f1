import { until } from '@intellidocs/testing'
import type { LedgerClient } from './ledger-client.ts'
import type { Stack } from './stack.ts'

type Waiting = { open: number; due: number; hooks: number; decisions: number; runs: number }

/**
 * Waits until nothing is under way: every unknown outcome is settled under its key, every version has ended, every delivery is done (or parked, which
 * `verify` names), every receiver has its requests, every decision its answer, every run asks somebody or is over and certified, and every listener has heard the last event. @throws Error that says what still goes on
 */
export async function drain(stack: Stack, clients: readonly LedgerClient[], withinMs = 120_000): Promise<void> {
  for (const client of clients) await client.settleAll()
  let waiting: Waiting | null = null
  await until('nothing is under way', async () => {
    waiting = await look(stack)
    return Object.values(waiting).every((count) => count === 0)
  }, { withinMs, seen: () => JSON.stringify(waiting) })
  for (const client of clients) await heardAll(stack, client)
}

async function look(stack: Stack): Promise<Waiting> {
  const [row] = await stack.sql<Waiting>(`
    select (select count(*)::int from document_version where state in ('queued', 'processing')) as open,
      (select count(*)::int from delivery where state <> 'parked') as due,
      (select count(*)::int from webhook_delivery d join webhook_endpoint e on e.id = d.endpoint_id where d.state = 'pending' and e.state = 'active') as hooks,
      (select count(*)::int from flow_decision where state = 'pending') as decisions,
      (select count(*)::int from flow_run r where case when r.ended_at is null
        then r.state <> 'waiting' and not exists (select from flow_task t where t.run_id = r.id and t.state = 'open')
        else r.effects_left > 0 or not exists (select from flow_certificate c where c.run_id = r.id) end) as runs`)
  if (row === undefined) throw new Error('the database did not count')
  return row
}

/** They hear in order, so whoever has heard the last has heard all that it will. */
async function heardAll(stack: Stack, { org, ledger, listeners }: LedgerClient): Promise<void> {
  if (listeners.length === 0) return
  const [last] = await stack.sql<{ position: string; type: string }>(`
    select xid || '-' || id as position, type from event e where org_id = $1 and document_id is not null
      and case when audience is not null then 'org:' || org_id = any(audience)
        else exists (select from document_reader r where r.org_id = e.org_id and r.document_id = e.document_id and r.principal = 'org:' || e.org_id) end
    order by e.xid desc, e.id desc limit 1`, [org.id])
  if (last === undefined) return
  const names = new Set(listeners.map(({ name }) => name))
  await until(`every listener has heard the last event, ${last.type}`, () => ledger.read().listenings
    .filter(({ listener }) => names.has(listener)).every(({ after, received }) => isPast(after, last.position) || received.includes(last.position)))
}

/** Whether who listens from `after` on began behind the event, maybe behind later ones that it does not hear. */
function isPast(after: string | null, position: string): boolean {
  if (after === null) return false
  const [from, event] = [after, position].map((place) => place.split('-').map(BigInt)) as [bigint[], bigint[]]
  const at = from.findIndex((part, n) => part !== event[n])
  return at < 0 || (from[at] ?? 0n) > (event[at] ?? 0n)
}
