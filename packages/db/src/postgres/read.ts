import pg from 'pg'
import type { ReadAnswer, ReadAs, Statement } from '../types.ts'
import { implicit } from './implicit.ts'
import { STATEMENT_TIMEOUT_MS, TENANT_PLANS } from './unit.ts'

/** Ends with the role, because a powerless role could not set the others. All of it ends with the transaction. */
const settings = (org: string, user: string, principals: string, role: string): string => [
  ['statement_timeout', `'${STATEMENT_TIMEOUT_MS}'`], ['transaction_read_only', `'on'`], ['plan_cache_mode', `'force_generic_plan'`],
  ...TENANT_PLANS.map(([name, value]) => [name, `'${value}'`]),
  ['app.org_id', org], ['app.user_id', user], ['app.principals', principals], ['role', `'${role}'`],
].map(([name, value]) => `set_config('${name}', ${value}, true) as "set ${name}"`).join(', ')

const ENTER = `select ${settings('$1', '$2', '$3', 'app')}`
const ASK = `select set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', true) as "set time",
  set_config('plan_cache_mode', 'force_generic_plan', true) as "set plan", set_config('role', 'app_identity', true) as "set role"`
const REPLAN: Statement = { name: 'replan', text: `select set_config('plan_cache_mode', 'force_custom_plan', true) as "set plan"`, values: [] }

/**
 * The lookup, and what it found made the tenant of what follows. A row comes even where nothing was found: the role must change in any case,
 * so that what follows runs under row-level security and never with the rights of the lookup.
 */
const lookupText = (text: string): string => `
  select (f."userId" is not null) as "found?", f.*, ${settings(
    `coalesce(f."orgId"::text, '')`, `coalesce(f."userId"::text, '')`, `coalesce(array_to_string(f.principals, ','), '')`, 'app')}
  from (values (1)) one left join (${text}) f on true limit 1`
const wrapped = new Map<string, string>()

function entering(lookup: Statement): Statement {
  let text = wrapped.get(lookup.text)
  if (text === undefined) wrapped.set(lookup.text, text = lookupText(lookup.text))
  return { name: lookup.name, text, values: lookup.values }
}

function opening(as: ReadAs): Statement[] {
  if (as.kind === 'caller') return [{ name: 'ask', text: ASK, values: [] }, entering(as.lookup)]
  return [{ name: 'enter', text: ENTER, values: [as.orgId, as.userId, as.principals.join(',')] }]
}

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
    const results = await implicit(client, [...opening(as), ...replanned, statement], { named })
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
