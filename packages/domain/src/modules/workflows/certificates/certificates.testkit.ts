import { createHash } from 'node:crypto'
import { flowContract, type DocumentId, type FlowId, type FlowRunId, type FlowSpec, type FlowTaskId } from '@intellidocs/contracts'
import { newId, nothingHeld, type Actor, type Clock, type Tx } from '@intellidocs/kernel'
import { unlimitedQuota, type TestOrg } from '@intellidocs/testing'
import pg from 'pg'
import { createAuditModule } from '../../audit/index.ts'
import { openTestModule } from '../../documents/test-module.ts'
import { createUsersModule } from '../../users/index.ts'
import { createCertificates, type Certificates } from './certificates.ts'
import type { CertificatesDeps, OfRun } from './certificates.types.ts'
import type { Issued } from './issue-certificate.ts'

export const SECRET_KEY = Buffer.alloc(32, 9)

const spec: FlowSpec = flowContract.flowSpec.parse({
  name: 'Contracts', stages: [{ key: 'legal', name: 'Legal', ask: [{ role: 'owner' }], decide: { rule: 'all' } }, { key: 'board', name: 'Board', ask: [{ role: 'admin' }], decide: { rule: 'any' }, onNewVersion: 'keep' }],
})

type Place = { readonly module: Awaited<ReturnType<typeof openTestModule>>; readonly org: TestOrg }

type Decide = { orgId: string; runId: FlowRunId; documentId: DocumentId; stage: string; person: Actor; forId: Actor | null; sha256: string; secondFactor: boolean }
type Decided = Decide & { taskId: FlowTaskId; decisionId: string; comment: string; at: Date }

/** As the driver tells of a task, its decision and the end of its stage. */
async function tellDecision({ module, org }: Place, tx: Tx, { runId, documentId, stage, person, forId, sha256, secondFactor, taskId, decisionId, comment, at }: Decided): Promise<void> {
  const { outbox } = module.deps
  const task = { runId, documentId, taskId }
  const row = (data: object) => ({ subjectType: 'flowRun', subjectId: runId, data: { ...task, stage, round: 1, ...data } })
  const [assigneeId, why] = [person.userId, forId === null ? 'asked' as const : 'delegated' as const]
  await outbox.append(tx, org.system, {
    type: 'workflows.task-assigned.v1', documentId, payload: { ...task, assigneeId, dueAt: null, why }, audit: row({ assigneeId, why, for: forId?.userId ?? null, by: null }),
  })
  await outbox.append(tx, secondFactor ? person : { ...person, kind: 'apiKey' }, {
    type: 'workflows.task-decided.v1', documentId, payload: { ...task, byId: person.userId, verdict: 'approve' },
    audit: row({
      decisionId, byId: person.userId, verdict: 'approve', version: 1, contentSha256: sha256, secondFactor, commentSha256: createHash('sha256').update(comment).digest('hex'),
      at: at.toISOString(),
    }),
  })
  await outbox.append(tx, org.system, {
    type: 'workflows.stage-closed.v1', documentId, payload: { runId, documentId, stage, round: 1, outcome: 'approved' }, audit: row({ outcome: 'approved' }),
  })
}

/** Runs as rows, past the services that make them. */
function createEndedRuns({ module, org }: Place) {
  const { runInTx, outbox } = module.deps
  /** A run that the viewer asked for, of two stages: the owner, in the editor's place, and the admin. `over`: approved, with its end in the audit. */
  async function run({ over = true, content = `words ${newId()}` }: { over?: boolean; content?: string } = {}) {
    const { document } = await module.upload(org.owner, content)
    const [flowId, runId] = [newId() as FlowId, newId() as FlowRunId]
    const { sha256 } = (await module.facts.of(org.owner, document.id)) ?? { sha256: '' }
    const of = { orgId: org.org.id, runId, documentId: document.id }
    await runInTx(org.system, async (tx) => {
      await tx.$executeRaw`insert into flow (id, org_id, name, draft, created_by) values (${flowId}::uuid, ${of.orgId}::uuid, ${`flow ${flowId}`}, '{}', ${org.owner.userId}::uuid)`
      await tx.$executeRaw`insert into flow_version (org_id, flow_id, version, spec, published_by) values (${of.orgId}::uuid, ${flowId}::uuid, 1, ${JSON.stringify(spec)}::jsonb, ${org.owner.userId}::uuid)`
      await tx.$executeRaw`insert into flow_run (id, org_id, flow_id, flow_version, document_id, version, requester_id, note, created_at, state_changed_at)
        values (${runId}::uuid, ${of.orgId}::uuid, ${flowId}::uuid, 1, ${document.id}::uuid, 1, ${org.viewer.userId}::uuid, 'please', now(), now())`
      await outbox.append(tx, org.viewer, {
        type: 'workflows.run-started.v1', documentId: document.id, payload: { runId, documentId: document.id, flowId, flowVersion: 1, versionId: document.versionId },
        audit: { subjectType: 'flowRun', subjectId: runId, data: { documentId: document.id, flowId, flowVersion: 1, requesterId: org.viewer.userId, cause: null } },
      })
    })
    await decide({ ...of, stage: 'legal', person: org.owner, forId: org.editor, sha256, secondFactor: true })
    await decide({ ...of, stage: 'board', person: org.admin, forId: null, sha256, secondFactor: false })
    if (over) await end({ ...of, flowId, sha256 })
    return { ...of, flowId, sha256, content }
  }

  function decide({ orgId, runId, documentId, stage, person, forId, sha256, secondFactor }: Decide): Promise<void> {
    const [stepId, taskId, decisionId] = [newId(), newId() as FlowTaskId, newId()]
    const comment = `fine, says ${person.role ?? ''}`
    const at = new Date()
    return runInTx(person, async (tx) => {
      await tx.$executeRaw`insert into flow_step (id, org_id, run_id, stage, round, state, content_sha256, opened_at, closed_at)
        values (${stepId}::uuid, ${orgId}::uuid, ${runId}::uuid, ${stage}, 1, 'approved', ${sha256}, now(), now())`
      await tx.$executeRaw`insert into flow_task (id, org_id, run_id, step_id, assignee_id, why, for_id, version, content_sha256, created_at)
        values (${taskId}::uuid, ${orgId}::uuid, ${runId}::uuid, ${stepId}::uuid, ${person.userId}::uuid, ${forId === null ? 'asked' : 'delegated'}, ${forId?.userId ?? null}::uuid, 1, ${sha256}, now())`
      await tx.$executeRaw`insert into flow_decision (id, org_id, run_id, task_id, user_id, idempotency_key, request_hash, verdict, content_sha256, second_factor, actor_kind, request_id)
        values (${decisionId}::uuid, ${orgId}::uuid, ${runId}::uuid, ${taskId}::uuid, ${person.userId}::uuid, ${decisionId}, '', 'approve', ${sha256}, ${secondFactor}, ${secondFactor ? 'user' : 'apiKey'}, 'test')`
      await tx.$executeRaw`update flow_task set state = 'decided', ended_at = ${at}::timestamptz, decision = 'approve', decision_id = ${decisionId}::uuid, comment = ${comment}, second_factor = ${secondFactor}
        where org_id = ${orgId}::uuid and id = ${taskId}::uuid`
      await tellDecision({ module, org }, tx, { orgId, runId, documentId, stage, person, forId, sha256, secondFactor, taskId, decisionId, comment, at })
    })
  }

  type End = { orgId: string; runId: FlowRunId; documentId: DocumentId; flowId: FlowId; sha256: string }
  const end = ({ orgId, runId, documentId, flowId, sha256 }: End): Promise<void> => runInTx(org.system, async (tx) => {
    const at = new Date()
    await tx.$executeRaw`update flow_run set state = 'approved', reason = 'decided', ended_at = ${at}::timestamptz, state_changed_at = now(), ended_by = ${org.system.userId}::uuid where org_id = ${orgId}::uuid and id = ${runId}::uuid`
    await outbox.append(tx, org.system, {
      type: 'workflows.run-ended.v1', documentId, payload: { runId, documentId, flowId, outcome: 'approved', requesterId: org.viewer.userId },
      audit: {
        subjectType: 'flowRun', subjectId: runId,
        data: { flowId, flowVersion: 1, requesterId: org.viewer.userId, outcome: 'approved', reason: 'decided', version: 1, contentSha256: sha256, at: at.toISOString() },
      },
    })
  })
  return { run, end }
}

/** Of one run. */
export async function issuing({ issue }: Pick<Certificates, 'issue'>, { orgId, runId }: OfRun): Promise<Issued | undefined> {
  const [issued] = await issue(orgId, [runId])
  return issued
}

type Keys = { readonly secretKey: Buffer; readonly oldSecretKeys?: readonly Buffer[] }

/** Only for tests: certificates on a fresh database, with runs as rows. */
export async function openCertificatesHouse() {
  const module = await openTestModule()
  const org = await module.org('Hafen & Söhne')
  const { runInTx, runAsIdentity, runAsSystem, outbox, clock, log } = module.deps as typeof module.deps & { runAsIdentity: Parameters<typeof createUsersModule>[0]['runAsIdentity'] }
  const none = () => Promise.reject(new Error('not in this test'))
  const users = createUsersModule({ runInTx, runAsIdentity, outbox, clock, deletions: nothingHeld, mail: { enqueue: none }, invitations: { accept: none }, secretKey: SECRET_KEY })
  const admin = new pg.Client({ connectionString: module.db.adminUrl })
  await admin.connect()
  const process = (keys: Keys = { secretKey: SECRET_KEY }, at: Clock = clock, called: CertificatesDeps['called'] = (_orgId, ids) => users.called(ids)): { certificates: Certificates; audit: ReturnType<typeof createAuditModule> } => {
    const audit = createAuditModule({ runInTx, runAsSystem, clock: at, log, quota: unlimitedQuota, ...keys })
    return { audit, certificates: createCertificates({ runInTx, outbox, clock: at, proof: audit.proof, called, documents: module, ...keys }) }
  }

  const runs = createEndedRuns({ module, org })
  return {
    ...process(), module, org, admin, users, process, ...runs, runInTx,
    /** One statement as somebody who is bound by nothing, triggers included. */
    tamper: (sql: string): Promise<unknown> => admin.query(`begin; set local session_replication_role = replica; ${sql}; commit`),
    async close() {
      await admin.end()
      await module.close()
    },
  }
}

export type CertificatesHouse = Awaited<ReturnType<typeof openCertificatesHouse>>
