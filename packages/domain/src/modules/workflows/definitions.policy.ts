import type { FlowEffect, FlowFault, FlowSpec, FolderId, Permission } from '@intellidocs/contracts'
import type { Actor } from '@intellidocs/kernel'
import { placedEffects } from './engine/check-effects.ts'

type Decider = Pick<Actor, 'permissions'>
type Publisher = Pick<Actor, 'kind' | 'permissions'>
/** Folders that are shown to the actor; null is the top. */
export type Folders = ReadonlyMap<FolderId | null, { readonly mayPut: boolean }>

/** Who is asked tells who is in groups and who holds roles. */
export const canSimulate = (actor: Decider): boolean => actor.permissions.has('members:read')

type Needs = Readonly<Record<FlowEffect['do'], readonly Permission[]>>
const needsOn = (document: readonly Permission[], start: readonly Permission[]): Needs =>
  ({ move: document, tag: document, set: document, share: document, start, hook: [] })

const inPerson = needsOn(['documents:edit'], ['flows:start'])
/**
 * A key is narrower than its owner, and what an end does is done with all rights of the owner, also once the key is gone. So it publishes only what it could do itself on
 * every document that the owner reads.
 */
const byKey = needsOn(['documents:read', 'documents:edit', 'documents:manage'], ['documents:read', 'flows:start'])

/**
 * What a definition would do at its ends that whoever publishes it may not do themselves, as far as that is known without a document. What it needs on the document is
 * asked again, with the rights that the publisher has then, when it is done.
 */
export function beyondRights(spec: FlowSpec, actor: Publisher, folders: Folders): FlowFault[] {
  return placedEffects(spec).flatMap(({ effect, path }): FlowFault[] => {
    const lacking = (actor.kind === 'apiKey' ? byKey : inPerson)[effect.do].filter((permission) => !actor.permissions.has(permission))
    if (lacking.length > 0) return [{ path: `${path}.do`, message: `it is done with your rights, and ${actor.kind === 'apiKey' ? 'this key lacks' : 'you lack'} ${lacking.join(', ')}` }]
    if (effect.do !== 'move' || folders.get(effect.folderId)?.mayPut !== false) return []
    return [{ path: `${path}.folderId`, message: 'it is done with your rights, and you may put nothing there' }]
  })
}
