import {
  flowContract, type DocumentId, type FlowId, type FlowRunId, type FlowSpec, type FlowTaskId, type OrgId, type ReasonForTask, type RunState, type TaskEnd, type UserId, type Verdict,
} from '@intellidocs/contracts'
import { Prisma } from '@intellidocs/db'
import type { Tx } from '@intellidocs/kernel'
import type { OfRun } from './certificates.types.ts'

export type CertifiedRun = {
  readonly id: FlowRunId; readonly state: RunState; readonly reason: string | null; readonly requesterId: UserId; readonly cause: string | null; readonly note: string | null
  readonly createdAt: Date; readonly endedAt: Date | null; readonly endedBy: UserId | null; readonly effectsLeft: number; readonly orgName: string
  readonly flowId: FlowId; readonly flowVersion: number; readonly spec: FlowSpec; readonly specText: unknown
  readonly documentId: DocumentId; readonly documentName: string; readonly version: number; readonly sha256: string; readonly size: number
}

/** The run with what it went by and the version of the document that its outcome is about; null when it is not there. */
export async function findCertifiedRun(tx: Tx, { orgId, runId }: OfRun): Promise<CertifiedRun | null> {
  const rows = await tx.$queryRaw<Omit<CertifiedRun, 'spec'>[]>`
    select r.id::text, r.state, r.reason, r.requester_id::text as "requesterId", r.cause, r.note, r.created_at as "createdAt", r.ended_at as "endedAt",
      r.ended_by::text as "endedBy", r.effects_left as "effectsLeft", o.name as "orgName", r.flow_id::text as "flowId", r.flow_version as "flowVersion", f.spec as "specText",
      r.document_id::text as "documentId", d.name as "documentName", r.version, v.sha256, v.size::float8 as size
    from flow_run r join org o on o.id = r.org_id
    join flow_version f on f.org_id = r.org_id and f.flow_id = r.flow_id and f.version = r.flow_version
    join document d on d.org_id = r.org_id and d.id = r.document_id
    join document_version v on v.org_id = r.org_id and v.document_id = r.document_id and v.number = r.version
    where r.org_id = ${orgId}::uuid and r.id = ${runId}::uuid`
  const [row] = rows
  return row === undefined ? null : { ...row, spec: flowContract.flowSpec.parse(row.specText) }
}

export type CertifiedStep = {
  readonly stage: string; readonly round: number; readonly state: 'open' | 'approved' | 'rejected' | 'expired' | 'stale' | 'skipped'; readonly counts: boolean
  readonly openedAt: Date; readonly closedAt: Date | null; readonly dueAt: Date | null
}

/** In the order in which they were opened. */
export function listCertifiedSteps(tx: Tx, { orgId, runId }: OfRun): Promise<CertifiedStep[]> {
  return tx.$queryRaw<CertifiedStep[]>`
    select s.stage, s.round, s.state, s.counts, s.opened_at as "openedAt", s.closed_at as "closedAt", s.due_at as "dueAt"
    from flow_step s where s.org_id = ${orgId}::uuid and s.run_id = ${runId}::uuid order by s.id`
}

type AskedRow = {
  readonly taskId: FlowTaskId; readonly stage: string; readonly round: number; readonly personId: UserId; readonly forId: UserId | null; readonly byId: UserId | null
  readonly why: ReasonForTask; readonly at: Date
}
export type CertifiedTask = AskedRow & {
  readonly id: string; readonly verdict: Verdict; readonly version: number; readonly contentSha256: string; readonly secondFactor: boolean
  readonly via: 'user' | 'apiKey'; readonly comment: string | null
}
export type UnheardTask = AskedRow & { readonly end: TaskEnd }

const ASKED = Prisma.raw(`t.id::text as "taskId", s.stage, s.round, t.assignee_id::text as "personId", t.for_id::text as "forId", t.by_id::text as "byId", t.why, t.ended_at as at`)

/** What was decided, in the order in which it was. */
export function listCertifiedTasks(tx: Tx, { orgId, runId }: OfRun): Promise<CertifiedTask[]> {
  return tx.$queryRaw<CertifiedTask[]>`
    select ${ASKED}, q.id::text, t.decision as verdict, t.version, t.content_sha256 as "contentSha256", t.second_factor as "secondFactor", q.actor_kind as via, t.comment
    from flow_task t join flow_step s on s.org_id = t.org_id and s.id = t.step_id
    join flow_decision q on q.org_id = t.org_id and q.id = t.decision_id
    where t.org_id = ${orgId}::uuid and t.run_id = ${runId}::uuid and t.state = 'decided' order by t.ended_at, t.id`
}

/** Those who were asked and gave no answer, in the order in which none was needed any more. */
export function listUnheardTasks(tx: Tx, { orgId, runId }: OfRun): Promise<UnheardTask[]> {
  return tx.$queryRaw<UnheardTask[]>`
    select ${ASKED}, t.closed_why as "end" from flow_task t join flow_step s on s.org_id = t.org_id and s.id = t.step_id
    where t.org_id = ${orgId}::uuid and t.run_id = ${runId}::uuid and t.state = 'closed' order by t.ended_at, t.id`
}

/** The text of the run's certificate, as it was signed; null before it was issued. */
export async function findCertificate(tx: Tx, { orgId, runId }: OfRun): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ body: string }[]>`select body from flow_certificate where org_id = ${orgId}::uuid and run_id = ${runId}::uuid`
  return row?.body ?? null
}

/** Whether somebody of these was erased, and is no member again. Until the unit ends nobody is erased; an erasure that goes on is waited for (`lock` of the module `privacy`). */
export async function isAnyErased(tx: Tx, orgId: OrgId, userIds: readonly UserId[]): Promise<boolean> {
  await tx.$executeRaw`select pg_advisory_xact_lock_shared(hashtextextended(${`privacy.erasure:${orgId}`}, 0))`
  const rows = await tx.$queryRaw<unknown[]>`
    select e.user_id::text from erased_person e where e.org_id = ${orgId}::uuid and e.user_id = any (${[...userIds]}::text[]::uuid[])
      and not exists (select from membership m where m.org_id = e.org_id and m.user_id = e.user_id) limit 1`
  return rows.length === 1
}

/** Once a run: false where there is one. */
export async function insertCertificate(tx: Tx, { orgId, runId }: OfRun, it: { body: string; issuedAt: Date }): Promise<boolean> {
  return await tx.$executeRaw`
    insert into flow_certificate (org_id, run_id, body, issued_at) values (${orgId}::uuid, ${runId}::uuid, ${it.body}, ${it.issuedAt}::timestamptz)
    on conflict do nothing` === 1
}

/**
 * Of each run that the person, who was erased, asked for, ended, or was asked in; but for those of documents that a legal hold is on, which stay as they are. The
 * database lets no others go (the policy `only_of_erased`). Answers how many stayed.
 */
export async function removeCertificatesOf(tx: Tx, orgId: OrgId, userId: UserId): Promise<number> {
  // Until the unit ends nobody places a hold; one that is being placed is waited for, and seen by the statements behind this one.
  await tx.$queryRaw`select app.share_deletions(${orgId}::uuid)::text`
  const ofPerson = Prisma.sql`r.org_id = ${orgId}::uuid and (r.requester_id = ${userId}::uuid or r.ended_by = ${userId}::uuid
    or exists (select from flow_task t where t.org_id = r.org_id and t.run_id = r.id and ${userId}::uuid in (t.assignee_id, t.for_id, t.by_id)))`
  await tx.$executeRaw`
    delete from flow_certificate c using flow_run r where c.org_id = r.org_id and c.run_id = r.id and ${ofPerson}`
  const [left] = await tx.$queryRaw<{ n: number }[]>`
    select count(*)::int as n from flow_certificate c join flow_run r on r.org_id = c.org_id and r.id = c.run_id where ${ofPerson}`
  return left?.n ?? 0
}

/** Of which document a run is; null when there is none of this id. */
export async function documentOfRun(tx: Tx, { orgId, runId }: OfRun): Promise<DocumentId | null> {
  const [row] = await tx.$queryRaw<{ id: DocumentId }[]>`select document_id::text as id from flow_run where org_id = ${orgId}::uuid and id = ${runId}::uuid`
  return row?.id ?? null
}
