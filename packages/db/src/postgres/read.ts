import pg from 'pg'
import type { ReadAnswer, ReadAs, Statement } from '../types.ts'
import { implicit, implicitEach, isKnown, type Row } from './implicit.ts'
import { MAX_WAIT_MS } from './pool.ts'
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

/** Who writes sees what is due and not what an organization has, so its statements are planned by what the values are worth. */
const enterSystem = (each: readonly Setting[]): Statement =>
  ({ name: 'enter system', text: `select ${local([...each, ['plan_cache_mode', `'auto'`], ['app.org_id', `''`], ['app.user_id', `''`], role('app_system')])}`, values: [] })
const SYSTEM_KEPT = enterSystem([])
const SYSTEM_EACH = enterSystem(READ_SETTINGS)

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
/** Reads that leave together at most: what stands behind others waits for them. */
const TOGETHER = 8

type Asked = { readonly statements: readonly Statement[]; readonly alone: boolean; readonly at: number; readonly answer: PromiseWithResolvers<Row[][]> }
export type Reads = {
  read(as: ReadAs, statement: Statement): Promise<ReadAnswer>
  write(statements: readonly Statement[]): Promise<Row[][]>
  waiting(): number
}

/**
 * Reads over the connections of a pool. What is asked in one turn of the process leaves in its end, spread over the connections that are free; where there
 * are more reads than these, several leave with one write and one wait. Each stays a transaction of its own. `named`: see `ImplicitOptions`; without
 * names each leaves alone, as does what is planned each time or writes: it may take longer than the others should wait.
 */
export function createReads(pool: pg.Pool, { named, answerMs = ANSWER_MS }: { named: boolean; answerMs?: number }): Reads {
  const waiting: Asked[] = []
  let taken = 0
  let soon = false
  let patience: NodeJS.Timeout | undefined
  const refuse = (): void => {
    patience = undefined
    const since = performance.now() - MAX_WAIT_MS
    const kept = waiting.findIndex(({ at }) => at > since)
    for (const { answer } of waiting.splice(0, kept < 0 ? waiting.length : kept)) answer.reject(new Error('no connection to the database became free in time'))
    if (waiting.length > 0) patience = setTimeout(refuse, MAX_WAIT_MS / 10)
  }
  const give = (): void => {
    soon = false
    while (waiting.length > 0 && taken < pool.options.max) {
      const share = Math.min(TOGETHER, Math.ceil(waiting.length / (pool.options.max - taken)))
      const alone = waiting.findIndex((asked) => asked.alone)
      taken += 1
      void serve(waiting.splice(0, alone < 0 ? share : Math.max(1, Math.min(share, alone))))
    }
    if (waiting.length > 0) patience ??= setTimeout(refuse, MAX_WAIT_MS)
  }
  const serve = async (all: readonly Asked[]): Promise<void> => {
    try {
      const left = await onConnection(pool, all, { named, answerMs })
      waiting.unshift(...left)
    } catch (error) {
      for (const { answer } of all) answer.reject(error)
    } finally {
      taken -= 1
      give()
    }
  }
  const ask = (statements: readonly Statement[], alone: boolean): Promise<Row[][]> => {
    const answer = Promise.withResolvers<Row[][]>()
    waiting.push({ statements, alone: alone || !named, at: performance.now(), answer })
    if (!soon) setImmediate(give)
    soon = true
    return answer.promise
  }
  return {
    waiting: () => waiting.length,
    write: async (statements) => (await ask([named ? SYSTEM_KEPT : SYSTEM_EACH, ...statements], true)).slice(1),
    async read(as, statement) {
      const alone = statement.plan === 'each'
      const results = await ask([...(named ? openingKept : openingEach)(as), ...(alone ? [REPLAN] : []), statement], alone)
      const found = as.kind === 'caller' ? results[1]?.[0] : undefined
      return { found: found?.['found?'] === true ? found : null, rows: results.at(-1) ?? [] }
    },
  }
}

type Sending = { readonly named: boolean; readonly answerMs: number }

/** Sends them over one connection and answers each; what could not be sent any more is handed back. @throws what kept it from a connection */
async function onConnection(pool: pg.Pool, all: readonly Asked[], { named, answerMs }: Sending): Promise<readonly Asked[]> {
  const client = await pool.connect()
  let doubtful = false
  // Ending a client with a query under way cuts its connection, and the query fails.
  const late = setTimeout(() => { if (client instanceof pg.Client) void client.end() }, answerMs)
  const settle = async ({ answer }: Asked, rows: Promise<Row[][]>): Promise<void> => {
    try {
      answer.resolve(await rows)
    } catch (error) {
      doubtful ||= isDoubtful(error)
      answer.reject(error)
    }
  }
  try {
    if (all.length > 1 && all.every(({ statements }) => isKnown(client, statements))) {
      const rows = implicitEach(client, all.map(({ statements }) => statements))
      await Promise.all(all.map((asked, at) => settle(asked, rows[at] ?? Promise.resolve([]))))
      return []
    }
    for (const [at, asked] of all.entries()) {
      if (doubtful) return all.slice(at)
      await settle(asked, implicit(client, asked.statements, { named }))
    }
    return []
  } finally {
    clearTimeout(late)
    client.release(doubtful)
  }
}
