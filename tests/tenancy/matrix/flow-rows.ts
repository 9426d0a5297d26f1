import { newId } from '@intellidocs/kernel'
import type { Org } from './house.ts'

type Place = { readonly org: Org; readonly id: string; readonly state: string; readonly userId: string | null }
type Rows = (place: Place) => string[]
/** How what a run is of is made. */
export type Made = { readonly document: Rows; readonly flow: Rows }

/** Asked for by the colleague, on a document of the owner's. */
export function runRows({ org, id, state }: Place, { document, flow }: Made): string[] {
  const [documentId, flowId] = [newId(), newId()]
  const over = state === 'over'
  return [
    ...document({ org, id: documentId, state: state === 'hidden' ? 'restricted' : 'active', userId: null }), ...flow({ org, id: flowId, state: 'published', userId: null }),
    `insert into flow_run (id, org_id, flow_id, flow_version, document_id, version, state, reason, requester_id, note, created_at, state_changed_at, ended_at, ended_by)
      values ('${id}', '${org.id}', '${flowId}', 1, '${documentId}', 1, '${over ? 'withdrawn' : 'running'}', ${over ? "'withdrawn'" : 'null'}, '${org.colleagueId}', '${org.mark}', now(), now(),
      ${over ? 'now()' : 'null'}, ${over ? `'${org.colleagueId}'` : 'null'})`,
  ]
}

/** Of the caller's, the owner's where they are no member; or of the colleague's. */
export function taskRows({ org, id, state, userId }: Place, made: Made): string[] {
  const [runId, stepId] = [newId(), newId()]
  const assignee = state === "another's" ? org.colleagueId : userId ?? org.ownerId
  const decided = state === 'decided'
  return [
    ...runRows({ org, id: runId, state: 'open', userId: null }, made),
    `insert into flow_step (id, org_id, run_id, stage, round, content_sha256, opened_at) values ('${stepId}', '${org.id}', '${runId}', 'a', 1, '${org.sha256}', now())`,
    `insert into flow_task (id, org_id, run_id, step_id, assignee_id, why, version, content_sha256, created_at, state, ended_at, decision, decision_id, comment, second_factor)
      values ('${id}', '${org.id}', '${runId}', '${stepId}', '${assignee}', 'asked', 1, '${org.sha256}', now(), '${decided ? 'decided' : 'open'}', ${decided ? 'now()' : 'null'},
      ${decided ? "'approve'" : 'null'}, ${decided ? `'${newId()}'` : 'null'}, '${org.mark}', ${decided ? 'false' : 'null'})`,
  ]
}

/** From the caller, or between two others. */
export function delegationRows({ org, id, state, userId }: Place, other: { readonly id: string; readonly rows: readonly string[] }): string[] {
  const from = state === 'own' ? userId ?? org.ownerId : org.colleagueId
  return [
    ...other.rows,
    `insert into delegation (id, org_id, from_id, to_id, starts_at, ends_at, note, created_by) values ('${id}', '${org.id}', '${from}', '${other.id}', now() - interval '1 day',
      now() + interval '1 day', '${state === 'own' ? 'of the caller' : org.mark}', '${from}')`,
  ]
}
