import { setTimeout as delay } from 'node:timers/promises'
import { processingRunOf, SYSTEM_USER_ID } from '@intellidocs/contracts'
import type { Database } from '@intellidocs/db'
import { temporalConnectionOptions, type TemporalConfig } from '@intellidocs/kernel'
import { Client, Connection } from '@temporalio/client'
import { CommandError } from '../failure.ts'
import type { Difference } from './checks.ts'
import { compareFlowRuns, listFlowRows, listOpenFlowRuns } from './flow-runs.ts'

/** Younger ones may still wait for the relay, or for the reconciler that looks every five minutes at what is older than two. */
const RUN_DUE_MS = 10 * 60_000
/** A run ends a moment after its row, and Temporal's list follows its runs. */
const ENDS_WITHIN_MS = 10_000

export type RunsCheck = {
  readonly database: Database
  readonly temporal: TemporalConfig
  readonly orgs: readonly string[]
  /** Versions of which every run is looked at; of the others only those that are open. */
  readonly closely: ReadonlySet<string>
}

export type Run = { readonly versionId: string; readonly attempt: number; readonly open: boolean; readonly last: boolean }
export type Version = { readonly id: string; readonly orgId: string; readonly attempt: number; readonly open: boolean; readonly since: Date }

/** Rows against runs: an unread version and an open flow run have their run, ended ones have none that is open, and no attempt had two. */
export async function checkRuns(check: RunsCheck): Promise<Difference[]> {
  const connection = await connect(check.temporal)
  try {
    const client = new Client({ connection, namespace: check.temporal.namespace })
    const end = Date.now() + ENDS_WITHIN_MS
    for (;;) {
      const differences = [
        ...compareRuns(await listRuns(client, check.closely.size > 0), await listVersions(check), check.closely),
        ...compareFlowRuns(await listOpenFlowRuns(client), await listFlowRows(check.database, check.orgs), new Date(Date.now() - RUN_DUE_MS)),
      ]
      if (differences.every(({ kind }) => kind !== 'open_run') || Date.now() > end) return differences
      await delay(250)
    }
  } finally {
    await connection.close()
  }
}

/** `last` is false for a run that went on as a new one under the same id. */
export function compareRuns(runs: readonly Run[], versions: readonly Version[], closely: ReadonlySet<string>): Difference[] {
  const key = ({ versionId, attempt }: Pick<Run, 'versionId' | 'attempt'>): string => `${versionId}/${attempt}`
  const open = new Set(runs.filter((run) => run.open).map(key))
  const byId = new Map(versions.map((version) => [version.id, version]))
  const due = Date.now() - RUN_DUE_MS
  const hasRun = ({ id, attempt }: Version): boolean => open.has(key({ versionId: id, attempt }))
  const without = versions.filter((version) => version.open && version.since.getTime() < due && !hasRun(version))
  const left = runs.filter((run) => {
    const version = byId.get(run.versionId)
    return run.open && !(version?.open === true && version.attempt === run.attempt)
  })
  const ends = Map.groupBy(runs.filter((run) => run.last && closely.has(run.versionId)), key)
  const orgOf = (versionId: string): string => byId.get(versionId)?.orgId ?? 'unknown'
  return [
    ...without.map(({ id, orgId, attempt }): Difference => ({ kind: 'no_run', orgId, subject: `version ${id}, attempt ${attempt}` })),
    ...left.map(({ versionId, attempt }): Difference => ({ kind: 'open_run', orgId: orgOf(versionId), subject: `version ${versionId}, attempt ${attempt}` })),
    ...[...ends].filter(([, same]) => same.length > 1).map(([subject, same]): Difference => (
      { kind: 'double_run', orgId: orgOf(same[0]?.versionId ?? ''), subject: `version ${subject}: ${same.length} runs` }
    )),
  ]
}

async function listRuns(client: Client, closedToo: boolean): Promise<Run[]> {
  const query = `WorkflowType = 'documentProcessing'${closedToo ? '' : " and ExecutionStatus = 'Running'"}`
  const runs: Run[] = []
  for await (const { workflowId, status } of client.workflow.list({ query })) {
    // An id that is not the product's is of no version there is, and is told as it stands.
    const { versionId, attempt } = processingRunOf(workflowId) ?? { versionId: workflowId, attempt: 0 }
    // A run that goes on as a new one is not its end.
    runs.push({ versionId, attempt, open: status.name === 'RUNNING', last: status.name !== 'CONTINUED_AS_NEW' })
  }
  return runs
}

async function listVersions({ database, orgs }: RunsCheck): Promise<Version[]> {
  const all: Version[] = []
  for (const orgId of orgs) {
    const rows = await database.run({ kind: 'tenant', orgId, userId: SYSTEM_USER_ID, readOnly: true }, (tx) => tx.$queryRaw<Version[]>`
      select id::text as id, org_id::text as "orgId", attempt, state in ('queued', 'processing') as open, state_changed_at as since from document_version`)
    all.push(...rows)
  }
  return all
}

/** @throws CommandError where it does not answer */
async function connect(temporal: TemporalConfig): Promise<Connection> {
  try {
    return await Connection.connect(await temporalConnectionOptions(temporal))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`Temporal at ${temporal.address} does not answer (${reason}). Runs are left out with --no-runs.`)
  }
}
