import { NAMED, type Check } from './check.ts'

/**
 * A decision that is in force: its request was answered with it, and its task is decided by it. Where only one of the two holds, somebody was told what is not, or
 * something was decided that nobody asked for.
 */
const lostDecision: Check = (tx) => tx.$queryRaw`
  select 'decision ' || d.id || ' of task ' || d.task_id as subject
  from flow_decision d join flow_task t on t.org_id = d.org_id and t.id = d.task_id
  where d.answer->>'kind' = 'recorded' and (t.decision_id is distinct from d.id or t.decision is distinct from d.verdict or t.state <> 'decided')
  union all
  select 'task ' || t.id || ': decided by no recorded request' from flow_task t
  where t.state = 'decided' and not exists (
    select from flow_decision d where d.org_id = t.org_id and d.id = t.decision_id and d.task_id = t.id and d.user_id = t.assignee_id and d.answer->>'kind' = 'recorded')
  limit ${NAMED}`

/** One decision a task: of the requests that were answered with it, and of the events that told of it. */
const doubleDecision: Check = (tx) => tx.$queryRaw`
  select 'task ' || task_id || ': ' || count(*) || ' decisions' as subject from flow_decision
  where answer->>'kind' = 'recorded' group by task_id having count(*) > 1
  union all
  select 'task ' || (payload->>'taskId') || ': told ' || count(*) || ' times' from event
  where type = 'workflows.task-decided.v1' group by payload->>'taskId' having count(*) > 1
  limit ${NAMED}`

/** What happens once to a run, a stage in its round, or a task, was told once. */
const doubleSteps: Check = (tx) => tx.$queryRaw`
  select type || ' of run ' || (payload->>'runId') || coalesce(', stage ' || (payload->>'stage') || ' round ' || (payload->>'round'), '') || coalesce(', task ' || (payload->>'taskId'), '') as subject
  from event where type in ('workflows.run-started.v1', 'workflows.run-ended.v1', 'workflows.certificate-issued.v1', 'workflows.stage-opened.v1', 'workflows.stage-closed.v1',
    'workflows.task-assigned.v1', 'workflows.task-closed.v1')
  group by type, payload->>'runId', payload->>'stage', payload->>'round', payload->>'taskId' having count(*) > 1 limit ${NAMED}`

/** Requests without an answer, ends that were not done, and runs that go on although they ask nobody, wait for nothing, and nothing happened for that long. */
const stuckRuns: Check = (tx, stuckBefore) => tx.$queryRaw`
  select 'decision ' || id || ' (asked at ' || asked_at || ')' as subject from flow_decision where state = 'pending' and asked_at < ${stuckBefore}::timestamptz
  union all
  select 'run ' || id || ': ' || effects_left || ' effects to be done' from flow_run where effects_left > 0 and ended_at < ${stuckBefore}::timestamptz
  union all
  select 'run ' || r.id || ' (' || r.state || ') asks nobody' from flow_run r
  join document o on o.org_id = r.org_id and o.id = r.document_id join document_version v on v.org_id = o.org_id and v.id = o.current_version_id
  where r.ended_at is null and r.state <> 'waiting' and v.state not in ('queued', 'processing')
    and greatest(r.state_changed_at, v.state_changed_at, (select max(s.closed_at) from flow_step s where s.org_id = r.org_id and s.run_id = r.id)) < ${stuckBefore}::timestamptz
    and not exists (select from flow_task t where t.org_id = r.org_id and t.run_id = r.id and t.state = 'open')
  limit ${NAMED}`

/** Of the rows of runs, tasks and decisions among themselves. */
export const flowChecks = [
  ['lost_decision', lostDecision], ['double_decision', doubleDecision], ['double_steps', doubleSteps], ['stuck', stuckRuns],
] as const satisfies (readonly [string, Check])[]
