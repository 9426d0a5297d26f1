import pg from 'pg'
import type { ReadAnswer, ReadAs, Statement } from '../types.ts'
import { implicit } from './implicit.ts'
import { STATEMENT_TIMEOUT_MS, TENANT_PLANS } from './unit.ts'

type Setting = readonly [name: string, value: string]

/** What every read has. A connection for reads keeps it; where all connections share one session it ends with the transaction. */
export const READ_SETTINGS: readonly Setting[] = [
  ['statement_timeout', `'${STATEMENT_TIMEOUT_MS}'`], ['plan_cache_mode', `'force_generic_plan'`],
  ...TENANT_PLANS.map(([name, value]): Setting => [name, `'${value}'`]),
]
const role = (name: string): Setting => ['role', `'${name}'`]
const local = (settings: readonly Setting[]): string =>
  settings.map(([name, value]) => `set_config('${name}', ${value}, true) as "set ${name}"`).join(', ')

type Tenant = { readonly orgId: string; readonly userId: string; readonly principals: string }
/** Ends with the role, because a powerless role could not set the others. All of it ends with the transaction. */
const entering = ({ orgId, userId, principals }: Tenant): Setting[] =>
  [['transaction_read_only', `'on'`], ['app.org_id', orgId], ['app.user_id', userId], ['app.principals', principals], role('app')]

const REPLAN: Statement = { name: 'replan', text: `select ${local([['plan_cache_mode', `'force_custom_plan'`]])}`, values: [] }

/** The statements before that of a read, on connections that keep `READ_SETTINGS` and on those that cannot. */
function openings(each: readonly Setting[]): (as: ReadAs) => Statement[] {
  const ask: Statement = { name: 'ask', text: `select ${local([...each, role('app_identity')])}`, values: [] }
  const enter = `select ${local([...each, ...entering({ orgId: '$1', userId: '$2', principals: '$3' })])}`
  const found = local(entering({
    orgId: `coalesce(f."orgId"::text, '')`, userId: `coalesce(f."userId"::text, '')`, principals: `coalesce(f.principals, '')`,
  }))
  const lookups = new Map<string, string>()
  /*
   * The lookup, and what it found made the tenant of what follows. A row comes even where nothing was found: the role must change in any case,
   * so that what follows runs under row-level security and never with the rights of the lookup.
   */
  const lookupText = (text: string): string =>
    `select (f."userId" is not null) as "found?", f.*, ${found} from (values (1)) one left join (${text}) f on true limit 1`
  return (as) => {
    if (as.kind === 'tenant') return [{ name: 'enter', text: enter, values: [as.orgId, as.userId, as.principals.join(',')] }]
    const { name, text, values } = as.lookup
    let wrapped = lookups.get(text)
    if (wrapped === undefined) lookups.set(text, wrapped = lookupText(text))
    return [ask, { name, text: wrapped, values }]
  }
}
const openingKept = openings([])
const openingEach = openings(READ_SETTINGS)

/** Codes with which a kept plan or name does not fit any more, and those with which the server ends the connection: it would be given out once more. */
const UNFIT = /^(0A000|26000|57P|25P03|25P04|08)/

/** What leaves a connection in doubt: besides those, anything the server did not say. */
const isDoubtful = (error: unknown): boolean => !(error instanceof pg.DatabaseError) || UNFIT.test(error.code ?? '')

/** Longest wait for an answer, milliseconds: longer than the server lets a statement run. A server or network that says nothing any more kept it for ever. */
const ANSWER_MS = 30_000

type ReadOptions = { readonly statement: Statement; readonly named: boolean; readonly answerMs?: number }

export async function readOnce(pool: pg.Pool, as: ReadAs, { statement, named, answerMs = ANSWER_MS }: ReadOptions): Promise<ReadAnswer> {
  const client = await pool.connect()
  let doubtful = false
  // Ending a client with a query under way cuts its connection, and the query fails.
  const late = setTimeout(() => { if (client instanceof pg.Client) void client.end() }, answerMs)
  try {
    const replanned = statement.plan === 'each' ? [REPLAN] : []
    const results = await implicit(client, [...(named ? openingKept : openingEach)(as), ...replanned, statement], { named })
    const found = as.kind === 'caller' ? results[1]?.[0] : undefined
    return { found: found?.['found?'] === true ? found : null, rows: results.at(-1) ?? [] }
  } catch (error) {
    doubtful = isDoubtful(error)
    throw error
  } finally {
    clearTimeout(late)
    client.release(doubtful)
  }
}
