import type { ApiKeyId, FlowRunId, FlowTaskId, OrgId, SessionId, UserId, Verdict } from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { RunKey } from './runs.types.ts'

/** What came of a request: the decision was recorded, or the code of the error and what is said with it. */
export type Answer = { readonly kind: 'recorded' } | { readonly kind: 'refused'; readonly code: string; readonly details?: Record<string, unknown> }

export type DecisionRow = {
  id: string; runId: FlowRunId; taskId: FlowTaskId; userId: UserId; requestHash: string; verdict: Verdict; contentSha256: string; comment: string | null; secondFactor: boolean
  actorKind: 'user' | 'apiKey'; sessionId: SessionId | null; keyId: ApiKeyId | null; address: string | null; requestId: string; state: 'pending' | 'settled'; answer: Answer | null; askedAt: Date
}
export type NewDecision = Omit<DecisionRow, 'state' | 'answer' | 'askedAt'> & { readonly orgId: OrgId; readonly idempotencyKey: string }

const COLUMNS = Prisma.raw(`id, run_id as "runId", task_id as "taskId", user_id as "userId", request_hash as "requestHash", verdict, content_sha256 as "contentSha256", comment,
  second_factor as "secondFactor", actor_kind as "actorKind", session_id as "sessionId", key_id as "keyId", address, request_id as "requestId", state, answer, asked_at as "askedAt"`)

/** False: this key of this person is there already. */
export async function insertDecision(tx: Tx, d: NewDecision): Promise<boolean> {
  return await tx.$executeRaw`
    insert into flow_decision (id, org_id, run_id, task_id, user_id, idempotency_key, request_hash, verdict, content_sha256, comment, second_factor, actor_kind, session_id,
      key_id, address, request_id)
    values (${d.id}::uuid, ${d.orgId}::uuid, ${d.runId}::uuid, ${d.taskId}::uuid, ${d.userId}::uuid, ${d.idempotencyKey}, ${d.requestHash}, ${d.verdict}, ${d.contentSha256},
      ${d.comment}, ${d.secondFactor}, ${d.actorKind}, ${d.sessionId}::uuid, ${d.keyId}::uuid, ${d.address}, ${d.requestId})
    on conflict (org_id, user_id, idempotency_key) do nothing` === 1
}

export async function findDecision(tx: Tx, orgId: OrgId, by: { id: string } | { userId: UserId; idempotencyKey: string }): Promise<DecisionRow | null> {
  const rows = 'id' in by
    ? await tx.$queryRaw<DecisionRow[]>`select ${COLUMNS} from flow_decision where org_id = ${orgId}::uuid and id = ${by.id}::uuid`
    : await tx.$queryRaw<DecisionRow[]>`
      select ${COLUMNS} from flow_decision where org_id = ${orgId}::uuid and user_id = ${by.userId}::uuid and idempotency_key = ${by.idempotencyKey}`
  return rows[0] ?? null
}

/** Those of a step's tasks that nobody has answered and that were asked before then, in that order. */
export function pendingOf(tx: Tx, orgId: OrgId, of: { stepId: string; before: Date }): Promise<DecisionRow[]> {
  return tx.$queryRaw<DecisionRow[]>`
    select ${COLUMNS} from flow_decision where org_id = ${orgId}::uuid and state = 'pending' and asked_at < ${of.before}::timestamptz
      and task_id in (select t.id from flow_task t where t.org_id = ${orgId}::uuid and t.step_id = ${of.stepId}::uuid) order by asked_at, id`
}

/** Once: false where it has its answer. */
export async function settleDecision(tx: Tx, orgId: OrgId, to: { id: string; answer: Answer; at: Date }): Promise<boolean> {
  return await tx.$executeRaw`
    update flow_decision set state = 'settled', answer = ${JSON.stringify(to.answer)}::jsonb, settled_at = ${to.at}::timestamptz
    where org_id = ${orgId}::uuid and id = ${to.id}::uuid and state = 'pending'` === 1
}

export async function noteSent(tx: Tx, orgId: OrgId, to: { id: string; at: Date }): Promise<void> {
  await tx.$executeRaw`update flow_decision set sent_at = ${to.at}::timestamptz where org_id = ${orgId}::uuid and id = ${to.id}::uuid and state = 'pending'`
}

export type Pending = RunKey & { readonly decisionId: string; readonly taskId: FlowTaskId }

/** System unit: requests of all organizations that nobody has answered and that were last sent before then, those that wait longest first. */
export function pendingDecisions(tx: Tx, page: { sentBefore: Date; limit: number }): Promise<Pending[]> {
  return tx.$queryRaw<Pending[]>`
    select d.org_id as "orgId", d.run_id as "runId", r.document_id as "documentId", d.id as "decisionId", d.task_id as "taskId"
    from flow_decision d join flow_run r on r.org_id = d.org_id and r.id = d.run_id
    where d.state = 'pending' and d.sent_at < ${page.sentBefore}::timestamptz order by d.sent_at limit ${page.limit}`
}
