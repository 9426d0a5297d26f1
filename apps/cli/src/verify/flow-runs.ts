import { SYSTEM_USER_ID } from '@intellidocs/contracts'
import type { Database } from '@intellidocs/db'
import type { Client } from '@temporalio/client'
import type { Difference } from './checks.ts'

/** As the product names them on Temporal. */
const PREFIX = 'approval/'

/** `driven`: open, or with something left to do at its end. `done`: over, and certified. */
export type FlowRunRow = { readonly id: string; readonly orgId: string; readonly driven: boolean; readonly done: boolean; readonly since: Date }

/** Rows of runs against what is open on Temporal: each that is driven is there, and none that is done. What was changed after `due` may still wait for the relay. */
export function compareFlowRuns(open: readonly string[], rows: readonly FlowRunRow[], due: Date): Difference[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const there = new Set(open)
  const without = rows.filter(({ id, driven, since }) => driven && since < due && !there.has(id))
  const left = open.filter((id) => byId.get(id)?.done !== false)
  return [
    ...without.map(({ id, orgId }): Difference => ({ kind: 'no_run', orgId, subject: `flow run ${id}` })),
    ...left.map((id): Difference => ({ kind: 'open_run', orgId: byId.get(id)?.orgId ?? 'unknown', subject: `flow run ${id}` })),
  ]
}

/** Those that are open, by the ids of their rows; a foreign id is told as it stands. */
export async function listOpenFlowRuns(client: Client): Promise<string[]> {
  const open: string[] = []
  for await (const { workflowId } of client.workflow.list({ query: "WorkflowType = 'approval' and ExecutionStatus = 'Running'" })) {
    open.push(workflowId.startsWith(PREFIX) ? workflowId.slice(PREFIX.length) : workflowId)
  }
  return open
}

export async function listFlowRows(database: Database, orgs: readonly string[]): Promise<FlowRunRow[]> {
  const all: FlowRunRow[] = []
  for (const orgId of orgs) {
    all.push(...await database.run({ kind: 'tenant', orgId, userId: SYSTEM_USER_ID, readOnly: true }, (tx) => tx.$queryRaw<FlowRunRow[]>`
      select r.id::text as id, r.org_id::text as "orgId", r.ended_at is null or r.effects_left > 0 as driven, r.state_changed_at as since,
        r.ended_at is not null and r.effects_left = 0 and exists (select from flow_certificate c where c.org_id = r.org_id and c.run_id = r.id) as done
      from flow_run r`))
  }
  return all
}
