import type { FlowId, FlowSpec, GroupId, UserId } from '@intellidocs/contracts'
import type { Actor, Tx } from '@intellidocs/kernel'
import type { DocumentsModule } from '../documents/index.ts'
import type { DefinitionFactsRepository } from './definition-facts.repository.ts'
import type { Folders } from './definitions.policy.ts'
import { namedIn } from './engine/named.ts'
import type { SpecFacts } from './engine/types.ts'

export type FactsDeps = { readonly facts: DefinitionFactsRepository; readonly documents: Pick<DocumentsModule, 'facts'> }
/** With the folders as the publisher may use them. */
export type LoadedFacts = SpecFacts & { readonly places: Folders }

function sets<Key>(rows: readonly { key: Key; userId: UserId | null }[]): ReadonlyMap<Key, ReadonlySet<UserId>> {
  const found = new Map<Key, Set<UserId>>()
  for (const { key, userId } of rows) {
    const members = found.get(key) ?? new Set<UserId>()
    if (userId !== null) members.add(userId)
    found.set(key, members)
  }
  return found
}

/** What `checkSpec` has to know of all that a definition names: of the actor's organization, and only what they are shown. The owners are always among the roles. */
export async function loadFacts({ facts, documents }: FactsDeps, tx: Tx, { actor, spec, self }: { actor: Actor; spec: FlowSpec; self: FlowId | null }): Promise<LoadedFacts> {
  const named = namedIn(spec)
  const { orgId } = actor
  const members = await facts.members(tx, orgId, named.users)
  const groups = sets<GroupId>(await facts.groups(tx, orgId, named.groups))
  const roles = sets(await facts.roles(tx, orgId, [...named.roles, 'owner']))
  const places = await documents.facts.folders(tx, actor, named.folders)
  const fields = await documents.facts.fields(tx, actor, named.fields)
  const flows = named.flows.length === 0 ? [] : await facts.starts(tx, orgId)
  return {
    self, groups, roles, fields, places,
    users: new Set(members.map(({ userId }) => userId)), deciders: new Set(members.filter(({ decides }) => decides).map(({ userId }) => userId)),
    folders: new Set([...places.keys()].filter((id) => id !== null)), flows: new Map(flows.map(({ id, starts }) => [id, starts])),
  }
}
