import { flowContract, type DocumentId, type FlowId, type FlowRunId, type FlowSpecInput, type FlowTask, type Role, type RunDetails, type UserId, type Verdict } from '@intellidocs/contracts'
import { newId, type Actor } from '@intellidocs/kernel'
import { testActor } from '@intellidocs/testing'
import { openTestHouse, until } from './test-house.ts'

type Stage = Record<string, unknown>
type Several<N extends number, Found extends Actor[] = []> = Found['length'] extends N ? Found : Several<N, [...Found, Actor]>

/** A house in which flows can be published and people asked. Only for tests. */
export async function openFlows(given?: { address: string; namespace: string }) {
  const house = await openTestHouse(given)
  const { runs, tasks } = house.modules.workflows
  const { orgId } = house.owner
  const inOrg: (typeof house)['modules']['documents']['deps']['runInTx'] = house.modules.documents.deps.runInTx

  /** Published as it is, past the checks of definitions. */
  async function publish(spec: { stages: readonly Stage[] } & Partial<Omit<FlowSpecInput, 'stages'>>, by: Actor = house.owner): Promise<FlowId> {
    const parsed = flowContract.flowSpec.parse({ name: `flow ${newId()}`, ...spec })
    const flowId = newId() as FlowId
    await inOrg(by, async (tx) => {
      await tx.$executeRaw`insert into flow (id, org_id, name, draft, created_by) values (${flowId}::uuid, ${orgId}::uuid, ${parsed.name}, ${JSON.stringify(parsed)}::jsonb, ${by.userId}::uuid)`
      await tx.$executeRaw`insert into flow_version (org_id, flow_id, version, spec, published_by) values (${orgId}::uuid, ${flowId}::uuid, 1, ${JSON.stringify(parsed)}::jsonb, ${by.userId}::uuid)`
      await tx.$executeRaw`update flow set version = 1 where org_id = ${orgId}::uuid and id = ${flowId}::uuid`
    })
    return flowId
  }

  async function member(role: Role = 'editor'): Promise<Actor> {
    const userId = newId() as UserId
    await house.database.run({ kind: 'identity' }, async (tx) => {
      await tx.user.create({ data: { id: userId, email: `${userId}@example.test`, name: 'somebody', passwordHash: 'none' } })
      await tx.membership.create({ data: { orgId, userId, role } })
    })
    return testActor(orgId, userId, role)
  }
  const members = async <N extends number>(count: N): Promise<Several<N>> => await Promise.all(Array.from({ length: count }, () => member())) as Several<N>

  /** A document that has been read. */
  async function document(content = `text ${newId()}`, by: Actor = house.editor) {
    const { id } = await house.upload(content, 'contract.txt', by)
    return house.settled(id)
  }
  const get = (id: FlowRunId): Promise<RunDetails> => runs.get(house.owner, { id })
  const ended = (id: FlowRunId): Promise<RunDetails> => until(() => get(id), ({ endedAt }) => endedAt !== null)
  const openTasks = (details: RunDetails): FlowTask[] => details.steps.flatMap((step) => step.tasks).filter(({ state }) => state === 'open')
  /** Waits until the run asks that many. */
  const asks = async (id: FlowRunId, count: number): Promise<FlowTask[]> => openTasks(await until(() => get(id), (details) => openTasks(details).length === count))
  const decide = (who: Actor, task: FlowTask, verdict: Verdict = 'approve', more: { idempotencyKey?: string; comment?: string; contentSha256?: string } = {}) =>
    tasks.decide(who, { id: task.id, verdict, contentSha256: task.contentSha256, idempotencyKey: newId(), ...more })
  const start = async (flowId: FlowId, documentId: DocumentId, by: Actor = house.editor) => (await runs.start(by, { flowId, documentId })).id
  /** Without the certificate, which is issued when its rows are sealed. */
  const eventsOf = (documentId: DocumentId) => inOrg(house.owner, (tx) => tx.$queryRaw<{ type: string; payload: Record<string, unknown> }[]>`
    select type, payload from event where document_id = ${documentId}::uuid and type like 'workflows.%' and type <> 'workflows.certificate-issued.v1' order by xid, id`)
  return { ...house, inOrg, runs, tasks, publish, member, members, document, get, ended, asks, openTasks, decide, start, eventsOf }
}

export type Flows = Awaited<ReturnType<typeof openFlows>>
