import type { IsolationLevel } from '@prisma/driver-adapter-utils'
import type { Unit } from '../types.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const ISOLATION: ReadonlySet<string> = new Set(['READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'] satisfies IsolationLevel[])
const ROLES = { tenant: 'app', identity: 'app_identity', system: 'app_system', admin: 'app_admin' } as const satisfies Record<Unit['kind'], string>

/** Longest statement inside a unit, milliseconds. Shorter than a whole unit, so that the database gives up before the caller does. */
export const STATEMENT_TIMEOUT_MS = 25_000
/** A unit whose process hangs holds row locks and the feed's horizon back; Postgres ends it after this, milliseconds. */
export const IDLE_IN_TRANSACTION_MS = 60_000

/**
 * How the statements of one organization are planned. A table holds the rows of all: how many are this one's the planner can only guess (a share
 * by the number of organizations), and where they are few it would rather read everything, which then costs what all others have. So indexes,
 * always; without JIT, which the price put on a scan that has no index would call for.
 */
export const TENANT_PLANS: readonly [string, string][] = [['enable_seqscan', 'off'], ['jit', 'off']]

/**
 * The one message that opens a unit: BEGIN, tenant and role, all of them local to the transaction.
 * It goes out by the simple protocol, which takes no parameters: only values matched against UUID become literals.
 * @throws Error when an id is no UUID or the isolation level is unknown
 */
export function beginSql(unit: Unit, isolation: string = 'READ COMMITTED'): string {
  if (!ISOLATION.has(isolation)) throw new Error('unit of work: unknown isolation level')
  const settings: [string, string][] = [
    ['statement_timeout', String(STATEMENT_TIMEOUT_MS)],
    ['idle_in_transaction_session_timeout', String(IDLE_IN_TRANSACTION_MS)],
  ]
  let readOnly = ''
  if (unit.kind === 'tenant') {
    if (!UUID.test(unit.orgId) || !UUID.test(unit.userId)) throw new Error('unit of work: organization and user must be UUIDs')
    settings.push(...TENANT_PLANS, ['app.org_id', unit.orgId], ['app.user_id', unit.userId])
    if (unit.readOnly) readOnly = ' READ ONLY'
    if (unit.lazy) settings.push(['synchronous_commit', 'off'])
  } else {
    // The embedded database has one session for all: nothing of the unit before may be seen.
    settings.push(['app.org_id', ''], ['app.user_id', ''])
  }
  // Last, because a powerless role could not set the others.
  settings.push(['role', ROLES[unit.kind]])
  const calls = settings.map(([name, value]) => `set_config('${name}','${value}',true)`).join(',')
  return `BEGIN ISOLATION LEVEL ${isolation}${readOnly};SELECT ${calls}`
}
