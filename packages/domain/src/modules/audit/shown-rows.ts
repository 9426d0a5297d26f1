import { PLATFORM_ORG_ID, type AuditFilter } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import { oldestAt } from './audit.repository.ts'
import type { AuditDeps } from './audit.types.ts'

/**
 * What of the audit the plan shows: the filter that was asked for, begun no earlier than the plan allows. The rows themselves stay, in their chain, and
 * are shown again by a plan that goes further back. `bounded`: there are older ones. The installation's own audit has no plan.
 */
export async function shownBy(deps: Pick<AuditDeps, 'quota'>, { tx, actor }: { tx: Tx; actor: Actor }, filter: AuditFilter): Promise<{ filter: AuditFilter; bounded: boolean }> {
  if (actor.orgId === PLATFORM_ORG_ID) return { filter, bounded: false }
  const since = await deps.quota.auditSince(tx, actor)
  if (since === null) return { filter, bounded: false }
  const oldest = await oldestAt(tx, actor.orgId)
  if (oldest === null || oldest >= since) return { filter, bounded: false }
  const asked = filter.from === undefined ? 0 : Date.parse(filter.from)
  return { filter: { ...filter, from: new Date(Math.max(asked, since.getTime())).toISOString() }, bounded: true }
}
