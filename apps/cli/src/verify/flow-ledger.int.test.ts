import { createHash, randomUUID } from 'node:crypto'
import { createIntelliDocsClient, type IntelliDocsClient } from '@intellidocs/client'
import type { FlowId } from '@intellidocs/contracts'
import type { Tx } from '@intellidocs/db'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ADMIN, readWaiting, startApiProcess, type ApiProcess } from '../api-process.testkit.ts'
import { checkOrg } from './checks.ts'
import { checkFlowLedger } from './flow-ledger-checks.ts'
import { foldLedger, type LedgerLine } from './ledger.ts'
import { promisesOf } from './report.ts'

type Line = LedgerLine extends infer L ? (L extends unknown ? Omit<L, 'at'> : never) : never

let api: ApiProcess
let client: IntelliDocsClient
let [org, owner] = ['', '']
let flowId = '' as FlowId
/** A run that is over, with one task that was decided, and what its clients know of it. */
let made: Awaited<ReturnType<typeof makeRun>>

beforeAll(async () => {
  api = await startApiProcess()
  const { token } = await createIntelliDocsClient({ url: api.url }).api.auth.signIn.mutate({ ...ADMIN, transport: 'token' })
  client = createIntelliDocsClient({ url: api.url, token: token ?? '', org: 'main' })
  const me = await client.api.auth.me.query()
  ;[org, owner] = [me.orgs[0]?.orgId ?? '', me.user.id]
  const spec = { name: 'Lease', fourEyes: false, stages: [{ key: 'one', name: 'One', ask: [{ user: me.user.id }], decide: { rule: 'all' as const } }] }
  const flow = await client.api.workflows.definitions.create.mutate({ spec })
  flowId = (await client.api.workflows.definitions.publish.mutate({ id: flow.id })).id
  made = await makeRun()
})
afterAll(async () => {
  await client.close()
  await api.close()
})

const inOrg = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => api.database.database.run({ kind: 'tenant', orgId: org, userId: owner }, work)

async function append(type: string, documentId: string, payload: object): Promise<{ id: bigint; position: string }> {
  const [row] = await inOrg((tx) => tx.$queryRaw<{ id: bigint; position: string }[]>`
    insert into event (org_id, type, actor_id, document_id, payload) values (${org}::uuid, ${type}, ${owner}::uuid, ${documentId}::uuid, ${JSON.stringify(payload)}::jsonb)
    returning id, xid || '-' || id as position`)
  if (row === undefined) throw new Error('the event was not written')
  return row
}

/** As the worker leaves it: asked, told, decided, over. */
async function makeRun({ told = true }: { told?: boolean } = {}) {
  const bytes = Buffer.from(`lease ${randomUUID()}`)
  const { document } = await client.upload(bytes, { name: 'lease.txt' })
  await readWaiting(api.database)
  const { id: runId } = await client.api.workflows.runs.start.mutate({ flowId: flowId, documentId: document.id })
  const [taskId, stepId, decisionId, key] = [randomUUID(), randomUUID(), randomUUID(), `key-${randomUUID()}`]
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const assigned = await append('workflows.task-assigned.v1', document.id, { runId, documentId: document.id, taskId, assigneeId: owner, dueAt: null, why: 'asked' })
  await inOrg(async (tx) => {
    await tx.$executeRaw`
      insert into flow_step (id, org_id, run_id, stage, round, state, content_sha256, opened_at, closed_at)
      values (${stepId}::uuid, ${org}::uuid, ${runId}::uuid, 'one', 1, 'approved', ${sha256}, now(), now())`
    await tx.$executeRaw`
      insert into flow_task (id, org_id, run_id, step_id, assignee_id, why, version, content_sha256, created_at)
      values (${taskId}::uuid, ${org}::uuid, ${runId}::uuid, ${stepId}::uuid, ${owner}::uuid, 'asked', 1, ${sha256}, now())`
    await addDecision(tx, { id: decisionId, runId, taskId, key, sha256 })
    await tx.$executeRaw`
      update flow_task set state = 'decided', decision = 'approve', decision_id = ${decisionId}::uuid, second_factor = false, ended_at = now() where id = ${taskId}::uuid`
    await tx.$executeRaw`update flow_run set state = 'approved', reason = 'decided', ended_at = now() where id = ${runId}::uuid`
    if (told) {
      await tx.$executeRaw`
        insert into notification (id, org_id, user_id, source, kind, actor_id, document_id, facts, at, in_inbox, mail)
        values (gen_random_uuid(), ${org}::uuid, ${owner}::uuid, ${`event:${assigned.id}`}, 'task_assigned', ${owner}::uuid, ${document.id}::uuid, '{}', now(), true, 'immediate')`
    }
  })
  const decided = await append('workflows.task-decided.v1', document.id, { runId, documentId: document.id, taskId, byId: owner, verdict: 'approve' })
  const start: Line[] = [{ kind: 'start', id: `start-${runId}`, org, flowId, documentId: document.id }, { kind: 'started', id: `start-${runId}`, runId }]
  const decide: Line = { kind: 'decide', id: key, org, taskId, userId: owner, verdict: 'approve' }
  return { runId, taskId, decisionId, documentId: document.id, sha256, start, decide, positions: [assigned.position, decided.position] as const }
}

type Recorded = { readonly id: string; readonly runId: string; readonly taskId: string; readonly key: string; readonly sha256: string }

async function addDecision(tx: Tx, { id, runId, taskId, key, sha256 }: Recorded): Promise<void> {
  await tx.$executeRaw`
    insert into flow_decision (id, org_id, run_id, task_id, user_id, idempotency_key, request_hash, verdict, content_sha256, second_factor, actor_kind, request_id)
    values (${id}::uuid, ${org}::uuid, ${runId}::uuid, ${taskId}::uuid, ${owner}::uuid, ${key}, 'hash', 'approve', ${sha256}, false, 'user', 'test')`
  await tx.$executeRaw`update flow_decision set state = 'settled', answer = '{"kind":"recorded"}'::jsonb, settled_at = now() where id = ${id}::uuid`
}

/** What the rows say against a ledger, and against themselves. */
async function faults(lines: readonly Line[], stuckBefore = new Date(0)) {
  const ledger = foldLedger(lines.map((line) => ({ ...line, at: new Date().toISOString() })))
  const found = await checkFlowLedger(inOrg, org, ledger)
  const { differences } = await checkOrg(api.database.database, org, stuckBefore)
  // No worker reads here, so of the installation only what it says of flows is looked at.
  const ofFlows = differences.filter(({ kind, subject }) => ['lost_decision', 'double_decision', 'double_steps'].includes(kind) || (kind === 'stuck' && !subject.startsWith('version')))
  const all = [...found.faults.map(([kind, subject]) => ({ kind, orgId: org, subject })), ...ofFlows]
  const { lost, double, missing, dup_effect, stuck, foreign_reads, decisions } = promisesOf({ acked: 0, searchable: 0, decisions: found.decisions, events: found.hooks }, all)
  return { kinds: all.map(({ kind }) => kind).toSorted(), hooks: found.hooks, figures: { decisions, double, lost, missing, dup_effect, stuck, foreign_reads } }
}

const whole = (): Line[] => [...made.start, made.decide, { kind: 'decided', id: made.decide.kind === 'decide' ? made.decide.id : '' }]
const key = (): string => (made.decide.kind === 'decide' ? made.decide.id : '')
/** Somebody else's try of the same task, who was told this. */
const other = (told: Line[], id = 'other'): Line[] => [{ kind: 'decide', id, org, taskId: made.taskId, userId: owner, verdict: 'reject' }, ...told]

test('a ledger that tells the truth counts its decisions and finds nothing', async () => {
  const beaten = other([{ kind: 'beaten', id: 'other', by: owner, verdict: 'approve' }])
  expect(await faults([...whole(), ...beaten])).toEqual({
    kinds: [], hooks: 0, figures: { decisions: 1, double: 0, lost: 0, missing: 0, dup_effect: 0, stuck: 0, foreign_reads: 0 },
  })
})

test('an acknowledged run or decision that is not in the rows is lost', async () => {
  const [start] = made.start
  expect(await faults([...(start === undefined ? [] : [start]), { kind: 'started', id: `start-${made.runId}`, runId: randomUUID() }])).toMatchObject({ kinds: ['lost'], figures: { lost: 1 } })
  expect(await faults(other([{ kind: 'decided', id: 'other' }]))).toMatchObject({ kinds: ['lost_decision'], figures: { decisions: 1, lost: 1 } })
  await inOrg((tx) => tx.$executeRaw`update flow_decision set answer = '{"kind":"refused","code":"task.closed"}'::jsonb where id = ${made.decisionId}::uuid`)
  expect(await faults(whole())).toMatchObject({ kinds: ['lost_decision', 'lost_decision'], figures: { lost: 2 } })
  await inOrg((tx) => tx.$executeRaw`update flow_decision set answer = '{"kind":"recorded"}'::jsonb where id = ${made.decisionId}::uuid`)
})

test('two who were told that they decided one task, and one who was told of another winner, are double', async () => {
  expect((await faults([...whole(), ...other([{ kind: 'decided', id: 'other' }])])).figures).toMatchObject({ decisions: 2, double: 1, lost: 1 })
  expect(await faults([...whole(), ...other([{ kind: 'beaten', id: 'other', by: owner, verdict: 'reject' }])])).toMatchObject({ kinds: ['told_otherwise'], figures: { double: 1 } })
  expect(await faults([made.decide, { kind: 'refused', id: key(), code: 'task.closed' }])).toMatchObject({ kinds: ['refused_kept'], figures: { dup_effect: 1 } })
})

test('a run with an end that is not done, or a request without an answer, is stuck; more runs than starts are a double effect', async () => {
  await inOrg((tx) => tx.$executeRaw`update flow_run set effects_left = 1 where id = ${made.runId}::uuid`)
  expect(await faults(made.start)).toMatchObject({ kinds: ['stuck'], figures: { stuck: 1 } })
  expect(await faults([], new Date(Date.now() + 60_000))).toMatchObject({ kinds: ['stuck'] })
  await inOrg((tx) => tx.$executeRaw`update flow_run set effects_left = 0 where id = ${made.runId}::uuid`)
  const open = await client.api.workflows.runs.start.mutate({ flowId: flowId, documentId: made.documentId })
  expect(await faults(made.start)).toMatchObject({ kinds: ['double_run', 'stuck'], figures: { dup_effect: 1, stuck: 1 } })
  await client.api.workflows.runs.withdraw.mutate({ id: open.id })
})

test('what a receiver was not sent, was sent under two ids, or should never have heard of is named', async () => {
  const types = ['workflows.task-assigned.v1', 'workflows.task-decided.v1']
  const endpoint: Line = { kind: 'endpoint', org, endpointId: randomUUID(), after: '1-0', types }
  const came = (eventId: string, deliveryId: string): Line => ({ kind: 'hook', endpointId: endpoint.kind === 'endpoint' ? endpoint.endpointId : '', deliveryId, eventId })
  const [assigned, decided] = made.positions
  const all = [endpoint, came(assigned, 'a'), came(decided, 'b'), came(decided, 'b')]
  expect(await faults(all)).toMatchObject({ kinds: [], hooks: 2 })
  expect(await faults(all.slice(0, 2))).toMatchObject({ kinds: ['hook_missing'], figures: { missing: 1 } })
  expect(await faults([...all, came(decided, 'c')])).toMatchObject({ kinds: ['hook_twice'], figures: { dup_effect: 1 } })
  expect(await faults([...all, came('9-999999999', 'd')])).toMatchObject({ kinds: ['foreign_reads'], figures: { foreign_reads: 1 } })
})

test('two mails of one notice are a double effect, and a task of which nobody was told is missing', async () => {
  const mail = (): Line => ({ kind: 'mail', org, mailId: randomUUID(), to: owner, documentId: made.documentId, what: 'task_assigned' })
  expect(await faults([mail()])).toMatchObject({ kinds: [] })
  expect(await faults([mail(), mail()])).toMatchObject({ kinds: ['mailed_twice'], figures: { dup_effect: 1 } })
  expect(await faults((await makeRun({ told: false })).start)).toMatchObject({ kinds: ['not_told'], figures: { missing: 1 } })
})

test('a second decision of a task in the rows, and a step that was told twice, are named without any ledger', async () => {
  await inOrg((tx) => addDecision(tx, { id: randomUUID(), runId: made.runId, taskId: made.taskId, key: 'second', sha256: made.sha256 }))
  expect(await faults([])).toMatchObject({ kinds: ['double_decision', 'lost_decision'], figures: { double: 1, lost: 1 } })
  await append('workflows.task-assigned.v1', made.documentId, { runId: made.runId, documentId: made.documentId, taskId: made.taskId, assigneeId: owner, dueAt: null, why: 'asked' })
  expect(await faults([])).toMatchObject({ kinds: ['double_decision', 'double_steps', 'lost_decision'], figures: { dup_effect: 1 } })
})
