import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '@intellidocs/db'
import { createUnitOfWork, environmentWith, systemClock } from '@intellidocs/kernel'
import { startTemporalForRun, until } from '@intellidocs/testing'
import pg from 'pg'
import { startSpeaker } from '../api/processes.ts'
import { rounded } from '../figures.ts'
import { startTimedPostgres } from '../timed-postgres.ts'
import { editorsOf, writeFor } from './writers.ts'

/** Within which a row is to be sealed, seconds (docs/adr/0019-audit-chain.md). */
const GOAL_S = 5
/** Rarely enough that the looking is no load. */
const PATIENCE = { withinMs: 120_000, everyMs: 500 }

type Given = { readonly ms: number; readonly writers: number }
type Say = (line: string) => void

/** What is not sealed, and what was since the seals numbered before, from the commit of a row to the commit of its seal. */
const UNSEALED = `select count(*)::int as n from audit a where not exists (
  select from audit_seal s where s.org_id = a.org_id and (s.last_xid, s.last_id) >= (a.xid, a.id))`
const LAGS = `with row as (
    select extract(epoch from pg_xact_commit_timestamp(s.xmin) - pg_xact_commit_timestamp(a.xmin))::float8 as lag
    from audit_seal s cross join unnest(s.row_ids) x(id) join audit a on a.org_id = s.org_id and a.id = x.id where s.org_id = any ($1::uuid[])
  ) select count(*)::int as rows, (count(*) filter (where lag > $2))::int as late, percentile_disc(0.5) within group (order by lag) as p50,
    percentile_disc(0.99) within group (order by lag) as p99, max(lag) as max from row`

/**
 * How long a row waits for its seal while writers write as fast as they can: the worker is the real process, with its own rhythm, and both moments are
 * Postgres' own time stamps of the commits.
 */
export async function measureSealLag({ ms, writers }: Given, say: Say): Promise<Record<string, unknown>> {
  const undo: (() => Promise<unknown>)[] = []
  try {
    const dataDir = await mkdtemp(join(tmpdir(), 'intellidocs-seal-lag-'))
    undo.push(() => rm(dataDir, { recursive: true, force: true }))
    const postgres = await startTimedPostgres()
    undo.push(() => postgres.stop())
    const temporal = await startTemporalForRun()
    undo.push(() => temporal.close())
    const worker = startSpeaker(['apps/worker/src/main.ts'], environmentWith({
      DATABASE_URL: postgres.url, DATABASE_ADMIN_URL: '', DATA_DIR: dataDir, BLOBS: '', SECRET_KEY: '', INTELLIDOCS_EMBEDDED: '1', LOG_LEVEL: 'warn', PUBLIC_URL: '',
      TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: temporal.takeNamespace(),
    }))
    undo.push(() => worker.stop())
    await worker.next()
    const database = openDatabase({ url: postgres.url, maxConnections: writers + 2, log: { info: () => undefined, warn: (_, message) => say(message) } })
    undo.push(() => database.close())
    const admin = new pg.Client({ connectionString: postgres.adminUrl })
    await admin.connect()
    undo.push(() => admin.end())

    const { runInTx } = createUnitOfWork({ database, clock: systemClock, onCommit: () => undefined })
    const found: Record<string, unknown> = { writers, goal_s: GOAL_S }
    for (const [name, orgs] of [['one_org', 1], ['fifty_orgs', 50]] as const) {
      const actors = editorsOf(orgs)
      const perSecond = await writeFor(ms, { runInTx, audit: null, writers }, { actors, variant: 'with_audit' })
      await until('every row is sealed', async () => (await admin.query<{ n: number }>(UNSEALED)).rows[0]?.n === 0, PATIENCE)
      const { rows: [lags] } = await admin.query<{ rows: number; late: number; p50: number; p99: number; max: number }>(LAGS, [actors.map(({ orgId }) => orgId), GOAL_S])
      if (lags === undefined) throw new Error('nothing was written')
      found[name] = {
        rows: lags.rows, tx_s: Math.round(perSecond), p50_s: rounded(lags.p50, 2), p99_s: rounded(lags.p99, 2), max_s: rounded(lags.max, 2), over_goal: lags.late,
      }
      say(`${orgs} organizations: ${JSON.stringify(found[name])}`)
    }
    return found
  } finally {
    for (const step of undo.splice(0).reverse()) await step()
  }
}
