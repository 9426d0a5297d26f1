import type { Tx } from '@intellidocs/db'
import { parsePosition } from '@intellidocs/kernel'
import type { DifferenceKind } from './checks.ts'
import type { DecisionTry, Endpoint, FlowLedger, Mailed, RunTry } from './flow-ledger.ts'

type Fault = readonly [kind: DifferenceKind, subject: string]
type Run = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>

/** `hooks`: requests that its receivers were owed. */
type FlowFacts = { readonly decisions: number; readonly hooks: number; readonly faults: Fault[] }

/** Compares what the clients of one organization were promised, told and sent of flows with what is there. Nothing may be under way any more. */
export async function checkFlowLedger(run: Run, orgId: string, ledger: FlowLedger): Promise<FlowFacts> {
  const own = <T extends { readonly org: string }>(all: readonly T[]): T[] => all.filter(({ org }) => org === orgId)
  const [runs, decisions] = [own(ledger.runs), own(ledger.decisions)]
  const faults = runs.length === 0 ? [] : runFaults(runs, await run((tx) => runRows(tx, runs)), await run((tx) => untold(tx, runs)))
  if (decisions.length > 0) faults.push(...decisionFaults(decisions, await run((tx) => decisionRows(tx, decisions)), await run((tx) => taskRows(tx, decisions))))
  let hooks = 0
  for (const endpoint of own(ledger.endpoints)) {
    const owed = await run((tx) => eventsOwed(tx, endpoint))
    hooks += owed.length
    faults.push(...hookFaults(endpoint, owed, await run((tx) => ownEvents(tx, endpoint))))
  }
  const mails = own(ledger.mails)
  if (mails.length > 0) faults.push(...mailFaults(mails, await run((tx) => noticesOf(tx, mails))))
  return { decisions: decisions.filter(isAcked).length, hooks, faults }
}

type RunFacts = { id: string; flowId: string; documentId: string; over: boolean; asking: boolean; left: number; pending: number }

/** Every run that was promised, and every one of the flows and documents that were tried. */
const runRows = (tx: Tx, runs: readonly RunTry[]): Promise<RunFacts[]> => tx.$queryRaw`
  select r.id::text as id, r.flow_id::text as "flowId", r.document_id::text as "documentId", r.ended_at is not null as over, r.effects_left as left,
    exists (select from flow_task t where t.org_id = r.org_id and t.run_id = r.id and t.state = 'open') as asking,
    (select count(*)::int from flow_decision d where d.org_id = r.org_id and d.run_id = r.id and d.state = 'pending') as pending
  from flow_run r where r.id = any(${runs.flatMap(({ runId }) => (runId === null ? [] : [runId]))}::uuid[])
    or (r.flow_id, r.document_id) in (select * from unnest(${runs.map(({ flowId }) => flowId)}::uuid[], ${runs.map(({ documentId }) => documentId)}::uuid[]))`

/** Tasks of which their people were not told. */
const untold = (tx: Tx, runs: readonly RunTry[]): Promise<{ taskId: string }[]> => tx.$queryRaw`
  select e.payload->>'taskId' as "taskId" from event e
  where e.type = 'workflows.task-assigned.v1' and e.document_id = any(${runs.map(({ documentId }) => documentId)}::uuid[])
    and not exists (select from notification n where n.org_id = e.org_id and n.user_id = (e.payload->>'assigneeId')::uuid and n.source = 'event:' || e.id)`

function runFaults(tries: readonly RunTry[], rows: readonly RunFacts[], untoldOf: readonly { taskId: string }[]): Fault[] {
  const faults: Fault[] = []
  const key = ({ flowId, documentId }: Pick<RunFacts, 'flowId' | 'documentId'>): string => `${flowId} on document ${documentId}`
  const byId = new Map(rows.map((row) => [row.id, row]))
  for (const { id, runId, flowId, documentId } of tries) {
    const row = runId === null ? undefined : byId.get(runId)
    if (runId !== null && (row?.flowId !== flowId || row.documentId !== documentId)) faults.push(['lost', `run ${runId} of start ${id}`])
  }
  const tried = Map.groupBy(tries, key)
  for (const [which, begun] of Map.groupBy(rows, key)) {
    const starts = tried.get(which)?.length ?? 0
    if (begun.length > starts) faults.push(['double_run', `flow ${which}: ${begun.length} runs of ${starts} starts`])
  }
  for (const { id, over, asking, left, pending } of rows) {
    if (over ? left > 0 || pending > 0 : !asking || pending > 0) faults.push(['stuck', `run ${id}: ${over ? 'over' : 'open'}, ${left} effects to be done, ${pending} decisions without an answer`])
  }
  return [...faults, ...untoldOf.map(({ taskId }): Fault => ['not_told', `task ${taskId}`])]
}

type DecisionFacts = { key: string; userId: string; verdict: string; inForce: boolean }
type TaskFacts = { id: string; decision: string | null; by: string | null }

const decisionRows = (tx: Tx, decisions: readonly DecisionTry[]): Promise<DecisionFacts[]> => tx.$queryRaw`
  select d.idempotency_key as key, d.user_id::text as "userId", d.verdict, coalesce(d.answer->>'kind' = 'recorded' and t.decision_id = d.id and t.decision = d.verdict, false) as "inForce"
  from flow_decision d join flow_task t on t.org_id = d.org_id and t.id = d.task_id
  where d.idempotency_key = any(${decisions.map(({ id }) => id)}::text[])`

const taskRows = (tx: Tx, decisions: readonly DecisionTry[]): Promise<TaskFacts[]> => tx.$queryRaw`
  select t.id::text as id, t.decision, d.user_id::text as by from flow_task t left join flow_decision d on d.org_id = t.org_id and d.id = t.decision_id
  where t.id = any(${decisions.map(({ taskId }) => taskId)}::uuid[])`

const isAcked = ({ told }: DecisionTry): boolean => told.some(({ kind }) => kind === 'decided')

function decisionFaults(tries: readonly DecisionTry[], rows: readonly DecisionFacts[], tasks: readonly TaskFacts[]): Fault[] {
  const faults: Fault[] = []
  const task = new Map(tasks.map((row) => [row.id, row]))
  const byKey = new Map(rows.map((row) => [`${row.userId} ${row.key}`, row]))
  for (const { id, taskId, userId, verdict, told } of tries) {
    const row = byKey.get(`${userId} ${id}`)
    const inForce = row?.inForce === true && row.verdict === verdict
    if (told.some(({ kind }) => kind === 'decided') && !inForce) faults.push(['lost_decision', `decision ${id} of task ${taskId}`])
    if (told.some(({ kind }) => kind !== 'decided') && row?.inForce === true) faults.push(['refused_kept', `decision ${id} of task ${taskId}`])
    const now = task.get(taskId)
    if (told.some((answer) => answer.kind === 'beaten' && (answer.by !== now?.by || answer.verdict !== now.decision))) faults.push(['told_otherwise', `decision ${id} of task ${taskId}`])
  }
  for (const [taskId, acked] of Map.groupBy(tries.filter(isAcked), (one) => one.taskId)) {
    if (acked.length > 1) faults.push(['double_decision', `task ${taskId}: ${acked.length} were told that they decided it`])
  }
  return faults
}

/** What a receiver should have been sent: events of its types of documents that the organization reads, from where it began. */
function eventsOwed(tx: Tx, { org, after, types }: Endpoint): Promise<{ position: string }[]> {
  const from = parsePosition(after)
  if (from === null) throw new Error(`${after} is no position of an event`)
  return tx.$queryRaw`
    select e.xid || '-' || e.id as position from event e
    where (e.xid, e.id) > (${from.xid.toString()}::xid8, ${from.id}::bigint) and e.type = any(${[...types]}::text[]) and e.audience is null
      and exists (select from document_reader r where r.org_id = e.org_id and r.document_id = e.document_id and r.principal = ${`org:${org}`})`
}

const ownEvents = (tx: Tx, { received }: Endpoint): Promise<{ position: string }[]> => tx.$queryRaw`
  select xid || '-' || id as position from event where id = any(${received.map(({ eventId }) => parsePosition(eventId)?.id ?? 0n)}::bigint[])`

/** At least once, under one id: a request that came again after a cut is no fault, one under another id is. */
function hookFaults({ endpointId, received }: Endpoint, owed: readonly { position: string }[], own: readonly { position: string }[]): Fault[] {
  const known = new Set(own.map(({ position }) => position))
  const came = Map.groupBy(received, ({ eventId }) => eventId)
  return [
    ...owed.filter(({ position }) => !came.has(position)).map(({ position }): Fault => ['hook_missing', `event ${position} at ${endpointId}`]),
    ...[...came].filter(([, all]) => new Set(all.map(({ deliveryId }) => deliveryId)).size > 1).map(([event]): Fault => ['hook_twice', `event ${event} at ${endpointId}`]),
    ...[...came.keys()].filter((event) => !known.has(event)).map((event): Fault => ['foreign_reads', `event ${event} at ${endpointId}`]),
  ]
}

const noticesOf = (tx: Tx, mails: readonly Mailed[]): Promise<{ to: string; documentId: string; what: string; rows: number }[]> => tx.$queryRaw`
  select user_id::text as to, document_id::text as "documentId", kind as what, count(*)::int as rows from notification
  where mail = 'immediate' and document_id = any(${mails.map(({ documentId }) => documentId)}::uuid[]) group by 1, 2, 3`

/** A row is what one person was told of one event; of each there is one mail at most, and of what was read before it left, none. */
function mailFaults(mails: readonly Mailed[], notices: readonly { to: string; documentId: string; what: string; rows: number }[]): Fault[] {
  const key = ({ to, documentId, what }: Pick<Mailed, 'to' | 'documentId' | 'what'>): string => `${what} to ${to} about document ${documentId}`
  const rows = new Map(notices.map((one) => [key(one), one.rows]))
  return [...Map.groupBy(mails, key)].flatMap(([which, all]): Fault[] => {
    const ids = new Set(all.map(({ mailId }) => mailId)).size
    return ids > (rows.get(which) ?? 0) ? [['mailed_twice', `${which}: ${ids} mails of ${rows.get(which) ?? 0} notices`]] : []
  })
}
