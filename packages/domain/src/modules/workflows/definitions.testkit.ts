import type { DocumentId, FlowId, FlowSpec, FlowSpecInput, FolderId, GroupId, Permission, UserId } from '@intellidocs/contracts'
import { flowContract, workflowsContract } from '@intellidocs/contracts'
import { folderPrincipal, newId, type Actor } from '@intellidocs/kernel'
import { openTestModule } from '../documents/test-module.ts'
import { groupsRepository } from '../orgs/groups.repository.ts'
import { createDefinitions } from './definitions.module.ts'
import type { SimulateInput } from './definitions.types.ts'

type StageInput = Extract<FlowSpecInput['stages'][number], { ask: unknown }>

/** A stage that asks this person, a member of the group, or whoever is told. */
export const stageOf = (key: string, ask: StageInput['ask'], given: Partial<StageInput> = {}): StageInput => ({ key, name: key, ask, decide: { rule: 'all' }, ...given })
export const specOf = (name: string, stages: FlowSpecInput['stages'], given: Partial<FlowSpecInput> = {}): FlowSpec => flowContract.flowSpec.parse({ name, stages, ...given })
export const sampling = (input: Parameters<typeof workflowsContract.simulateFlow.input.parse>[0]): SimulateInput => workflowsContract.simulateFlow.input.parse(input)
export const failing = (code: string): { code: string } => ({ code })

/** Definitions on a fresh database, beside documents. Only for tests. */
export async function openDefinitions() {
  const house = await openTestModule()
  const { definitions } = createDefinitions({ ...house.deps, documents: house })

  async function group(actor: Actor, members: readonly Actor[]): Promise<GroupId> {
    const id = newId() as GroupId
    await house.deps.runInTx(actor, async (tx) => {
      await groupsRepository.insert(tx, { id, orgId: actor.orgId, name: `group ${id}`, createdAt: new Date() })
      for (const { userId } of members) await groupsRepository.add(tx, { orgId: actor.orgId, groupId: id, userId })
    })
    return id
  }
  const leave = (actor: Actor, groupId: GroupId, userId: UserId): Promise<boolean> =>
    house.deps.runInTx(actor, (tx) => groupsRepository.take(tx, { orgId: actor.orgId, groupId, userId }))
  const folder = async (actor: Actor, visibility: 'org' | 'restricted' = 'org'): Promise<FolderId> =>
    (await house.folders.create(actor, { name: `folder ${newId()}`, parentId: null, visibility })).id
  /** The actor as their next request finds them, after a folder was granted to them. */
  const into = (actor: Actor, id: FolderId): Actor => ({ ...actor, principals: [...actor.principals, folderPrincipal(id)] })
  /** A document in a folder that nobody but the actor is shown; and the actor who is. */
  const hidden = async (actor: Actor): Promise<{ reader: Actor; documentId: DocumentId }> => {
    const folderId = await folder(actor, 'restricted')
    const reader = into(actor, folderId)
    return { reader, documentId: (await house.upload(reader, `hidden ${newId()}`, { folderId })).document.id }
  }
  /** The actor with fewer permissions, as a key or a role of the organization has. */
  const without = (actor: Actor, ...permissions: Permission[]): Actor => ({ ...actor, permissions: new Set([...actor.permissions].filter((held) => !permissions.includes(held))) })
  const flow = async (actor: Actor, spec: FlowSpec): Promise<FlowId> => (await definitions.create(actor, { spec })).id
  const audit = (actor: Actor): Promise<{ action: string; subjectId: string; data: unknown }[]> =>
    house.deps.runInTx(actor, (tx) => tx.$queryRaw`select action, subject_id as "subjectId", data from audit where subject_type = 'flow' order by id`)
  return { house, definitions, group, leave, folder, hidden, without, flow, audit }
}
export type TestDefinitions = Awaited<ReturnType<typeof openDefinitions>>
