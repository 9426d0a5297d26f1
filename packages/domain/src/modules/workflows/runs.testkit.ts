import {
  flowContract, type DocumentId, type FlowId, type FlowRunId, type FlowSpecInput, type FlowTask, type GroupId, type OrgId, type Role, type RunDetails, type UserId, type Verdict,
} from '@intellidocs/contracts'
import type { Database } from '@intellidocs/db'
import { allOn, createUnitOfWork, newId, systemClock, type Actor, type Clock, type UnitOfWork } from '@intellidocs/kernel'
import { createTestOrg, testActor, unlimitedQuota } from '@intellidocs/testing'
import { createAuditModule } from '../audit/index.ts'
import { openTestModule } from '../documents/test-module.ts'
import { actingRepository } from '../users/acting.repository.ts'
import { createActing } from '../users/acting.ts'
import type { Asked, DecisionsGateway, RunKey, RunsGateway } from './runs.types.ts'
import { createWorkflowsModule } from './workflows.module.ts'

type Several<N extends number, Found extends Actor[] = []> = Found['length'] extends N ? Found : Several<N, [...Found, Actor]>
export type Stage = Extract<FlowSpecInput['stages'][number], { ask: unknown }>

/** Asks these people; all have to approve unless something else is said. */
export const stage = (key: string, people: readonly Actor[], given: Partial<Stage> = {}): Stage =>
  ({ key, name: `Stage ${key}`, ask: people.map(({ userId }) => ({ user: userId })), decide: { rule: 'all' }, ...given })

/** Published past all checks. */
async function publishRows(unit: UnitOfWork, by: Actor, input: FlowSpecInput): Promise<FlowId> {
  const spec = JSON.stringify(flowContract.flowSpec.parse(input))
  const flowId = newId() as FlowId
  const { orgId, userId } = by
  await unit.runInTx(by, async (tx) => {
    await tx.$executeRaw`insert into flow (id, org_id, name, draft, created_by) values (${flowId}::uuid, ${orgId}::uuid, ${flowId}, ${spec}::jsonb, ${userId}::uuid)`
    await tx.$executeRaw`insert into flow_version (org_id, flow_id, version, spec, published_by) values (${orgId}::uuid, ${flowId}::uuid, 1, ${spec}::jsonb, ${userId}::uuid)`
    await tx.$executeRaw`update flow set version = 1 where org_id = ${orgId}::uuid and id = ${flowId}::uuid`
  })
  return flowId
}

async function memberRows(database: Database, orgId: OrgId, role: Role): Promise<Actor> {
  const userId = newId() as UserId
  await database.run({ kind: 'identity' }, async (tx) => {
    await tx.user.create({ data: { id: userId, email: `${userId}@example.test`, name: 'somebody', passwordHash: 'none' } })
    await tx.membership.create({ data: { orgId, userId, role } })
  })
  return testActor(orgId, userId, role)
}

/**
 * Runs on a fresh database, driven in this process as the worker drives them, without Temporal: whatever it would be told is done at once. The time is the test's. Only for tests.
 */
export async function openRuns() {
  let ahead = 0
  const clock: Clock = { now: () => new Date(systemClock.now().getTime() + ahead) }
  const house = await openTestModule({ clock })
  const people = await createTestOrg(house.db.database)
  const { orgId } = people.owner
  const unit = createUnitOfWork({ database: house.db.database, clock, onCommit: () => undefined })
  const secretKey = Buffer.alloc(32)
  const temporal = { answers: 'works' as 'works' | Asked, stirred: [] as RunKey[], open: [] as FlowRunId[] }
  const gateway = inProcess(temporal, () => workflows)
  const workflows = createWorkflowsModule({
    ...unit, outbox: house.deps.outbox, idempotency: house.deps.idempotency, clock, log: house.deps.log, documents: house, users: createActing({ runAsIdentity: unit.runAsIdentity, repository: actingRepository }),
    runs: gateway, decisions: gateway, called: () => Promise.resolve([]), quota: unlimitedQuota, switches: allOn, proof: createAuditModule({ ...unit, clock, log: house.deps.log, quota: unlimitedQuota, secretKey }).proof, secretKey,
  })

  const publish = (stages: FlowSpecInput['stages'], given: Partial<FlowSpecInput> = {}, by: Actor = people.owner): Promise<FlowId> =>
    publishRows(unit, by, { name: `flow ${newId()}`, stages, ...given })

  const member = (role: Role = 'editor'): Promise<Actor> => memberRows(house.db.database, orgId, role)
  const members = async <N extends number>(count: N): Promise<Several<N>> => await Promise.all(Array.from({ length: count }, () => member())) as Several<N>

  const read = (id: DocumentId): Promise<unknown> =>
    unit.runInTx(people.owner, (tx) => tx.$executeRaw`update document_version set state = 'ready', mime = 'text/plain', pages = 1 where document_id = ${id}::uuid`)
  /** A document that has been read, of everybody. */
  async function document(given: { by?: Actor; documentId?: DocumentId } = {}): Promise<{ id: DocumentId; sha256: string }> {
    const { document: { id, sha256 } } = await house.upload(given.by ?? people.editor, `text ${newId()}`, given.documentId === undefined ? {} : { documentId: given.documentId })
    await read(id)
    return { id, sha256 }
  }

  const keyOf = async (id: FlowRunId): Promise<RunKey> => ({ orgId, runId: id, documentId: (await workflows.runs.get(people.system, { id })).documentId })
  const advance = async (id: FlowRunId) => workflows.driver.advance(await keyOf(id))
  const get = (id: FlowRunId): Promise<RunDetails> => workflows.runs.get(people.system, { id })
  async function begin(flowId: FlowId, documentId: DocumentId, by: Actor = people.editor): Promise<FlowRunId> {
    const { id } = await workflows.runs.start(by, { flowId, documentId })
    await advance(id)
    return id
  }
  const open = async (id: FlowRunId): Promise<FlowTask[]> => (await get(id)).steps.flatMap((step) => step.tasks).filter(({ state }) => state === 'open')
  async function taskOf(id: FlowRunId, who: Actor): Promise<FlowTask> {
    const task = (await open(id)).find(({ assigneeId }) => assigneeId === who.userId)
    if (task === undefined) throw new Error('they are not asked')
    return task
  }
  const decide = (who: Actor, task: FlowTask, verdict: Verdict = 'approve', given: { contentSha256?: string; idempotencyKey?: string; comment?: string } = {}) =>
    workflows.tasks.decide(who, { id: task.id, verdict, contentSha256: task.contentSha256, idempotencyKey: newId(), ...given })
  const answer = async (id: FlowRunId, who: Actor, verdict: Verdict = 'approve') => decide(who, await taskOf(id, who), verdict)
  const events = (documentId: DocumentId) => unit.runInTx(people.owner, (tx) => tx.$queryRaw<{ type: string; payload: Record<string, unknown>; actorId: string }[]>`
    select type, payload, actor_id::text as "actorId" from event where document_id = ${documentId}::uuid and type like 'workflows.%' order by xid, id`)
  const audits = (id: FlowRunId) => unit.runInTx(people.owner, (tx) => tx.$queryRaw<{ action: string; actorId: string; data: Record<string, unknown> }[]>`
    select action, actor_id::text as "actorId", data from audit where subject_type = 'flowRun' and subject_id = ${id} order by id`)
  /** Hands an event to a subscriber of the module as the relay would. */
  const deliver = async (name: string, event: { type: string; payload: unknown; actorId?: UserId; id?: bigint }): Promise<void> => {
    const found = workflows.subscribers.find((candidate) => candidate.name === name)
    if (found === undefined) throw new Error(`no subscriber ${name}`)
    await found.handle({ id: 1n, orgId, actorId: people.editor.userId, at: new Date(), ...event } as Parameters<typeof found.handle>[0], new AbortController().signal)
  }
  const askedOf = async (id: FlowRunId): Promise<string[]> => (await open(id)).map(({ assigneeId }) => assigneeId).toSorted()
  return {
    ...people, house, unit, workflows, temporal, gateway, publish, member, members, document, read, keyOf, advance, get, begin, open, asked: askedOf, taskOf, decide, answer, events, audits, deliver,
    /** Moves the clock on. */
    pass: (hours: number): void => { ahead += hours * 3_600_000 },
    idsOf: (...actors: Actor[]): string[] => actors.map(({ userId }) => userId).toSorted(),
    close: () => house.close(),
  }
}

export type Runs = Awaited<ReturnType<typeof openRuns>>

export async function makeGroup({ unit, owner }: Runs, members: readonly Actor[]): Promise<GroupId> {
  const id = newId() as GroupId
  await unit.runInTx(owner, async (tx) => {
    await tx.$executeRaw`insert into org_group (id, org_id, name) values (${id}::uuid, ${owner.orgId}::uuid, ${id})`
    for (const { userId } of members) await tx.$executeRaw`insert into group_member (org_id, group_id, user_id) values (${owner.orgId}::uuid, ${id}::uuid, ${userId}::uuid)`
  })
  return id
}

/** A run of a flow of one stage, on a document of its own. */
export async function asking(runs: Runs, people: readonly Actor[], given: Parameters<typeof stage>[2] = {}, flow: Parameters<Runs['publish']>[1] = {}): Promise<FlowRunId> {
  return runs.begin(await runs.publish([stage('one', people, given)], flow), (await runs.document()).id)
}

type FakeTemporal = { answers: 'works' | Asked; stirred: RunKey[]; open: FlowRunId[] }

function inProcess(temporal: FakeTemporal, workflows: () => ReturnType<typeof createWorkflowsModule>): RunsGateway & DecisionsGateway {
  const drive = async (run: RunKey): Promise<void> => {
    if ((await workflows().driver.advance(run)).kind === 'over') await workflows().driver.effects(run)
  }
  return {
    async decide(run, { decisionId }) {
      if (temporal.answers !== 'works') return temporal.answers
      if ((await workflows().driver.record(run, decisionId)).moved) await drive(run)
      return 'seen'
    },
    begin: (run) => drive(run),
    async stir(run) {
      temporal.stirred.push(run)
      await drive(run)
    },
    nudge: () => Promise.resolve(),
    async *openRuns() { yield await Promise.resolve(temporal.open) },
    isOpen: (runId) => Promise.resolve(temporal.open.includes(runId)),
  }
}
